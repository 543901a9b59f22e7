"""The page of invitations: who was invited, who came, and what became of the mails."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.identity.invitation_contracts import InvitationAnswer, InvitationMade, InvitationState
from unison_domain.identity.role_contracts import RoleAnswer
from unison_domain.sites.contracts import DepartmentAnswer, PlantAnswer, WarehouseAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity import calls
from unison_desktop.identity.invitations.columns import (
    STATES,
    InvitationRow,
    invitation_columns,
    invitation_id,
)
from unison_desktop.identity.invitations.form import InviteDialog
from unison_desktop.identity.invitations.link import LinkDialog, until
from unison_desktop.identity.messages.page import TOPIC as MESSAGE
from unison_desktop.identity.people.places import PLACES, Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.sites.calls import everything, plants
from unison_desktop.sites.kinds import DEPARTMENT
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.invitation"
_OPEN = (InvitationState.PENDING, InvitationState.EXPIRED)


class InvitationsPage(Page):
    """A table of invitations, of which those that wait or have expired are shown at first."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC, MESSAGE, "identity.role", *PLACES)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._newest: list[InvitationAnswer] = []
        self._open: list[InvitationAnswer] = []
        self._roles, self._places = RoleBook(), Places()
        self.ended = QCheckBox(_("Accepted and revoked ones too"), self)
        self.ended.clicked.connect(self._show)
        self.head.add_widget(self.ended)
        self.table = Table(
            invitation_columns(desk.theme),
            invitation_id,
            desk.theme,
            title=_("Invitations"),
            nothing=_("Nobody is invited now: “Invite…” sends somebody a link."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "identity.invitations")
        desk.theme.changed.connect(self._show)
        self.set_content(self.table)
        one = self.add_command
        one(
            "invitation.revoke",
            pgettext("invitation", "Revoke…"),
            self._ask_revoke,
            shortcuts="Del",
            needs=f"{TOPIC}.revoke",
        )
        one("invitation.resend", _("Send anew"), self._send_anew, icon="reload", needs=f"{TOPIC}.resend")
        one(
            "invitation.create",
            _("Invite…"),
            self._invite,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{TOPIC}.create",
        )
        PrintCommands(self, self._paper)
        self.set_title(_("Invitations"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("People"), Place("people"))] if self.desk.session.may("identity.user.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        session = self.desk.session
        self.ask(calls.invitations(session.client, owner=self), self._show_newest)
        self.ask(calls.open_invitations(session.client, owner=self), self._show_open)
        if session.may("identity.role.read"):
            self.ask(calls.roles(session.client, owner=self), self._show_roles)
        if session.may("sites.plant.read"):
            self.ask(plants(session.client, owner=self), self._show_plants)
        if session.may(f"{DEPARTMENT.right}.read"):
            self.ask(everything(session.client, DEPARTMENT, owner=self), self._show_departments)
        if session.may("sites.warehouse.read"):
            self.ask(calls.warehouses(session.client, owner=self), self._show_warehouses)

    def save_layout(self) -> None:
        self.table.save_layout()

    # What is shown.

    def _show_newest(self, known: list[InvitationAnswer]) -> None:
        self._newest = known
        self._show()

    def _show_open(self, known: list[InvitationAnswer]) -> None:
        self._open = known
        self._show()

    def _show_roles(self, known: list[RoleAnswer]) -> None:
        self._roles = RoleBook(known)
        self._show()

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self._places = self._places.with_plants(known)
        self._show()

    def _show_departments(self, known: list[DepartmentAnswer]) -> None:
        self._places = self._places.with_departments(known)
        self._show()

    def _show_warehouses(self, known: list[WarehouseAnswer]) -> None:
        self._places = self._places.with_warehouses(known)
        self._show()

    def _show(self) -> None:
        now = self.desk.session.clock.now()
        known = {one.id: one for one in (*self._newest, *self._open)}
        rows = [InvitationRow(one, self._roles, self._places, now) for one in known.values()]
        self.table.set_rows(rows if self.ended.isChecked() else [row for row in rows if row.state in _OPEN])
        told = []
        for state, words in (
            (InvitationState.PENDING, _("{n} not answered yet")),
            (InvitationState.EXPIRED, _("{n} expired")),
        ):
            if count := sum(row.state is state for row in rows):
                told.append(words.format(n=count))
        if self.ended.isChecked() and len(self._newest) >= calls.NEWEST:
            told.append(_("the newest {n}").format(n=calls.NEWEST))
        self.set_title(_("Invitations"), ", ".join(told) or _("Nobody is awaited"))

    # What is done.

    def _invite(self) -> None:
        dialog = InviteDialog(self.desk, self._roles, self._places, self)
        dialog.saved.connect(self._on_made)
        dialog.open()

    def _chosen(self) -> InvitationAnswer | None:
        """The chosen one, unless it has ended."""
        ids = self.table.view.selected_ids()
        row = next((row for row in self.table.model.rows() if [row.invitation.id] == ids), None)
        if row is None:
            self.desk.messages.say(_("Choose one invitation first."))
            return None
        if row.state not in _OPEN:
            words = _("The invitation of {email} is {state}: nothing can be done with it any more.")
            self.desk.messages.say(words.format(email=row.invitation.email, state=STATES[row.state]))
            return None
        found: InvitationAnswer = row.invitation
        return found

    def _send_anew(self) -> None:
        if (one := self._chosen()) is None:
            return
        call = calls.invite_again(self.desk.session.client, one.id, owner=self)
        call.done.connect(self._on_made)
        call.failed.connect(self._on_failed)

    def _ask_revoke(self) -> None:
        if (one := self._chosen()) is None:
            return
        asks = _("Revoke the invitation of {email}?").format(email=one.email)
        explains = _("Its link opens nothing any more. They can be invited again.")
        question = Question(
            one, self.desk.theme, self, asks=asks, explains=explains, yes=pgettext("invitation", "Revoke")
        )
        question.confirmed.connect(self._revoke)
        question.open()

    def _revoke(self, one: InvitationAnswer) -> None:
        call = calls.revoke_invitation(self.desk.session.client, one.id, owner=self)
        call.done.connect(self._on_revoked)
        call.failed.connect(self._on_failed)

    def _on_made(self, made: InvitationMade) -> None:
        if made.link is None:
            self.desk.messages.say(_("{email} is invited: the mail is on its way.").format(email=made.email), Tone.GOOD)
        else:
            heading = _("{email} is invited").format(email=made.email)
            LinkDialog(
                self.desk, made.link, self, heading=heading, whose=made.email, until=until(made.expires_at)
            ).open()
        self.desk.session.changes.announce(f"{TOPIC}.created", [made.id])

    def _on_revoked(self, one: InvitationAnswer) -> None:
        self.desk.messages.say(_("The invitation of {email} is revoked.").format(email=one.email), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.revoked", [one.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Invitations"), (self.head.subtitle,), (PrintedTable(self.table),), look)
