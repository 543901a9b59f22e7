"""Inviting people by e-mail: pending, until they accept, or until it is revoked or its time is over.

An invitation is written with its message; its link is good once and for whoever holds it. Sent anew it has another
link, and the one before opens nothing. What it gives is checked twice: when it is made or sent anew, and again
when it is accepted, against what the person who invited may do then.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from unison_domain.identity.contracts import PlantAssignment, RightsGiven, RoleGiven, UserCreate, WarehouseAssignment
from unison_domain.identity.invitation_contracts import (
    InvitationAccept,
    InvitationAccepted,
    InvitationCreate,
    InvitationShown,
    InvitationState,
)
from unison_domain.identity.message_contracts import MessageKind
from unison_domain.identity.setting_contracts import INVITATION_DAYS, PASSWORD_LENGTH
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.giving_places import demand_plant, demand_warehouse, is_within
from unison_server.identity.giving_rights import demand_role, held_at, roles_given
from unison_server.identity.invitation_tables import Invitation
from unison_server.identity.languages import clock_of, language_of
from unison_server.identity.messages import Post, withdraw
from unison_server.identity.only_real import demand_real
from unison_server.identity.opaque_tokens import hash_of, new_token, organization_of
from unison_server.identity.password_rules import demand_good
from unison_server.identity.passwords import Passwords
from unison_server.identity.queries import full_names, given_by, granted
from unison_server.identity.refusals import Refusals, Shown
from unison_server.identity.settings import setting_of
from unison_server.identity.sign_in import is_let_in
from unison_server.identity.sign_in_names import demand_names_free
from unison_server.identity.tables import IdleWarehouse, Organization, User
from unison_server.identity.usecases import create_user, demand_active
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotAllowed, NotFound
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import RolePlace, Scope

KIND = "invitation"
LONGEST = timedelta(days=90)
REFUSED = frozenset(
    {
        *("invitation_unknown", "invitation_accepted", "invitation_revoked", "invitation_expired", "invitation_void"),
        "organization_inactive",
    }
)
"""Why the link itself opens nothing."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """Makes them, ends them, lets people in."""

    databases: Databases
    passwords: Passwords
    post: Post
    refusals: Refusals

    def create(self, session: TenantSession, wanted: InvitationCreate) -> tuple[Invitation, str | None]:
        """A new invitation, and its link where no mail is sent.

        Raises:
            NotAllowed: rights the actor lacks, or no person asks. Clash: the e-mail is somebody's, or invited already,
            or a default is out of use. Invalid: no such role, or no such end.
        """
        demand_real(session, "invite people")
        inviter = _inviter(session)
        given = list(dict.fromkeys(roles_given(wanted.roles, wanted.held_roles)))
        _demand_given(session, wanted)
        demand_names_free(session, email=wanted.email)
        is_open = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        same = select(Invitation).where(func.lower(Invitation.email) == wanted.email.lower(), *is_open)
        if before := session.scalar(same):
            message = (
                f"{before.email} was invited already, until {_told(before.expires_at)}: send that anew, or revoke it"
            )
            errors = [FieldError(field="email", code="invited", message=message)]
            raise Clash(message, code="invited", errors=errors, id=str(before.id))
        token = new_token(KIND, session.organization_id)
        invitation = Invitation(
            email=wanted.email,
            roles=[role for role, place in given if place is None],
            placed_roles=[_kept(role, place) for role, place in given if place is not None],
            plants=[one.model_dump(mode="json") for one in wanted.plants],
            warehouses=[one.model_dump(mode="json") for one in wanted.warehouses],
            token_hash=hash_of(token),
            invited_by=inviter,
            expires_at=_end(session, wanted.expires_at),
        )
        session.add(invitation)
        session.flush()
        record(session, "identity.invitation.created", invitation.id)
        return invitation, self._send(session, invitation, token)

    def resend(self, session: TenantSession, invitation: Invitation) -> tuple[Invitation, str | None]:
        """Send it anew with another link, good as long as a new one's; the link before opens nothing any more.

        Raises:
            Clash: it was accepted or revoked, or a default it gives is out of use. NotAllowed: it gives what the actor
            lacks.
        """
        inviter = _inviter(session)
        session.refresh(invitation, with_for_update=True)
        _demand_not_ended(invitation)
        _demand_given(session, given_by_it(invitation))
        token = new_token(KIND, session.organization_id)
        withdraw(session, invitation.message_id)
        invitation.token_hash, invitation.invited_by, invitation.expires_at = hash_of(token), inviter, _end(session)
        session.flush()
        record(session, "identity.invitation.resent", invitation.id)
        return invitation, self._send(session, invitation, token)

    def revoke(self, session: TenantSession, invitation: Invitation) -> None:
        """Let nobody in by it any more; one that is revoked stays so.

        Raises:
            Clash: it was accepted.
        """
        session.refresh(invitation, with_for_update=True)
        if invitation.revoked_at is not None:
            return
        _demand_not_ended(invitation)
        end_invitation(session, invitation)

    def look_up(self, token: str, address: str, request_id: str) -> InvitationShown:
        """What a link is for.

        Raises:
            NotFound: no such link. Clash: it was accepted, revoked or has expired. TooMany: try later.
        """
        scope = self._scope(token, address, request_id)
        with self._telling(scope, token), self.databases.session(Database.IDENTITY, scope) as session:
            invitation = _open(session, token)
            organization = _organization(session)
            return InvitationShown(
                organization_code=organization.code,
                organization_name=organization.name,
                email=invitation.email,
                invited_by_name=full_names(session, [invitation.invited_by])[invitation.invited_by],
                expires_at=invitation.expires_at,
                password_length=setting_of(session, PASSWORD_LENGTH),
            )

    def accept(self, given: InvitationAccept, address: str, request_id: str) -> InvitationAccepted:
        """Make the person; of two at once one is let in.

        Raises:
            Invalid: a password that is guessed first, or a user name is needed. Clash: it has ended, gives what who
            invited can't give any more, or a name is taken. NotFound: no such link. TooMany: try later.
        """
        scope = self._scope(given.token, address, request_id)
        with self._telling(scope, given.token):
            return self._accept(scope, given)

    def _accept(self, scope: Scope, given: InvitationAccept) -> InvitationAccepted:
        with self.databases.session(Database.IDENTITY, scope) as session:
            wanted = _person(_open(session, given.token), given)
            demand_good(session, self.passwords, given.password, wanted)
        # No connection is held while it is hashed, and strangers without a link have nothing hashed.
        hashed = self.passwords.hash(given.password.get_secret_value())
        with self.databases.session(Database.IDENTITY, scope) as session:
            invitation = _open(session, given.token, is_locked=True)
            _demand_still_given(session, invitation)
            user = create_user(session, _with_defaults_in_use(session, wanted), self.passwords)
            user.hashed_password = hashed
            invitation.accepted_at, invitation.user_id = datetime.now(UTC), user.id
            session.flush()
            record(session, "identity.invitation.accepted", invitation.id)
            code = _organization(session).code
            return InvitationAccepted(organization_code=code, username=user.username, user_id=user.id)

    def _send(self, session: TenantSession, invitation: Invitation, token: str) -> str | None:
        inviter = full_names(session, [invitation.invited_by])[invitation.invited_by]
        parameters = {"inviter": inviter, "organization": _organization(session).name}
        kind, end = MessageKind.INVITATION, invitation.expires_at
        manner = language_of(session, None), clock_of(session, None)
        message = self.post.write(session, kind, invitation.email, token, end, parameters, *manner)
        invitation.message_id = message.id
        session.flush()
        return self.post.link(kind, token) if self.post.server is None else None

    def _scope(self, token: str, address: str, request_id: str) -> Scope:
        organization = organization_of(KIND, token)
        self.refusals.count_address(lambda: organization, address, request_id)
        if organization is None:
            self.refusals.tell_nobody(SignInOutcome.LINK_REFUSED, address)
            raise _unknown()
        return Scope(organization, request_id=request_id, address=address)

    def _telling(self, scope: Scope, token: str) -> AbstractContextManager[None]:
        return self.refusals.telling(scope, SignInOutcome.LINK_REFUSED, REFUSED, partial(self._refused, token))

    def _refused(self, token: str, scope: Scope, why: str) -> Shown:
        with self.databases.session(Database.IDENTITY, scope) as session:
            email = session.scalar(select(Invitation.email).where(Invitation.token_hash == hash_of(token)))
        return Shown(why, email or "")


def end_invitation(session: TenantSession, invitation: Invitation) -> None:
    """Revoke one that is open."""
    withdraw(session, invitation.message_id)
    invitation.revoked_at = datetime.now(UTC)
    session.flush()
    record(session, "identity.invitation.revoked", invitation.id)


def state_of(invitation: Invitation) -> InvitationState:
    """How far it is now."""
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if invitation.expires_at <= datetime.now(UTC) else InvitationState.PENDING


def given_by_it(invitation: Invitation) -> RightsGiven:
    """What an invitation gives, and where; roles may be more than `RightsGiven.roles` takes: it takes others beside."""
    placed = [RoleGiven.model_validate(one) for one in invitation.placed_roles]
    given = RightsGiven(held_roles=placed, plants=invitation.plants, warehouses=invitation.warehouses)
    return given.model_copy(update={"roles": list(invitation.roles)})


def _kept(role: str, place: RolePlace) -> dict[str, str | None]:
    department_id = None if place.department_id is None else str(place.department_id)
    return {"role": role, "plant_id": str(place.plant_id), "department_id": department_id}


def _inviter(session: TenantSession) -> UUID:
    if session.scope.user_id is None:
        raise NotAllowed("Only a person invites people; sign in instead of using a key", code="person_needed")
    return session.scope.user_id


def _end(session: TenantSession, wanted: datetime | None = None) -> datetime:
    now = datetime.now(UTC)
    end = wanted or now + timedelta(days=setting_of(session, INVITATION_DAYS))
    if not now < end <= now + LONGEST:
        message = f"{_told(end)} is not within the next {LONGEST.days} days"
        errors = [FieldError(field="expires_at", code="out_of_range", message=message)]
        raise Invalid(f"expires_at {message}", code="out_of_range", errors=errors)
    return end


def _open(session: TenantSession, token: str, *, is_locked: bool = False) -> Invitation:
    """The invitation of a link that opens something. Raises NotFound and Clash."""
    statement = select(Invitation).where(Invitation.token_hash == hash_of(token))
    invitation = session.scalar(statement.with_for_update() if is_locked else statement)
    if invitation is None:
        raise _unknown()
    demand_active(_organization(session))
    _demand_not_ended(invitation)
    if state_of(invitation) is InvitationState.EXPIRED:
        message = f"This invitation was good until {_told(invitation.expires_at)}; ask who invited you to send it anew"
        raise Clash(message, code="invitation_expired")
    return invitation


def _demand_not_ended(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        message = (
            f"{invitation.email} accepted this invitation on {_told(invitation.accepted_at)}; sign in, or ask for a"
        )
        raise Clash(f"{message} new password", code="invitation_accepted")
    if invitation.revoked_at is not None:
        message = f"This invitation of {invitation.email} was revoked on {_told(invitation.revoked_at)}; make a new one"
        raise Clash(f"{message}, or ask for one", code="invitation_revoked")


def _demand_given(session: TenantSession, given: RightsGiven) -> None:
    """Raises as `create_user` where the actor can't give it."""
    for role, place in roles_given(given.roles, given.held_roles):
        demand_role(session, role, place)
    for plant in given.plants:
        demand_plant(session, plant)
    for warehouse in given.warehouses:
        demand_warehouse(session, warehouse)


def _demand_still_given(session: TenantSession, invitation: Invitation) -> None:
    """Raises Clash where who invited couldn't invite to this any more."""
    inviter = session.scalars(select(User).where(User.id == invitation.invited_by)).one()
    wanted = given_by_it(invitation)
    roles = list(roles_given(wanted.roles, wanted.held_roles))
    given = given_by(session, {role for role, _ in roles})
    held = granted(session, inviter.id, inviter.rights_version)
    has_less = any(given[role] - held_at(held, place) for role, place in roles)
    places: list[PlantAssignment | WarehouseAssignment] = [*wanted.plants, *wanted.warehouses]
    has_less |= not all(is_within(held, one) for one in places)
    if not is_let_in(inviter) or has_less:
        message = (
            f"{inviter.full_name} can't give any more what this invitation gives; ask an administrator for a new one"
        )
        raise Clash(message, code="invitation_void")
    try:
        for role, place in roles:
            demand_role(session, role, place)
    except Invalid as error:
        message = f"This invitation gives a role that is gone ({error.detail}); ask an administrator for a new one"
        raise Clash(message, code="invitation_void") from None


def _with_defaults_in_use(session: TenantSession, wanted: UserCreate) -> UserCreate:
    """A warehouse that went out of use since is nobody's default; it keeps nobody from coming in."""
    kept = [
        one.model_copy(update={"is_default": False})
        if one.is_default and session.find(IdleWarehouse, one.warehouse_id) is not None
        else one
        for one in wanted.warehouses
    ]
    return wanted.model_copy(update={"warehouses": kept})


def _person(invitation: Invitation, given: InvitationAccept) -> UserCreate:
    if given.username is None and len(invitation.email) > 50:
        message = "is needed: the e-mail is too long to be one"
        errors = [FieldError(field="username", code="missing", message=message)]
        raise Invalid(f"username {message}", errors=errors)
    named = UserCreate(username=given.username or invitation.email, full_name=given.full_name, email=invitation.email)
    return named.model_copy(update=dict(given_by_it(invitation)))


def _organization(session: TenantSession) -> Organization:
    return session.scalars(select(Organization).where(Organization.id == session.organization_id)).one()


def _unknown() -> NotFound:
    message = "This link opens nothing: was it sent anew? Open the newest, or ask for another"
    return NotFound(message, code="invitation_unknown")


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
