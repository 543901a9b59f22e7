"""The page of people: who may sign in, what they may do and where, and where they are signed in."""

from __future__ import annotations

from functools import partial
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSplitter, QWidget
from unison_domain.identity.contracts import UserAnswer, UserUpdate
from unison_domain.identity.password_reset_contracts import PasswordAsked
from unison_domain.identity.role_contracts import EffectivePermissions, RoleAnswer
from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SignInSessionAnswer
from unison_domain.sites.contracts import DepartmentAnswer, PlantAnswer, WarehouseAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.page import Page
from unison_desktop.frame.pages import BY_NAME
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity import calls, session_calls
from unison_desktop.identity.password_calls import asked_passwords
from unison_desktop.identity.people.columns import (
    PersonRow,
    may_columns,
    may_id,
    may_row,
    may_sign_in,
    person_columns,
    person_id,
    right_columns,
    right_id,
    right_rows,
)
from unison_desktop.identity.people.end_session import EndSession
from unison_desktop.identity.people.files import PeopleFiles
from unison_desktop.identity.people.forms import NewPersonDialog, PersonDialog
from unison_desktop.identity.people.own_sessions_page import TOPIC as SESSION
from unison_desktop.identity.people.password_link import TOPIC as ASKED
from unison_desktop.identity.people.places import PLACES, Places
from unison_desktop.identity.people.rights_forms import PlacesDialog, RolesDialog
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.identity.people.sign_in_commands import SignInCommands
from unison_desktop.identity.people.sign_ins import SignIns
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.sites.calls import everything, plants
from unison_desktop.sites.kinds import DEPARTMENT
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.user"
_CHANGE = f"{TOPIC}.update"
_READ_SESSIONS, _READ_ATTEMPTS = f"{SESSION}.read", "identity.login_history.read"
_BESIDE = ("invitations", "messages", "badges", "sign-on", "roles", "api-keys")
"""Pages the menu leads to."""
_SHOWN = {True: _("Active"), False: _("Inactive"), None: _("All")}


class PeoplePage(Page):
    """Everybody above; below, of the chosen person or of everybody, sessions, sign-ins and rights."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC, SESSION, ASKED, "identity.role", *PLACES)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[UserAnswer] = []
        self._asked: list[PasswordAsked] = []
        self._places = Places()
        self._roles = RoleBook()
        self.which = QComboBox(self)
        self.which.setAccessibleName(_("Who is shown"))
        for is_active, words in _SHOWN.items():
            self.which.addItem(words, is_active)
        self.which.activated.connect(self._show)
        self.table = Table(
            person_columns(),
            person_id,
            desk.theme,
            title=_("People"),
            nothing=_("Nobody is here."),
            parent=self,
        )
        self.table.remember(desk.layout, "identity.people")
        self.table.selection_told.connect(self._choose)
        self.table.row_opened.connect(self._edit)
        ExportNotice(self.table, desk.messages)
        self.sign_ins = SignIns(desk, "identity.sign_ins", self, of_everybody=True)
        self.rights = self.sign_ins.add_table(
            right_columns(), right_id, _("Rights"), _("No right was given yet."), "rights"
        )
        self.may = self.sign_ins.add_table(may_columns(), may_id, _("In detail"), _("Choose a person above."), "may")
        self.sign_ins.asked.connect(self._read_sessions)
        self.sign_ins.asked_attempts.connect(self._read_attempts)
        self._sessions = OneAtATime(partial(session_calls.sessions, desk.session.client), self)
        self._attempts = OneAtATime(partial(session_calls.attempts, desk.session.client), self)
        self._mays = OneAtATime(partial(calls.may, desk.session.client), self)
        self.follow(self._mays, self._show_may, "may")
        self.follow(self._sessions, self._show_sessions, "sessions")
        self.follow(self._attempts, self._show_attempts, "attempts")
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.sign_ins)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([400, 320])
        desk.layout.restore_splitter(self._splitter, "identity.people")
        self.set_content(self._splitter)
        self._make_commands()
        PrintCommands(self, self._paper)
        self.set_title(_("People"))
        self._show_chosen()

    def load(self) -> None:
        session = self.desk.session
        self.ask(calls.people(session.client, owner=self), self._show_people)
        if session.may(_CHANGE):
            self.ask(asked_passwords(session.client, owner=self), self._show_asked)
        if session.may("identity.role.read"):
            self.ask(calls.roles(session.client, owner=self), self._show_roles)
        if session.may("sites.plant.read"):
            self.ask(plants(session.client, owner=self), self._show_plants)
        if session.may(f"{DEPARTMENT.right}.read"):
            self.ask(everything(session.client, DEPARTMENT, owner=self), self._show_departments)
        if session.may("sites.warehouse.read"):
            self.ask(calls.warehouses(session.client, owner=self), self._show_warehouses)
        self._read_sign_ins()

    def on_change(self, change: Change) -> None:
        if change.concerns((SESSION,)) and not change.concerns((TOPIC,)):
            self._read_sign_ins()
        else:
            self.reload()

    def save_layout(self) -> None:
        self.table.save_layout()
        self.sign_ins.save_layout()
        self.desk.layout.save_splitter(self._splitter, "identity.people")

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Edit a person"), _("Enter or double click"))]

    # What is shown.

    def _show_people(self, known: list[UserAnswer]) -> None:
        self._known = known
        self.sign_ins.show_names({person.id: person.full_name for person in known})
        self._show()

    def _show_asked(self, known: list[PasswordAsked]) -> None:
        self._asked = known
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

    def _show_roles(self, known: list[RoleAnswer]) -> None:
        self._roles = RoleBook(known)
        self._show()

    def _show(self) -> None:
        wanted = self.which.currentData()
        shown = [person for person in self._known if wanted in (None, person.is_active)]
        self.table.set_rows([self._row(person) for person in shown])
        now = self.desk.session.clock.now()
        active = sum(may_sign_in(person, now) for person in self._known)
        words = _("1 person may sign in") if active == 1 else _("{n} people may sign in").format(n=active)
        if gone := len(self._known) - active:
            words = _("{words}, {n} inactive").format(words=words, n=gone)
        if self._asked:
            names = ", ".join(one.user_name for one in self._asked)
            words = _("{words}; a link to a new password waits for {names}").format(words=words, names=names)
        self.set_title(_("People"), words if self._known else "")
        self._show_chosen()

    def _show_chosen(self) -> None:
        person = self._chosen()
        self.sign_ins.show_of(self._chosen_id(), person.full_name if person else _("Everybody"))
        self.rights.set_rows(right_rows(self._row(person)) if person else [])
        self.rights.view.set_notice(_("No right was given yet.") if person else _("Choose a person above."))
        is_active = person is None or person.is_active
        self._switch.setText(_("Deactivate…") if is_active else _("Activate again"))

    def _show_may(self, known: EffectivePermissions) -> None:
        person = self._chosen()
        if person is not None and known.user_id == person.id:
            row = self._row(person)
            self.may.set_rows([may_row(one, row) for one in known.permissions])

    def _show_sessions(self, known: list[SignInSessionAnswer]) -> None:
        self.sign_ins.allow(self.sign_ins.sessions)
        self.sign_ins.show_sessions(known)

    def _show_attempts(self, known: list[LoginAttemptAnswer]) -> None:
        self.sign_ins.allow(self.sign_ins.attempts)
        self.sign_ins.show_attempts(known)

    def _read_sign_ins(self) -> None:
        self._read_sessions()
        if (chosen := self._chosen_id()) is not None:
            self._mays.ask(chosen)
        self._read_attempts()

    def _attempts_wanted(self) -> dict[str, object]:
        query = self.sign_ins.scope.query(self.desk.session.clock.now())
        return query if (chosen := self._chosen_id()) is None else {**query, "user_id": chosen}

    def _read_attempts(self) -> None:
        if why := self._against_attempts():
            self.sign_ins.refuse(self.sign_ins.attempts, why)
            self.tell(None, "attempts")
        else:
            self._attempts.ask(self._attempts_wanted())

    def _against_attempts(self) -> str:
        """Why sign-ins can't be read, which are at stations in every plant; empty where they can."""
        session = self.desk.session
        if not session.may(_READ_ATTEMPTS):
            return session.lacks(_READ_ATTEMPTS)
        return "" if session.sees_all_places else session.lacks_sight()

    def _read_sessions(self) -> None:
        session = self.desk.session
        if session.may(_READ_SESSIONS):
            self._sessions.ask(self._chosen_id(), None if self.sign_ins.ended.isChecked() else True)
        else:
            self.sign_ins.refuse(self.sign_ins.sessions, session.lacks(_READ_SESSIONS))

    def _row(self, person: UserAnswer) -> PersonRow:
        zone = self._places.zone_of(person, self.desk.session.zone)
        return PersonRow(person, self._places, self._roles, zone, self.desk.session.clock.now())

    def _choose(self, _ids: list[UUID]) -> None:
        self.may.set_rows([])
        self._show_chosen()
        self._read_sign_ins()

    def _chosen(self) -> UserAnswer | None:
        ids = self.table.view.selected_ids()
        return next((person for person in self._known if [person.id] == ids), None)

    def _chosen_id(self) -> UUID | None:
        person = self._chosen()
        return None if person is None else person.id

    # What is done.

    def _make_commands(self) -> None:
        one = self.add_command
        self._switch = one(
            "person.switch", _("Deactivate…"), self._switch_person, shortcuts="Del", needs=_CHANGE, in_head=False
        )
        end = EndSession(self, self.sign_ins).command
        file = FileSaving(
            *(self, "attempts", _("Sign-ins"), session_calls.ATTEMPTS_FILE, self._attempts_wanted),
            text=_("Export sign-ins…"),
            against=self._against_attempts,
        )
        rights = [
            one("person.roles", _("Roles…"), self._edit_roles, shortcuts="Ctrl+Shift+R", needs=_CHANGE, in_head=False),
            one(
                "person.places",
                _("Plants and warehouses…"),
                self._edit_places,
                shortcuts="Ctrl+Shift+P",
                needs=_CHANGE,
                in_head=False,
            ),
        ]
        sign_in = SignInCommands(self, self._one, self._open)
        access = [*rights, *sign_in.commands, end]
        self.head.add_widget(CommandMenu(_("Access"), access, self.desk.theme, self))
        self._ways = [self._way(name) for name in _BESIDE]
        self._allow_ways()
        self.desk.session.rights_changed.connect(self._allow_ways)
        more = [self._switch, *self._ways, *PeopleFiles(self).commands, file.command]
        self.head.add_widget(CommandMenu(_("More"), more, self.desk.theme, self))
        self.head.add_widget(self.which)
        one("person.edit", _("Edit…"), self._edit, shortcuts="F2", needs=_CHANGE)
        one(
            "person.new",
            _("New person…"),
            self._new,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{TOPIC}.create",
        )

    def _way(self, name: str) -> Command:
        """To a page beside this one."""
        entry = BY_NAME[name]
        way = Command(f"people.{name}", f"{entry.title}…", self._go_beside, self, group="", icon=entry.icon)
        way.setData(name)
        return way

    def _allow_ways(self) -> None:
        for way in self._ways:
            needs = BY_NAME[way.data()].needs
            way.allow(self.desk.session.may(needs), self.desk.session.lacks(needs))

    def _go_beside(self) -> None:
        way = self.sender()
        if isinstance(way, Command):
            self.go.emit(Place(way.data()))

    def _one(self) -> UserAnswer | None:
        person = self._chosen()
        if person is None:
            self.desk.messages.say(_("Choose one person first."))
        return person

    def _new(self) -> None:
        self._open(NewPersonDialog(self.desk, self._roles, self._places, self))

    def _edit(self) -> None:
        if not self.desk.session.may(_CHANGE):
            self.desk.messages.say(self.desk.session.lacks(_CHANGE))
        elif (person := self._one()) is not None:
            self._open(PersonDialog(self.desk, person, self._places, self))

    def _edit_roles(self) -> None:
        if (person := self._one()) is not None:
            self._open(RolesDialog(self.desk, person, self._places, self._roles, self))

    def _edit_places(self) -> None:
        if (person := self._one()) is not None:
            self._open(PlacesDialog(self.desk, person, self._places, self._roles, self))

    def _open(self, dialog: FormDialog) -> None:
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _switch_person(self) -> None:
        person = self._one()
        if person is None:
            return
        if not person.is_active:
            body = UserUpdate(is_active=True)
            client = self.desk.session.client
            self._await(calls.change_person(client, person.id, body, version=person.version, owner=self))
            return
        asks = _("Deactivate {name}?").format(name=person.full_name)
        explains = _("{name} is signed out everywhere at once and can't sign in any more. What was done stays.")
        self._ask(person, asks, explains.format(name=person.full_name), _("Deactivate")).confirmed.connect(
            self._deactivate
        )

    def _deactivate(self, person: UserAnswer) -> None:
        self._await(calls.deactivate_person(self.desk.session.client, person, owner=self))

    def _ask(self, thing: object, asks: str, explains: str, yes: str) -> Question:
        question = Question(thing, self.desk.theme, self, asks=asks, explains=explains, yes=yes)
        question.open()
        return question

    def _await(self, call: Call) -> None:
        call.done.connect(self._on_saved)
        call.failed.connect(self._on_failed)

    def _on_saved(self, person: UserAnswer) -> None:
        words = _("{name} is saved.") if person.is_active else _("{name} is deactivated.")
        self.desk.messages.say(words.format(name=person.full_name), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", [person.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("People"), (self.head.subtitle,), (PrintedTable(self.table),), look)
