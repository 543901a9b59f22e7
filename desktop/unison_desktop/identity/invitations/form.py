"""The form of an invitation."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.invitation_contracts import InvitationCreate

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.form.expiry import ExpiryEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity import calls
from unison_desktop.identity.people.held_roles_editor import HeldRolesEditor, offer_roles
from unison_desktop.identity.people.place_fields import PLACE_FIELDS, offer_places
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _

_SPANS = (
    (timedelta(days=1), _("for a day")),
    (timedelta(days=7), _("for a week")),
    (timedelta(days=30), _("for 30 days")),
    (timedelta(days=90), _("for 90 days")),
)


class InviteDialog(FormDialog):
    """Invites somebody; `saved` brings the `InvitationMade`."""

    def __init__(self, desk: Desk, roles: RoleBook, places: Places, parent: QWidget) -> None:
        now = desk.session.clock.now().replace(microsecond=0)
        good = partial(
            ExpiryEditor, now=now, zone=ZoneInfo(desk.session.zone), spans=_SPANS, nothing=_("as the settings say")
        )
        super().__init__(
            desk,
            (
                Field("email", _("E-mail"), TextEditor, _("Where the link is sent, e.g. ida@example.com.")),
                Field("expires_at", _("Good"), good, _("At most 90 days; it can be sent anew when it is over.")),
                Field("held_roles", _("Roles"), HeldRolesEditor, wide=True),
                *PLACE_FIELDS,
            ),
            InvitationCreate,
            title=_("Invite somebody"),
            values={"expires_at": None, "held_roles": [], "plants": [], "warehouses": []},
            intro=_(
                "They get a link, by which they choose name and password themselves. What the roles give holds in the "
                "plants and warehouses that are ticked: without its plant, a role for one plant does nothing."
            ),
            save_text=_("Invite"),
            parent=parent,
        )
        offer_roles(self.form, roles, places, desk.session.me)
        offer_places(self.form, places, desk.session.me)
        self.resize(900, 860)

    def send(self, body: BaseModel) -> Call:
        return calls.invite(self.desk.session.client, body, key=self.key, owner=self)
