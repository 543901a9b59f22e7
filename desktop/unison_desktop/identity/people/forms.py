"""The forms of a person: who it is, and another password."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget
from unison_domain.identity.contracts import UserAnswer, UserUpdate

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import Editor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.identity import calls
from unison_desktop.identity.people.end_editor import AccessEndEditor
from unison_desktop.identity.people.held_roles_editor import HeldRolesEditor, offer_roles
from unison_desktop.identity.people.place_fields import PLACE_FIELDS, offer_places
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.identity.sent import NewPerson, PasswordChange, PersonChange
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _

_FORGOTTEN = _("Programs that are signed in as {name} are signed out; tell the new password in person.")


class PasswordEditor(Editor):
    """A password, hidden unless asked for; blanks count."""

    def __init__(self, parent: QWidget) -> None:
        self.line = QLineEdit()
        super().__init__(self.line, parent)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setMaxLength(256)
        self.line.textEdited.connect(self.changed)
        self.shown = QCheckBox(_("Show it"), self)
        self.shown.toggled.connect(self._show)
        layout = self.layout()
        assert layout is not None  # noqa: S101 - every editor has one
        layout.addWidget(self.shown)

    def value(self) -> Any:
        return self.line.text() or None

    def set_value(self, value: Any) -> None:
        self.line.setText(value or "")

    def words(self, value: Any) -> str:
        return _("set") if value else "-"

    def _show(self, shown: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)


class NewPersonDialog(FormDialog):
    """Makes a person."""

    def __init__(self, desk: Desk, roles: RoleBook, places: Places, parent: QWidget) -> None:
        super().__init__(
            desk,
            (
                *(_FULL_NAME, _USERNAME, _EMAIL, _NUMBER, _PHONE),
                new_password(desk, "password", _("Password"), _("Without one the person can't sign in.")),
                _ends(ZoneInfo(desk.session.zone)),
                *(_ROLES, *PLACE_FIELDS),
            ),
            NewPerson,
            title=_("New person"),
            values={"held_roles": [], "plants": [], "warehouses": []},
            intro=_(
                "What the roles give holds in the plants and warehouses that are ticked: without its plant, a role for "
                "one plant does nothing."
            ),
            parent=parent,
        )
        offer_roles(self.form, roles, places, desk.session.me)
        offer_places(self.form, places, desk.session.me)
        self.resize(900, 860)

    def send(self, body: BaseModel) -> Call:
        return calls.make_person(self.desk.session.client, body, key=self.key, owner=self)


class PersonDialog(FormDialog):
    """Changes what is known about a person."""

    def __init__(self, desk: Desk, person: UserAnswer, places: Places, parent: QWidget) -> None:
        super().__init__(
            desk,
            (_FULL_NAME, _USERNAME, _EMAIL, _NUMBER, _PHONE, _ends(places.zone_of(person, desk.session.zone))),
            PersonChange,
            title=person.full_name,
            values=person.model_dump(mode="json", include=set(_KNOWN)),
            version=person.version,
            intro=_(
                "A corrected user name, e-mail or number lets the person in from the moment it is saved, and the "
                "former one no more. The audit log keeps both. Links sent to a former e-mail open nothing any more, "
                "and those that still wait are not sent: make the person another one."
            ),
            parent=parent,
        )
        self.resize(self.minimumSize())
        self._person = person

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, UserUpdate)  # noqa: S101 - the form's contract
        assert self.version is not None  # noqa: S101 - of a person that is there
        return calls.change_person(self.desk.session.client, self._person.id, body, version=self.version, owner=self)

    def shown(self, current: Values) -> Values:
        """What this form is not about is not sent with it."""
        return {name: current[name] for name in (*_KNOWN, "version")}


class PasswordDialog(FormDialog):
    """Gives a person another password."""

    def __init__(self, desk: Desk, person: UserAnswer, parent: QWidget) -> None:
        super().__init__(
            desk,
            (new_password(desk, "password", _("Password")),),
            PasswordChange,
            title=_("New password for {name}").format(name=person.full_name),
            values={},
            version=person.version,
            intro=_FORGOTTEN.format(name=person.full_name),
            save_text=_("Set the password"),
            parent=parent,
        )
        self.resize(self.minimumSize())
        self._person = person

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, UserUpdate)  # noqa: S101 - the form's contract
        assert self.version is not None  # noqa: S101 - of a person that is there
        return calls.change_person(self.desk.session.client, self._person.id, body, version=self.version, owner=self)

    def shown(self, current: Values) -> Values:
        """Whatever else was changed meanwhile, the password is what it is typed to be."""
        return {"version": current["version"]}


_KNOWN = ("full_name", "username", "email", "employee_code", "phone", "access_ends_at")
_FULL_NAME = Field("full_name", _("Name"), TextEditor, _("As colleagues know the person, e.g. Anna Berger."))
_USERNAME = Field("username", _("User name"), TextEditor, _("To sign in with, e.g. anna."))
_EMAIL = Field("email", _("E-mail"), TextEditor, _("May be left out; also a name to sign in with."))
_NUMBER = Field("employee_code", _("Employee number"), TextEditor, _("May be left out; also a name to sign in with."))
_PHONE = Field("phone", _("Phone"), TextEditor, _("May be left out."))


def new_password(desk: Desk, name: str, label: str, more: str = "") -> Field:
    """The field of a password to be, with the rule of the organization; `more` is said behind it."""
    least = desk.session.me.password_length if desk.session.me is not None else 8
    rule = _("{least} to 256 characters; a sentence is good, and better than signs.").format(least=least)
    return Field(name, label, PasswordEditor, f"{rule} {more}".rstrip())


def _ends(zone: ZoneInfo) -> Field:
    return Field(
        "access_ends_at",
        _("Access ends"),
        partial(AccessEndEditor, zone=zone),
        _("For agency staff and guests: with the end of that day nobody gets in with it any more."),
    )


_ROLES = Field("held_roles", _("Roles"), HeldRolesEditor, wide=True)
