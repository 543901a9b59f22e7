"""Look-ups of people, sessions and rights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, case, collate, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute
from unison_domain.identity.person_names import folded
from unison_domain.identity.setting_contracts import PERSON_FIGURES

from unison_server.identity.badge_tables import PersonPin
from unison_server.identity.demanded_factors import lacks_demanded
from unison_server.identity.roles import ROLES, codes_that_read_everywhere, permissions_of, reached_in, widened
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import (
    ApiKey,
    LoginAttempts,
    Organization,
    OwnRole,
    RefreshToken,
    SignInName,
    SignInSession,
    User,
    UserPlantAccess,
    UserRole,
    UserWarehouseAccess,
    Visitor,
)
from unison_server.kernel.access import Rights
from unison_server.kernel.crossing import held_to
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.permissions import tenant_permissions
from unison_server.kernel.scope import Reach, RolePlace, Scope


def is_code(code: str) -> ColumnElement[bool]:
    """Whether an organization has the code, whatever its case: PostgreSQL folds both, as in the unique index."""
    return func.lower(collate(Organization.code, "default")) == func.lower(code)


def password_costs(engine: Engine) -> Sequence[str]:
    """What hashes of passwords and PINs begin with, of all organizations: their costs.

    Args:
        engine: of the system role of the identity database.
    """
    of_passwords = select(_cost(User.hashed_password)).where(User.hashed_password.is_not(None))
    with engine.connect() as connection:
        return connection.scalars(of_passwords.union(select(_cost(PersonPin.pin_hash)))).all()


def _cost(hashed: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """As `passwords.cost_of`."""
    return func.regexp_replace(hashed, r"\$[^$]*\$[^$]*$", "")


def organization_id(engine: Engine, code: str | None, *also: ColumnElement[bool]) -> tuple[UUID | None, bool]:
    """The active organization of a code in whatever case, or without a code the only one that is none for practice.

    Args:
        also: what else is asked of it.

    Returns:
        Its id or None, and whether a code would be needed to tell.
    """
    statement = select(Organization.id).where(Organization.is_active, *also)
    statement = statement.where(Organization.practice_of.is_(None) if code is None else is_code(code))
    with engine.connect() as connection:
        found = connection.scalars(statement.limit(2)).all()
    return (found[0] if len(found) == 1 else None), code is None and len(found) != 1


def is_active(databases: Databases, organization: UUID) -> bool:
    """Whether there is such an organization, and it is active."""
    with databases.identity.connect() as connection:
        found = select(Organization.is_active).where(Organization.id == organization)
        return connection.scalar(found) is True


def is_practice(session: TenantSession) -> bool:
    """Whether the session's organization is a practice organization."""
    return real_one(session) is not None


def real_one(session: TenantSession) -> UUID | None:
    """The organization whose practice organization the session's is, if it is one."""
    return session.scalar(select(Organization.practice_of).where(Organization.id == session.organization_id))


def stays_active(session: TenantSession) -> bool:
    """Whether the session's organization is active, and will be until this transaction ends."""
    mine = select(Organization.is_active).where(Organization.id == session.organization_id)
    return session.scalar(mine.with_for_update(read=True)) is True


def user_by_name(session: TenantSession, name: str) -> User | None:
    """The person who signs in with the name: e-mail, user name or employee number."""
    named = select(SignInName.user_id).where(SignInName.name == folded(name)).scalar_subquery()
    return session.scalar(select(User).where(User.id == named))


def roles_of(session: TenantSession, user_id: UUID) -> Sequence[str]:
    """Codes of the person's roles, wherever they hold."""
    return list(dict.fromkeys(one.role for one in held_roles(session, user_id)))


def held_roles(session: TenantSession, *user_ids: UUID) -> Sequence[UserRole]:
    """The people's roles and where each holds."""
    statement = select(UserRole).where(UserRole.user_id.in_(user_ids))
    return session.scalars(statement.order_by(UserRole.role, UserRole.plant_id, UserRole.department_id)).all()


def held_by(session: TenantSession, *user_ids: UUID) -> Mapping[UUID, Held]:
    """What each of the people was given."""
    held = {user_id: Held() for user_id in user_ids}
    for role in held_roles(session, *user_ids):
        held[role.user_id].roles.append(role)
    for plant in plants_of(session, *user_ids):
        held[plant.user_id].plants.append(plant)
    for warehouse in warehouses_of(session, *user_ids):
        held[warehouse.user_id].warehouses.append(warehouse)
    return held


def place_of(role: UserRole) -> RolePlace | None:
    """Where a role holds; None: in the whole organization."""
    return None if role.plant_id is None else RolePlace(role.plant_id, role.department_id)


def plants_of(session: TenantSession, *user_ids: UUID) -> Sequence[UserPlantAccess]:
    """What the people may do in which plants."""
    statement = select(UserPlantAccess).where(UserPlantAccess.user_id.in_(user_ids))
    return session.scalars(statement.order_by(UserPlantAccess.plant_id)).all()


def warehouses_of(session: TenantSession, *user_ids: UUID) -> Sequence[UserWarehouseAccess]:
    """What the people may do in which warehouses."""
    statement = select(UserWarehouseAccess).where(UserWarehouseAccess.user_id.in_(user_ids))
    return session.scalars(statement.order_by(UserWarehouseAccess.warehouse_id)).all()


def rights_of(databases: Databases, organization: UUID, user_id: UUID, session_id: UUID) -> Rights | None:
    """What a session allows now; None when it is over or the person is inactive.

    Who practises may do so as long as the real session allows anything that theirs was opened from.
    """
    with databases.session(Database.IDENTITY, Scope(organization)) as session:
        return rights_in(session, user_id, session_id)


def rights_in(session: TenantSession, user_id: UUID, session_id: UUID) -> Rights | None:
    """As `rights_of`, in a transaction of that organization: for who holds a connection must wait for no second one."""
    live = session.execute(
        select(
            *(User.rights_version, User.access_ends_at),
            *(Organization.practice_of, SignInSession.real_session_id),
        )
        .join(SignInSession, SignInSession.user_id == User.id)
        .join(Organization, Organization.id == User.organization_id)
        .where(
            Organization.is_active,
            User.id == user_id,
            has_access(),
            SignInSession.id == session_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > func.now(),
        )
    ).one_or_none()
    if live is None:
        return None
    rights = granted(session, user_id, live.rights_version)
    if lacks_demanded(session, user_id, rights.permissions):
        rights = rights.withheld()
    if live.access_ends_at:
        rights = replace(rights, until=live.access_ends_at.timestamp())
    if live.practice_of is None:
        return rights
    real = real_rights(session, live.practice_of, user_id, live.real_session_id)
    if real is None or real.lacks_second_factor:
        return None
    return replace(rights, until=min(rights.until, real.until), follows=frozenset({live.real_session_id}))


def real_rights(session: TenantSession, real: UUID, user_id: UUID, real_session_id: UUID | None) -> Rights | None:
    """What the real session allows now that one of a practice organization was opened from; the same transaction."""
    if real_session_id is None:
        return None
    with held_to(session, Scope(real)):
        return rights_in(session, user_id, real_session_id)


def plants_read_by(
    session: TenantSession, people: Collection[UUID], plants: Collection[UUID]
) -> Mapping[UUID, frozenset[UUID]]:
    """Which of these plants each of these people may read; as `granted`, for many at once."""
    reach: dict[UUID, set[UUID]] = {}
    by_role = select(UserRole.user_id, UserRole.plant_id).where(
        UserRole.user_id.in_(people),
        UserRole.role.in_(codes_that_read_everywhere()),
        UserRole.department_id.is_(None),
    )
    for user_id, plant_id in session.execute(by_role):
        reach.setdefault(user_id, set()).update(plants if plant_id is None else {plant_id}.intersection(plants))
    given = select(UserPlantAccess.user_id, UserPlantAccess.plant_id).where(
        UserPlantAccess.user_id.in_(people), UserPlantAccess.plant_id.in_(plants), UserPlantAccess.can_read
    )
    for user_id, plant_id in session.execute(given):
        reach.setdefault(user_id, set()).add(plant_id)
    return {user_id: frozenset(read) for user_id, read in reach.items()}


def has_access() -> ColumnElement[bool]:
    """Whether a person is let in at all: active, and their access has not ended."""
    return User.is_active & or_(User.access_ends_at.is_(None), User.access_ends_at > func.now())


def let_in(session: TenantSession, people: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the people who are let in at all."""
    return frozenset(session.scalars(select(User.id).where(User.id.in_(set(people)), has_access())))


def full_names(session: TenantSession, people: Iterable[UUID]) -> Mapping[UUID, str]:
    """What people are called."""
    rows = session.execute(select(User.id, User.full_name).where(User.id.in_(set(people))))
    return {row.id: row.full_name for row in rows}


class KeyName(NamedTuple):
    """What people call a key of a program, and who made it; or a person of elsewhere, and their organization."""

    name: str
    owner: str


KeyNames = Mapping[UUID, KeyName]
OwnRoles = Mapping[str, OwnRole]
"""Roles of the organization's own that are in use, by code."""


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody was given: roles and places. Who gives more, or takes some, lets these follow."""

    roles: list[UserRole] = field(default_factory=list)
    plants: list[UserPlantAccess] = field(default_factory=list)
    warehouses: list[UserWarehouseAccess] = field(default_factory=list)


def key_names(session: TenantSession) -> KeyNames:
    """All keys of the organization, also those that are revoked."""
    rows = session.execute(select(ApiKey.id, ApiKey.name, User.full_name).join(User, User.id == ApiKey.user_id))
    return {row.id: KeyName(row.name, row.full_name) for row in rows}


def visitor_names(session: TenantSession) -> KeyNames:
    """Superadministrators of other organizations who did something in this one, with what theirs is called."""
    rows = session.execute(select(Visitor.id, Visitor.full_name, Visitor.organization_name))
    return {row.id: KeyName(row.full_name, row.organization_name) for row in rows}


def own_roles(session: TenantSession) -> OwnRoles:
    """Roles of the organization's own that are in use."""
    return {role.code: role for role in session.scalars(select(OwnRole).where(OwnRole.is_active))}


def given_by(session: TenantSession, roles: Iterable[str], own: OwnRoles | None = None) -> Mapping[str, frozenset[str]]:
    """What each of the roles gives: a system role, or an active one of the organization's own; others give nothing.

    Args:
        own: `own_roles`, where they were read already.
    """
    codes = set(roles)
    if codes <= ROLES.keys():
        return {code: permissions_of([code]) for code in codes}
    if own is None:
        own = own_roles(session)
    found = {code: tenant_permissions().intersection(own[code].permissions) for code in codes if code in own}
    return {code: found.get(code, frozenset()) | permissions_of([code]) for code in codes}


def own_role_names(session: TenantSession, codes: Iterable[str]) -> dict[str, str]:
    """What those of the roles that are the organization's own are called."""
    rows = session.execute(select(OwnRole.code, OwnRole.name).where(OwnRole.code.in_(set(codes))))
    return {row.code: row.name for row in rows}


def only_reads(session: TenantSession, roles: Sequence[str]) -> bool:
    """Whether the roles, of which there are some, let nobody change anything."""
    own = session.scalars(select(OwnRole.permissions).where(OwnRole.code.in_(roles), OwnRole.is_active))
    grants = [*chain.from_iterable(own), *chain.from_iterable(ROLES[code].grants for code in roles if code in ROLES)]
    return bool(grants) and all(grant.endswith(".read") for grant in grants)


def granted(session: TenantSession, user_id: UUID, version: int) -> Rights:
    """What the person's roles and places give, as `version` of their rights."""
    rights = rights_of_held(session, held_by(session, user_id)[user_id], version)
    return replace(rights, person_figures=setting_of(session, PERSON_FIGURES))


def rights_of_held(session: TenantSession, held: Held, version: int, own: OwnRoles | None = None) -> Rights:
    """What that comes to, as `version`, but for what settings say; `own` as in `given_by`."""
    given = given_by(session, {one.role for one in held.roles}, own)
    plants = reach_of((one.plant_id, one) for one in held.plants)
    warehouses = reach_of((one.warehouse_id, one) for one in held.warehouses)
    return rights_from(version, held.roles, given, plants, warehouses)


def rights_from(
    version: int, held: Sequence[UserRole], given: Mapping[str, frozenset[str]], plants: Reach, warehouses: Reach
) -> Rights:
    """What roles and places come to.

    Args:
        held: the person's roles. given: what each role gives. plants, warehouses: where access was given.
    """
    roles = [one.role for one in held if one.plant_id is None]
    permissions = frozenset[str]().union(*(given[role] for role in roles))
    placed: dict[RolePlace, frozenset[str]] = {}
    for one in held:
        if (place := place_of(one)) is not None:
            placed[place] = placed.get(place, frozenset()) | (given[one.role] - permissions)
            if place.department_id is None:
                plants = plants.joined(reached_in(place.plant_id, one.role))
    return Rights(version, permissions, placed, widened(roles, plants), widened(roles, warehouses))


def reach_of(given: Iterable[tuple[UUID, UserPlantAccess | UserWarehouseAccess]]) -> Reach:
    """Where somebody reaches by what they were given in each place."""
    rows = list(given)
    return Reach(
        frozenset(place for place, may in rows if may.can_read),
        frozenset(place for place, may in rows if may.can_write),
        frozenset(place for place, may in rows if may.can_delete),
    )


def lock_refresh_token(session: TenantSession, token_hash: str) -> tuple[RefreshToken, SignInSession] | None:
    """The token and its session; the session is locked, so that two refreshes take turns."""
    token = session.scalar(select(RefreshToken).where(RefreshToken.token_hash == token_hash))
    if token is None:
        return None
    statement = select(SignInSession).where(SignInSession.id == token.session_id).with_for_update()
    family = session.scalars(statement).one()
    session.refresh(token)
    return token, family


def count_attempt(session: TenantSession, counted: str, window: timedelta) -> tuple[int, float]:
    """One attempt more; a window that is over begins anew.

    Returns:
        Attempts in the present window, and the seconds until it is over.
    """
    over = LoginAttempts.began_at < func.now() - window
    own = insert(LoginAttempts).values(organization_id=session.organization_id, counted=counted, attempts=1)
    statement = own.on_conflict_do_update(
        index_elements=["organization_id", "counted"],
        set_={
            "attempts": case((over, 1), else_=LoginAttempts.attempts + 1),
            "began_at": case((over, func.now()), else_=LoginAttempts.began_at),
        },
    ).returning(LoginAttempts.attempts, func.extract("epoch", LoginAttempts.began_at + window - func.now()))
    attempts, left = session.execute(statement).one()
    return attempts, float(left)


def take_back_attempt(session: TenantSession, counted: str) -> None:
    """One attempt less: it was a good one."""
    less = update(LoginAttempts).where(LoginAttempts.counted == counted, LoginAttempts.attempts > 0)
    session.execute(less.values(attempts=LoginAttempts.attempts - 1))


def forget_attempts(session: TenantSession, counted: str) -> None:
    """Begin counting anew, after a success."""
    session.execute(delete(LoginAttempts).where(LoginAttempts.counted == counted))


def forget_old_attempts(session: TenantSession, window: timedelta) -> None:
    """Delete what was counted in windows that are over, but for rows that somebody counts in at this moment."""
    over = select(LoginAttempts.counted).where(LoginAttempts.began_at < func.now() - window)
    session.execute(delete(LoginAttempts).where(LoginAttempts.counted.in_(over.with_for_update(skip_locked=True))))


def is_known_address(session: TenantSession, address: str) -> bool:
    """Whether anybody of the organization opened a session from the address, as long as sessions are kept.

    Not whether one person did: what follows from it would tell who exists.
    """
    return session.scalar(select(SignInSession.id).where(SignInSession.address == address).limit(1)) is not None
