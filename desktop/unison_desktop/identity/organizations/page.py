"""The page of organizations: one's own for an administrator, all of them for a superadministrator."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.identity.organization_contracts import AdministratorMade, OrganizationAnswer, OrganizationMade

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity.organizations import calls
from unison_desktop.identity.organizations.forms import AdministratorDialog, LinkDialog, OrganizationDialog
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.organization"
ALL = "platform.organization"


class OrganizationsPage(Page):
    """A table of organizations."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[OrganizationAnswer] = []
        self.inactive = QCheckBox(_("Inactive ones too"), self)
        self.inactive.setChecked(True)
        self.inactive.clicked.connect(self._show)
        self.head.add_widget(self.inactive)
        self.table = Table(
            self._columns(), _id_of, desk.theme, title=_("Organizations"), nothing=_("There is none."), parent=self
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "identity.organizations")
        self.table.row_opened.connect(self._open)
        desk.theme.changed.connect(self._show)
        self.set_content(self.table)
        self._make_commands()
        PrintCommands(self, self._paper)
        self.set_title(_("Organizations"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("Settings"), Place("settings"))] if self.desk.session.may("identity.setting.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        self.ask(calls.organizations(self.desk.session.client, owner=self), self._show_known)

    def save_layout(self) -> None:
        self.table.save_layout()

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Change an organization"), _("Enter"))]

    def _columns(self) -> tuple[Column[OrganizationAnswer], ...]:
        return (
            Column("code", _("Code"), lambda one: one.code, width=16, always_visible=True),
            Column("name", _("Name"), lambda one: one.name, width=28),
            Column("state", _("State"), self._state, icon=self._icon, width=18),
            Column("industry", _("Industry"), lambda one: one.industry, width=18),
            Column("email", _("E-mail"), lambda one: one.contact_email, width=26),
            Column("phone", _("Phone"), lambda one: one.contact_phone, width=18),
            Column("made", _("Made"), lambda one: own_time(one.created_at), width=18),
            Column("address", _("Address"), lambda one: one.address, width=20, stretch=True),
        )

    def _is_own(self, one: OrganizationAnswer) -> bool:
        me = self.desk.session.me
        return me is not None and me.organization_id == one.id

    def _state(self, one: OrganizationAnswer) -> str:
        if not one.is_active:
            return _("nobody gets in")
        return _("active, our own") if self._is_own(one) else _("active")

    def _icon(self, one: OrganizationAnswer) -> QIcon:
        theme = self.desk.theme
        name, tone = ("good", Tone.GOOD) if one.is_active else ("close", Tone.IDLE)
        return theme.icon(name, theme.tone(tone).fill)

    def _show_known(self, known: list[OrganizationAnswer]) -> None:
        self._known = known
        self._show()

    def _show(self) -> None:
        self.table.set_rows([one for one in self._known if one.is_active or self.inactive.isChecked()])
        is_super = self.desk.session.may(f"{ALL}.read")
        about = _("All of this server") if is_super else _("The one you belong to")
        self.set_title(_("Organizations"), about)

    # What is done.

    def _make_commands(self) -> None:
        one = self.add_command
        rest = one(
            "organization.rest",
            _("Deactivate…"),
            self._ask_deactivate,
            shortcuts="Del",
            needs=f"{ALL}.deactivate",
            in_head=False,
        )
        wake = one("organization.wake", _("Reactivate"), self._reactivate, needs=f"{ALL}.update", in_head=False)
        admin = one(
            "organization.admin",
            _("Administrator…"),
            self._administrator,
            icon="user",
            needs=f"{ALL}.create",
            in_head=False,
        )
        self.head.add_widget(CommandMenu(_("More"), [admin, rest, wake], self.desk.theme, self))
        one("organization.edit", _("Edit…"), self._edit, shortcuts="F2", needs=f"{ALL}.update")
        one(
            "organization.new",
            _("New organization…"),
            self._new,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{ALL}.create",
        )

    def _chosen(self) -> OrganizationAnswer | None:
        ids = self.table.view.selected_ids()
        chosen = next((one for one in self._known if [one.id] == ids), None)
        if chosen is None:
            self.desk.messages.say(_("Choose one organization first."))
        return chosen

    def _new(self) -> None:
        dialog = OrganizationDialog(self.desk, None, self)
        dialog.saved.connect(self._on_made)
        dialog.open()

    def _on_made(self, made: OrganizationMade) -> None:
        self._on_saved(made)
        self._tell_link(made.administrator)

    def _open(self, _one: OrganizationAnswer) -> None:
        if not self.desk.session.may(f"{ALL}.update"):
            self.desk.messages.say(self.desk.session.lacks(f"{ALL}.update"))
        else:
            self._edit()

    def _edit(self) -> None:
        if (chosen := self._chosen()) is not None:
            dialog = OrganizationDialog(self.desk, chosen, self)
            dialog.saved.connect(self._on_saved)
            dialog.open()

    def _administrator(self) -> None:
        if (chosen := self._chosen()) is None:
            return
        if not chosen.is_active:
            words = _("{name} is not active: “Reactivate” lets its people in again.")
            self.desk.messages.say(words.format(name=chosen.name))
            return
        dialog = AdministratorDialog(self.desk, chosen, self)
        dialog.saved.connect(self._tell_link)
        dialog.open()

    def _tell_link(self, made: AdministratorMade) -> None:
        if made.link is None:
            words = _("The link for {name} goes to {email}.")
            self.desk.messages.say(words.format(name=made.username, email=made.sent_to or made.username), Tone.GOOD)
        else:
            LinkDialog(self.desk, made, made.link, self).open()

    def _ask_deactivate(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        if self._is_own(chosen):
            words = _("You belong to {name}: a superadministrator of another organization can deactivate it.")
            self.desk.messages.say(words.format(name=chosen.name))
            return
        if not chosen.is_active:
            self.desk.messages.say(_("{name} is not active already.").format(name=chosen.name))
            return
        asks = _("Deactivate {name}?").format(name=chosen.name)
        explains = _(
            "All its people are signed out at once, and nobody gets in. Its stations go on collecting and keep what "
            "they have to send. “Reactivate” undoes it."
        )
        question = Question(chosen, self.desk.theme, self, asks=asks, explains=explains, yes=_("Deactivate"))
        question.confirmed.connect(self._deactivate)
        question.open()

    def _deactivate(self, chosen: OrganizationAnswer) -> None:
        call = calls.deactivate_organization(self.desk.session.client, chosen, owner=self)
        call.done.connect(self._on_saved)
        call.failed.connect(self._on_failed)

    def _reactivate(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        if chosen.is_active:
            self.desk.messages.say(_("{name} is active.").format(name=chosen.name))
            return
        call = calls.reactivate_organization(self.desk.session.client, chosen, owner=self)
        call.done.connect(self._on_saved)
        call.failed.connect(self._on_failed)

    def _on_saved(self, one: OrganizationAnswer) -> None:
        words = _("{name} is saved.") if one.is_active else _("Nobody of {name} gets in any more.")
        self.desk.messages.say(words.format(name=one.name), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", [one.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Organizations"), (self.head.subtitle,), (PrintedTable(self.table),), look)


def _id_of(one: OrganizationAnswer) -> UUID:
    return one.id
