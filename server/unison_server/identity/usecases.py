"""What is done about organizations, people and their rights. Used by the API, the commands and the demo alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from unison_domain.identity.contracts import (
    PlantAssignment,
    RightsGiven,
    RoleAssignment,
    RoleCode,
    UserCreate,
    UserUpdate,
    WarehouseAssignment,
)
from unison_domain.identity.sign_in_contracts import SessionEnd
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.consequences import Consequences, end_resets, end_sessions, follow
from unison_server.identity.giving_places import set_plant, set_warehouse
from unison_server.identity.giving_rights import (
    demand_no_more_than,
    demand_rights,
    demand_rights_of,
    demand_role,
    place_given,
    roles_given,
)
from unison_server.identity.only_real import demand_real
from unison_server.identity.own_sign_in import FIELD, demand_proven
from unison_server.identity.password_rules import demand_good
from unison_server.identity.passwords import Passwords
from unison_server.identity.queries import (
    Held,
    OwnRoles,
    held_by,
    held_roles,
    is_code,
    is_practice,
    place_of,
    plants_of,
    warehouses_of,
)
from unison_server.identity.sign_in import end_session, is_let_in
from unison_server.identity.sign_in_names import NAMES, demand_names_free
from unison_server.identity.tables import (
    Organization,
    SignInSession,
    User,
    UserRole,
)
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import RolePlace

_ADMINISTRATORS = frozenset({RoleCode.SUPERADMIN, RoleCode.ADMIN})
"""Roles that can give every other."""


def create_organization(session: TenantSession, code: str, name: str, **described: str | None) -> Organization:
    """A new company, with the id of the session's scope; `described` is what else its columns hold.

    Raises:
        Clash: the code is taken.
    """
    demand_code_free(session, code)
    organization = Organization(id=session.organization_id, code=code, name=name, **described)
    session.add(organization)
    session.flush()
    record(session, "identity.organization.created", organization.id, version=organization.version)
    return organization


def demand_active(organization: Organization) -> None:
    """Raises Clash where nobody gets into the organization."""
    if not organization.is_active:
        words = f"{organization.name} is not active; an administrator of the server can make it so again"
        raise Clash(words, code="organization_inactive")


def demand_code_free(session: TenantSession, code: str) -> None:
    """Raises Clash where another organization than the session's has the code, in whatever case."""
    other = select(Organization.code).where(is_code(code), Organization.id != session.organization_id)
    if taken := session.scalar(other):
        message = f"is taken: there is an organization {taken} already"
        errors = [FieldError(field="code", code="taken", message=message)]
        raise Clash(f"code {message}", code="taken", errors=errors)


def create_user(session: TenantSession, wanted: UserCreate, passwords: Passwords) -> User:
    """A new person.

    Raises:
        Clash: a name is taken, a default is out of use, or people only practise here. NotAllowed: a role, or a right
            in a place, with more than the actor's rights. Invalid: a password that is guessed first, or too short.
    """
    demand_real(session, "make people")
    if wanted.password:
        demand_good(session, passwords, wanted.password, wanted)
    hashed = passwords.hash(wanted.password.get_secret_value()) if wanted.password else None
    user = make_user(session, wanted, hashed, partial(demand_names_free, session))
    changes = Consequences()
    changes.note_made(user)
    session.flush()
    for role, place in dict.fromkeys(roles_given(wanted.roles, wanted.held_roles)):
        demand_role(session, role, place)
        _give_role(session, user, role, place)
    for plant in wanted.plants:
        set_plant(session, user, plant, [])
    for warehouse in wanted.warehouses:
        set_warehouse(session, user, warehouse, [])
    follow(session, changes)
    return user


def make_user(session: TenantSession, wanted: UserCreate, hashed: str | None, demand_free: Callable[..., None]) -> User:
    """Somebody who has nothing yet, not even a name to sign in with; in the database with the next flush.

    Args:
        hashed: their password. demand_free: `demand_names_free` or what does the same.

    Raises:
        Clash: a name is taken.
    """
    demand_free(**{name: getattr(wanted, name) for name in NAMES})
    described = wanted.model_dump(exclude={"password", *RightsGiven.model_fields})
    user = User(id=new_id(), **described, hashed_password=hashed)
    session.add(user)
    return user


def update_user(
    session: TenantSession, user: User, wanted: UserUpdate, passwords: Passwords, *, is_proven: bool = False
) -> None:
    """Change what is given; a new password or being made inactive ends the person's sessions.

    Args:
        is_proven: the actor gave their own password, as they must to change what they themselves sign in with.

    Raises:
        NotAllowed: a person with rights the actor lacks, or the actor unproven. Clash: the last active
            administrator would be inactive. Invalid: a password that is guessed first, or too short. Clash:
            somebody signs in with one of the names.
    """
    given = wanted.model_dump(exclude_unset=True, exclude={"password", FIELD})
    held, changes = held_by(session, user.id)[user.id], Consequences()
    if wanted.password:
        _demand_filled(given)
        demand_good(session, passwords, wanted.password, user, names=map(str, given.values()))
        demand_lets_in(session, user, held, is_proven=is_proven)
    change_user(session, user, given, held, changes, partial(demand_names_free, session), is_proven=is_proven)
    if wanted.password:
        user.hashed_password = passwords.hash(wanted.password.get_secret_value())
        changes.note_rights(user)
        changes.unlinked.append(user)
        changes.shut_out.append(user)
    follow(session, changes)


def change_user(
    session: TenantSession,
    user: User,
    given: Mapping[str, Any],
    held: Held,
    changes: Consequences,
    demand_free: Callable[..., None],
    own: OwnRoles | None = None,
    *,
    is_proven: bool = False,
) -> None:
    """Change what is given, by column, and note what follows.

    Args:
        held: what the person was given. own: as in `demand_role`.
        demand_free: `demand_names_free` or what does the same.

    Raises:
        NotAllowed, Clash, Invalid: as `update_user`.
    """
    _demand_filled(given)
    demand_rights(session, held.roles, own)
    if any(name in given and given[name] != getattr(user, name) for name in NAMES):
        demand_lets_in(session, user, held, own, is_proven=is_proven)
    ends = given.get("access_ends_at") is not None
    leaves = user.is_active and (given.get("is_active") is False or ends)
    demand_free(but_of=user.id, **{name: given[name] for name in NAMES if name in given})
    former_email = user.email
    for name, value in given.items():
        setattr(user, name, value)
    if leaves and _is_administrators(held.roles):
        _demand_an_administrator(session)
    changes.renamed.append(user)
    changes.note_rights(user)
    if user.email != former_email:
        changes.unlinked.append(user)
        if former_email:
            changes.former_emails.append(former_email)
    if not is_let_in(user):
        changes.shut_out.append(user)


def demand_lets_in(
    session: TenantSession, user: User, held: Held, own: OwnRoles | None = None, *, is_proven: bool
) -> None:
    """Raises NotAllowed where the actor may not change what lets the person in, or is it and did not prove so."""
    demand_proven(session, user.id, is_proven=is_proven)
    demand_no_more_than(session, held, "change what somebody signs in with", own)


def _demand_filled(given: Mapping[str, Any]) -> None:
    if empty := [name for name in ("username", "full_name", "is_active") if name in given and given[name] is None]:
        errors = [FieldError(field=name, code="missing", message="must not be empty") for name in empty]
        raise Invalid(f"{' and '.join(empty)} must not be empty", errors=errors)


def change_password(session: TenantSession, user: User, hashed: str, *, but: UUID | None = None) -> None:
    """Let the person in by another password from now on; their sessions end, `but` that one, and links to a new one."""
    user.hashed_password = hashed
    rights_changed(session, user)
    end_resets(session, user.id)
    end_sessions(session, [user.id], SessionEnd.ACCOUNT_CHANGED, but=but)


def assign_role(session: TenantSession, user: User, wanted: RoleAssignment) -> None:
    """Give or take a role, in the whole organization or in one place; that the place is there is checked before.

    Raises:
        NotAllowed: a role, or a person, with rights the actor lacks there.
        Clash: it is the last active administrator's.
    """
    set_role(session, user, wanted, list(held_roles(session, user.id)))
    rights_changed(session, user)


def set_role(
    session: TenantSession, user: User, wanted: RoleAssignment, held: list[UserRole], own: OwnRoles | None = None
) -> None:
    """The same without telling of it.

    Args:
        held: all roles of the person; they follow. own: as in `demand_role`.

    Raises:
        NotAllowed, Clash: as `assign_role`.
    """
    place = place_given(wanted)
    if wanted.assigned:
        demand_role(session, wanted.role, place, own)
    demand_rights(session, held, own)
    there = next((one for one in held if (one.role, place_of(one)) == (wanted.role, place)), None)
    if wanted.assigned and there is None:
        held.append(_give_role(session, user, wanted.role, place))
    if there is not None and not wanted.assigned:
        was_one = _is_administrators(held)
        session.delete(there)
        held.remove(there)
        if was_one and user.is_active and not _is_administrators(held):
            _demand_an_administrator(session)


def _give_role(session: TenantSession, user: User, role: str, place: RolePlace | None) -> UserRole:
    plant_id, department_id = place or (None, None)
    given = UserRole(user_id=user.id, role=role, plant_id=plant_id, department_id=department_id)
    session.add(given)
    return given


def assign_plant(session: TenantSession, user: User, wanted: PlantAssignment) -> None:
    """Say what somebody may do in a plant, instead of what was said before.

    Raises:
        NotAllowed: a right in that plant, or a person with rights, which the actor lacks.
    """
    demand_rights_of(session, user.id)
    set_plant(session, user, wanted, list(plants_of(session, user.id)))
    rights_changed(session, user)


def assign_warehouse(session: TenantSession, user: User, wanted: WarehouseAssignment) -> None:
    """Say what somebody may do in a warehouse, instead of what was said before.

    Raises:
        NotAllowed: a right in that warehouse, or a person with rights, which the actor lacks. Invalid: a default where
            nothing is allowed. Clash: a default that is out of use.
    """
    demand_rights_of(session, user.id)
    set_warehouse(session, user, wanted, list(warehouses_of(session, user.id)))
    rights_changed(session, user)


def end_somebodys_session(session: TenantSession, family: SignInSession) -> SignInSession:
    """Sign a program out, one's own or another person's; one that has ended stays as it is.

    Raises:
        NotAllowed: it is of a person with rights the actor lacks.
    """
    is_own = family.user_id == session.scope.user_id
    if not is_own:
        demand_rights_of(session, family.user_id)
    session.refresh(family, with_for_update=True)
    if family.ended_at is None:
        end_session(session, family, SessionEnd.SIGNED_OUT if is_own else SessionEnd.BY_ADMINISTRATOR)
    return family


def end_all_sessions(session: TenantSession, user: User) -> int:
    """Sign every program of a person out, also the one that asks where it is theirs; how many those were.

    Raises:
        NotAllowed: it is a person with rights the actor lacks.
    """
    is_own = user.id == session.scope.user_id
    if not is_own:
        demand_rights_of(session, user.id)
    return end_sessions(session, [user.id], SessionEnd.SIGNED_OUT if is_own else SessionEnd.BY_ADMINISTRATOR)


def rights_changed(session: TenantSession, user: User) -> None:
    """Let every process, and whoever listens, know that the person may do something else now."""
    changes = Consequences()
    changes.note_rights(user)
    follow(session, changes)


def _is_administrators(held: Collection[UserRole]) -> bool:
    """Whether who has these roles can give every role, everywhere."""
    return any(one.role in _ADMINISTRATORS and one.plant_id is None for one in held)


def _demand_an_administrator(session: TenantSession) -> None:
    """Raises Clash where nobody would be left who can give rights; two who leave at once take turns."""
    lock = func.hashtextextended(f"administrators of {session.organization_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))
    session.flush()
    everywhere = (UserRole.role.in_(_ADMINISTRATORS), UserRole.plant_id.is_(None))
    left = select(User.id).join(UserRole, UserRole.user_id == User.id).where(*everywhere)
    left = left.where(User.is_active, User.access_ends_at.is_(None))
    if not is_practice(session):  # where nobody has a password
        left = left.where(User.hashed_password.is_not(None))
    if session.scalar(left.limit(1)) is None:
        words = "This is the last active administrator with a password: make somebody else one first"
        raise Clash(words, code="last_administrator")
