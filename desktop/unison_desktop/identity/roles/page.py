"""The page of roles: what each gives, and those of the organization's own to be made and changed."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget
from unison_domain.identity.role_contracts import RoleAnswer
from unison_domain.kernel.contracts import Page as Answered

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity import calls
from unison_desktop.identity.people.columns import MayRow, may_columns, may_id
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.identity.roles.files import RoleFiles
from unison_desktop.identity.roles.forms import RoleDialog
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.role"
_PERMISSIONS = "identity.permission.read"
_SYSTEM = _("{name} is a role of the system, the same everywhere: “New role…” makes one like it that can be changed.")
_DEVICE = _("{name} is what the PCs of stations may, which have it by being enrolled. It is given to nobody.")


class RolesPage(Page):
    """Roles above; below every right, with which of the chosen roles give it."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[RoleAnswer] = []
        self._book = RoleBook()
        me = desk.session.me
        self._scopes: list[str] = list(me.permissions) if me is not None else []
        self.table = Table(
            self._columns(), _code_of, desk.theme, title=_("Roles"), nothing=_("There is no role."), parent=self
        )
        self.table.remember(desk.layout, "identity.roles")
        self.table.selection_told.connect(self._show_rights)
        self.table.row_opened.connect(self._open)
        self.rights = Table(
            may_columns()[:-1], may_id, desk.theme, title=_("Rights"), nothing=_("No right is known."), parent=self
        )
        self.rights.remember(desk.layout, "identity.role_rights")
        for table in (self.table, self.rights):
            ExportNotice(table, desk.messages)
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.rights)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.setSizes([380, 340])
        desk.layout.restore_splitter(self._splitter, "identity.roles")
        self.set_content(self._splitter)
        RoleFiles(self)
        self._make_commands()
        PrintCommands(self, self._paper)
        self.set_title(_("Roles"), _("Choose one to see what it gives, or several to compare them"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("People"), Place("people"))] if self.desk.session.may("identity.user.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        session = self.desk.session
        self.ask(calls.roles(session.client, owner=self), self._show_roles)
        if session.may(_PERMISSIONS):
            self.ask(calls.permissions(session.client, owner=self), self._show_permissions)

    def save_layout(self) -> None:
        self.table.save_layout()
        self.rights.save_layout()
        self.desk.layout.save_splitter(self._splitter, "identity.roles")

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Compare roles"), _("Ctrl+click several"))]

    def _columns(self) -> tuple[Column[RoleAnswer], ...]:
        return (
            Column("name", _("Name"), lambda one: self._book.name(one.code), width=24, always_visible=True),
            Column("code", _("Code"), lambda one: one.code, width=16),
            Column("kind", _("Of"), lambda one: _("the system") if one.is_system else _("our own"), width=10),
            Column("count", _("Rights"), lambda one: len(one.permissions), width=7),
            Column("where", _("Where"), _where, width=15),
            Column("gives", _("What it gives"), lambda one: self._book.gives(one.code), width=30, stretch=True),
            Column("in_use", _("In use"), lambda one: _("yes") if one.is_active else _("no"), width=6),
        )

    def _show_roles(self, known: list[RoleAnswer]) -> None:
        self._known, self._book = known, RoleBook(known)
        self.table.set_rows(known)
        self._show_rights()

    def _show_permissions(self, known: Answered[str]) -> None:
        self._scopes = known.items
        self._show_rights()

    def _show_rights(self) -> None:
        chosen = [one for one in self._known if one.code in self.table.view.selected_ids()]
        scopes = {*self._scopes, *(scope for one in chosen if one.is_device for scope in one.permissions)}
        given = [
            (scope, self._book.names(one.code for one in chosen if scope in one.permissions))
            for scope in sorted(scopes)
        ]
        self.rights.set_rows([MayRow(scope, _("yes") if by else _("no"), by) for scope, by in given])

    # What is done.

    def _make_commands(self) -> None:
        one = self.add_command
        one("role.switch", _("Deactivate…"), self._ask_deactivate, shortcuts="Del", needs=f"{TOPIC}.deactivate")
        one("role.edit", _("Edit…"), self._edit, shortcuts="F2", needs=f"{TOPIC}.update")
        one(
            "role.new",
            _("New role…"),
            self._new,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{TOPIC}.create",
        )

    def _chosen(self) -> RoleAnswer | None:
        ids = self.table.view.selected_ids()
        return next((one for one in self._known if [one.code] == ids), None)

    def _own(self) -> RoleAnswer | None:
        """The chosen role, where it can be changed."""
        role = self._chosen()
        if role is None:
            self.desk.messages.say(_("Choose one role first."))
        elif role.is_device:
            self.desk.messages.say(_DEVICE.format(name=self._book.name(role.code)))
        elif role.is_system:
            self.desk.messages.say(_SYSTEM.format(name=self._book.name(role.code)))
        else:
            return role
        return None

    def _new(self) -> None:
        """Like the chosen one, if one is chosen."""
        like = self._chosen()
        self._open_form(None, None if like is not None and like.is_device else like)

    def _open(self, role: RoleAnswer) -> None:
        if not self.desk.session.may(f"{TOPIC}.update"):
            self.desk.messages.say(self.desk.session.lacks(f"{TOPIC}.update"))
        elif (own := self._own()) is not None and own == role:
            self._open_form(own, None)

    def _edit(self) -> None:
        if (role := self._own()) is not None:
            self._open_form(role, None)

    def _open_form(self, role: RoleAnswer | None, like: RoleAnswer | None) -> None:
        dialog = RoleDialog(self.desk, role, like, self._scopes, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _ask_deactivate(self) -> None:
        role = self._own()
        if role is None:
            return
        if not role.is_active:
            self.desk.messages.say(_("{name} is out of use already: “Edit…” brings it back.").format(name=role.name))
            return
        asks = _("Deactivate {name}?").format(name=role.name)
        explains = _("It gives nothing any more, at once. Who has it keeps it, for the case that it comes back.")
        question = Question(role, self.desk.theme, self, asks=asks, explains=explains, yes=_("Deactivate"))
        question.confirmed.connect(self._deactivate)
        question.open()

    def _deactivate(self, role: RoleAnswer) -> None:
        call = calls.deactivate_role(self.desk.session.client, role, owner=self)
        call.done.connect(self._on_saved)
        call.failed.connect(self._on_failed)

    def _on_saved(self, role: RoleAnswer) -> None:
        words = _("{name} is saved.") if role.is_active else _("{name} gives nothing any more.")
        self.desk.messages.say(words.format(name=role.name), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", None if role.id is None else [role.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Roles"), (), (PrintedTable(self.table), PrintedTable(self.rights)), look)


def _where(one: RoleAnswer) -> str:
    if one.is_device:
        return _("at its stations")
    if one.all_places:
        return _("everywhere")
    return _("reads everywhere") if one.reads_all_places else _("in places given")


def _code_of(one: RoleAnswer) -> str:
    return one.code
