"""What superadministrators do about organizations: make them, change them, let them rest and wake them again.

Each is one transaction that is held to the organization it is about (`kernel/crossing.py`), with an entry in the audit
of both. Superadministrators see none of its people and none of its business: they are people of their own organization.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from unison_domain.identity.contracts import RoleCode, UserCreate, UserUpdate
from unison_domain.identity.organization_contracts import (
    AdministratorCreate,
    AdministratorMade,
    OrganizationAnswer,
    OrganizationCreate,
    OrganizationReplace,
)
from unison_domain.identity.sign_in_contracts import SessionEnd

from unison_server.identity import queries
from unison_server.identity.access_changes import tell_access
from unison_server.identity.consequences import end_resets
from unison_server.identity.password_resets import PasswordResets
from unison_server.identity.practice import retire
from unison_server.identity.sign_in import end_everybodys_session
from unison_server.identity.tables import Organization, User, Visitor
from unison_server.identity.usecases import (
    create_organization,
    create_user,
    demand_active,
    demand_code_free,
    update_user,
)
from unison_server.kernel.crossing import acting_in
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, NotFound, NotSignedIn
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.permissions import asked_for

READ, CREATE = asked_for("platform.organization.read"), "platform.organization.create"
UPDATE, DEACTIVATE = "platform.organization.update", "platform.organization.deactivate"
FIRST_LINK = timedelta(days=7)
"""How long the first administrator has to choose a password."""


@dataclass(frozen=True, slots=True)
class Organizations:
    """Makes them and ends them."""

    resets: PasswordResets

    def create(self, session: TenantSession, wanted: OrganizationCreate) -> tuple[Organization, AdministratorMade]:
        """A new organization with somebody who can get in.

        Raises:
            NotAllowed: the actor is no superadministrator. Clash: the code is taken.
        """
        with _visiting(session, new_id(), CREATE, f"created {wanted.code}"):
            organization = create_organization(session, **wanted.model_dump(exclude={"administrator"}))
            return organization, self._invite(session, wanted.administrator)

    def add_administrator(
        self, session: TenantSession, organization_id: UUID, wanted: AdministratorCreate
    ) -> AdministratorMade:
        """Another administrator, or another link for one who never chose a password, to the e-mail that is given now.

        Raises:
            NotFound: no such organization. Clash: it is not active, or somebody signs in with one of the names.
        """
        existing = find(session, organization_id)
        with _visiting(session, organization_id, CREATE, f"made {wanted.username} administrator of {existing.code}"):
            demand_active(existing)
            return self._invite(session, wanted)

    def _invite(self, session: TenantSession, wanted: AdministratorCreate) -> AdministratorMade:
        user = queries.user_by_name(session, wanted.username)
        if user is not None and user.username == wanted.username and _never_came_in(session, user):
            end_resets(session, user.id)
            corrected = UserUpdate(full_name=wanted.full_name, email=wanted.email)
            update_user(session, user, corrected, self.resets.passwords)
        else:
            person = UserCreate(**wanted.model_dump(), roles=[RoleCode.ADMIN])
            user = create_user(session, person, self.resets.passwords)
        made = self.resets.make_for(session, user, FIRST_LINK)
        return AdministratorMade(user_id=user.id, username=user.username, **made.model_dump())


@contextmanager
def _visiting(session: TenantSession, organization_id: UUID, permission: str, done: str) -> Iterator[None]:
    """As `acting_in`; who did it has a name in the audit log there, where nothing else of them can be read."""
    own = session.scope
    mine = select(User.full_name, Organization.name).join(Organization, Organization.id == User.organization_id)
    name = session.execute(mine.where(User.id == own.user_id)).one_or_none()
    with acting_in(session, organization_id, permission, done):
        yield
        if name is not None and organization_id != own.organization_id:
            known = {"full_name": name.full_name, "organization_name": name.name}
            row = insert(Visitor).values(organization_id=organization_id, id=own.user_id, **known)
            session.execute(row.on_conflict_do_update(index_elements=["organization_id", "id"], set_=known))


def find(session: TenantSession, organization_id: UUID) -> Organization:
    """Any organization: all can be read, for who signs in names one. Raises NotFound."""
    organization = session.scalar(select(Organization).where(Organization.id == organization_id))
    if organization is None:
        raise NotFound(f"There is no organization {organization_id}", thing="organization", id=str(organization_id))
    return organization


def replace_organization(
    session: TenantSession, organization_id: UUID, wanted: OrganizationReplace, seen: int
) -> Organization:
    """Change it.

    Raises:
        NotFound: no such organization. Clash: it was changed meanwhile, or the code is taken.
    """
    existing = find(session, organization_id)
    with _visiting(session, organization_id, UPDATE, f"changed {existing.code}"):
        organization = _locked(session, existing, seen)
        demand_code_free(session, wanted.code)
        _describe(organization, wanted)
        session.flush()
        record(session, "identity.organization.updated", organization.id, version=organization.version)
        return organization


def deactivate_organization(session: TenantSession, organization_id: UUID, seen: int) -> Organization:
    """Let nobody in any more, and end every session; agents of its stations keep what they have to send.

    Raises:
        NotFound: no such organization. Clash: it is one's own, or it was changed meanwhile.
    """
    existing = find(session, organization_id)
    if organization_id == session.organization_id:
        words = f"You are signed in to {existing.code}: a superadministrator of another organization can do this"
        raise Clash(words, code="own_organization")
    _demand_real(existing, "make it anew there, or deactivate the real one")
    # Of two who deactivate each other's organization one is left, to undo it.
    if not queries.stays_active(session):
        raise NotSignedIn("Your organization is not active any more", code="session_ended")
    with _visiting(session, organization_id, DEACTIVATE, f"deactivated {existing.code}"):
        organization = _locked(session, existing, seen)
        if organization.is_active:
            let_nobody_in(session, organization)
    for practice in session.scalars(practice_of(organization_id)).all():
        with _visiting(session, practice.id, DEACTIVATE, f"retired {practice.code}"):
            retire(session, practice)
    return organization


def let_nobody_in(session: TenantSession, organization: Organization) -> None:
    """Deactivate the organization the session is of, and end every session; whether that may be is the caller's."""
    organization.is_active = False
    session.flush()
    end_everybodys_session(session, organization.id, SessionEnd.ORGANIZATION_DEACTIVATED)
    _tell(session, organization, "deactivated")


def reactivate_organization(session: TenantSession, organization_id: UUID, seen: int) -> Organization:
    """Let its people and machines in again; who was signed in signs in anew.

    Raises:
        NotFound: no such organization. Clash: it was changed meanwhile.
    """
    existing = find(session, organization_id)
    _demand_real(existing, "make one anew in the real organization")
    with _visiting(session, organization_id, UPDATE, f"reactivated {existing.code}"):
        organization = _locked(session, existing, seen)
        if not organization.is_active:
            organization.is_active = True
            session.flush()
            _tell(session, organization, "reactivated")
        return organization


def practice_of(organization_id: UUID) -> Select[Organization]:
    """The practice organization of it that is active."""
    return select(Organization).where(Organization.practice_of == organization_id, Organization.is_active)


def _demand_real(organization: Organization, way_out: str) -> None:
    if organization.practice_of is not None:
        raise Clash(f"{organization.name} is a practice organization: {way_out}", code="is_practice")


def _tell(session: TenantSession, organization: Organization, happened: str) -> None:
    tell_access(session, organization.id)
    record(session, f"identity.organization.{happened}", organization.id, version=organization.version)


def _locked(session: TenantSession, organization: Organization, seen: int) -> Organization:
    session.refresh(organization, with_for_update=True)
    if organization.version != seen:
        raise Clash(
            f"The organization was changed meanwhile: you saw version {seen}, now it is {organization.version}",
            code="version_clash",
            current=OrganizationAnswer.model_validate(organization).model_dump(mode="json"),
        )
    return organization


def _describe(organization: Organization, wanted: OrganizationReplace) -> None:
    for name in OrganizationReplace.model_fields:
        setattr(organization, name, getattr(wanted, name))
    organization.updated_at = datetime.now(UTC)


def _never_came_in(session: TenantSession, user: User) -> bool:
    return user.hashed_password is None and RoleCode.ADMIN in queries.roles_of(session, user.id)
