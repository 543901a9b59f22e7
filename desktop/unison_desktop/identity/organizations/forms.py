"""The forms of an organization and of its administrators, and the link that lets one in."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.organization_contracts import (
    AdministratorCreate,
    AdministratorMade,
    OrganizationAnswer,
    OrganizationCreate,
    OrganizationReplace,
)
from unison_domain.identity.person_names import PersonName, SignInCode, SignInEmail

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import LinesEditor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.server_address import only_here_warning
from unison_desktop.frame.told_once import ToldOnce
from unison_desktop.identity.organizations import calls
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _

_PREFIX = "administrator."
_WARNING = _(
    "Hand it to {name}: whoever opens it chooses the password. It is good once, until {end}, and never shown again."
)


class _NewOrganization(OrganizationReplace):
    """What is typed for a new one, in one form."""

    username: SignInCode
    full_name: PersonName
    email: SignInEmail | None = None


class OrganizationDialog(FormDialog):
    """Makes an organization with its first administrator, or changes one."""

    def __init__(self, desk: Desk, known: OrganizationAnswer | None, parent: QWidget) -> None:
        super().__init__(
            desk,
            _DESCRIBED if known else (*_DESCRIBED, *_FIRST),
            OrganizationReplace if known else _NewOrganization,
            title=known.name if known else _("New organization"),
            values=known.model_dump(mode="json", include=set(OrganizationReplace.model_fields)) if known else {},
            version=known.version if known else None,
            intro=_("Its people and its business are apart from all others; nobody sees both, you neither."),
            parent=parent,
        )
        self.resize(860, 500 if known else 600)
        self._known = known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if isinstance(body, _NewOrganization):
            person = AdministratorCreate(**body.model_dump(include=set(AdministratorCreate.model_fields)))
            described = body.model_dump(include=set(OrganizationReplace.model_fields))
            wanted = OrganizationCreate(**described, administrator=person)
            return calls.make_organization(client, wanted, key=self.key, owner=self)
        if self._known is None or self.version is None:
            raise ValueError("an organization that is changed is known")
        return calls.change_organization(client, self._known.id, body, version=self.version, owner=self)

    def field_of(self, path: str) -> str:
        return path.removeprefix(_PREFIX)

    def shown(self, current: Values) -> Values:
        return {name: current[name] for name in (*OrganizationReplace.model_fields, "version")}


class AdministratorDialog(FormDialog):
    """Somebody who is to look after an organization, or another link for one who never came in."""

    def __init__(self, desk: Desk, known: OrganizationAnswer, parent: QWidget) -> None:
        super().__init__(
            desk,
            _PERSON,
            AdministratorCreate,
            title=_("Administrator of {name}").format(name=known.name),
            values={},
            intro=_(
                "One who never chose a password gets another link: type the same user name, with name and e-mail as "
                "they are to be from now on. The links of before open nothing any more."
            ),
            save_text=_("Make the link"),
            parent=parent,
        )
        self.setMinimumSize(720, 300)
        self.resize(860, 330)
        self._known = known

    def send(self, body: BaseModel) -> Call:
        return calls.add_administrator(self.desk.session.client, self._known.id, body, key=self.key, owner=self)


class LinkDialog(ToldOnce):
    """Shows the link by which an administrator chooses a password."""

    def __init__(self, desk: Desk, made: AdministratorMade, link: str, parent: QWidget) -> None:
        end = f"{own_time(made.expires_at):%Y-%m-%d %H:%M}"
        super().__init__(
            desk,
            link,
            parent,
            heading=_("{name} can come in by this link").format(name=made.username),
            warning=_WARNING.format(name=made.username, end=end),
            called=_("The link"),
            of_no_use=only_here_warning(link),
            advice=_("Send it to nobody else."),
        )


_DESCRIBED = (
    Field("code", _("Code"), partial(TextEditor, longest=50), _("What its people type when they sign in, e.g. ACME.")),
    Field("name", _("Name"), TextEditor, _("As the company is called.")),
    Field("industry", _("Industry"), TextEditor, _("May be empty.")),
    Field("address", _("Address"), LinesEditor, _("May be empty.")),
    Field("contact_email", _("E-mail"), TextEditor, _("Of whom to ask there. May be empty.")),
    Field("contact_phone", _("Phone"), TextEditor, _("May be empty.")),
)
_PERSON = (
    Field("username", _("User name"), partial(TextEditor, longest=50), _("What they sign in with.")),
    Field("full_name", _("Full name"), TextEditor, _("As others see it.")),
    Field("email", _("E-mail"), TextEditor, _("Where the link is sent; without it, it is shown to you once.")),
)
_FIRST = (
    Field(
        "username",
        _("User name"),
        partial(TextEditor, longest=50),
        _("What they sign in with."),
        heading=_("Its first administrator"),
    ),
    *_PERSON[1:],
)
