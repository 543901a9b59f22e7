"""Look-ups of people, sessions and rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, case, collate, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from unison_server.identity.roles import permissions_of, widened
from unison_server.identity.tables import (
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
)
from unison_server.kernel.access import Rights, tenant_permissions
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.scope import Reach, Scope


def folded(name: str) -> str:
    """A sign-in name as it is compared: without case and surrounding spaces."""
    return name.strip().casefold()


def is_code(code: str) -> ColumnElement[bool]:
    """Whether an organization has the code, whatever its case: PostgreSQL folds both, as in the unique index."""
    return func.lower(collate(Organization.code, "default")) == func.lower(code)


def organization_id(engine: Engine, code: str | None) -> tuple[UUID | None, bool]:
    """The active organization of a code in whatever case, or without a code the only one that is none for practice.

    Returns:
        Its id or None, and whether a code would be needed to tell.
    """
    statement = select(Organization.id).where(Organization.is_active)
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
    mine = select(Organization.practice_of).where(Organization.id == session.organization_id)
    return session.scalar(mine) is not None


def stays_active(session: TenantSession) -> bool:
    """Whether the session's organization is active, and will be until this transaction ends."""
    mine = select(Organization.is_active).where(Organization.id == session.organization_id)
    return session.scalar(mine.with_for_update(read=True)) is True


def user_by_name(session: TenantSession, name: str) -> User | None:
    """The person who signs in with the name: e-mail, user name or employee number."""
    named = select(SignInName.user_id).where(SignInName.name == folded(name)).scalar_subquery()
    return session.scalar(select(User).where(User.id == named))


def roles_of(session: TenantSession, user_id: UUID) -> Sequence[str]:
    """Codes of the person's roles."""
    return session.scalars(select(UserRole.role).where(UserRole.user_id == user_id).order_by(UserRole.role)).all()


def plants_of(session: TenantSession, user_id: UUID) -> Sequence[UserPlantAccess]:
    """What the person may do in which plants."""
    statement = select(UserPlantAccess).where(UserPlantAccess.user_id == user_id)
    return session.scalars(statement.order_by(UserPlantAccess.plant_id)).all()


def warehouses_of(session: TenantSession, user_id: UUID) -> Sequence[UserWarehouseAccess]:
    """What the person may do in which warehouses."""
    statement = select(UserWarehouseAccess).where(UserWarehouseAccess.user_id == user_id)
    return session.scalars(statement.order_by(UserWarehouseAccess.warehouse_id)).all()


def rights_of(databases: Databases, organization: UUID, user_id: UUID, session_id: UUID) -> Rights | None:
    """What a session allows now; None when it is over or the person is inactive."""
    with databases.session(Database.IDENTITY, Scope(organization)) as session:
        live = session.execute(
            select(User.rights_version, User.access_ends_at)
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
        return replace(rights, until=live.access_ends_at.timestamp()) if live.access_ends_at else rights


def has_access() -> ColumnElement[bool]:
    """Whether a person is let in at all: active, and their access has not ended."""
    return User.is_active & or_(User.access_ends_at.is_(None), User.access_ends_at > func.now())


def full_names(session: TenantSession, people: Iterable[UUID]) -> Mapping[UUID, str]:
    """What people are called."""
    rows = session.execute(select(User.id, User.full_name).where(User.id.in_(set(people))))
    return {row.id: row.full_name for row in rows}


def given_by(session: TenantSession, roles: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """What each of the roles gives: a system role, or an active one of the organization's own; others give nothing."""
    codes = set(roles)
    own = select(OwnRole.code, OwnRole.permissions).where(OwnRole.code.in_(codes), OwnRole.is_active)
    found = {row.code: tenant_permissions().intersection(row.permissions) for row in session.execute(own)}
    return {code: found.get(code, frozenset()) | permissions_of([code]) for code in codes}


def granted(session: TenantSession, user_id: UUID, version: int) -> Rights:
    """What the person's roles and places give, as `version` of their rights."""
    roles = roles_of(session, user_id)
    permissions = frozenset[str]().union(*given_by(session, roles).values())
    plants = reach_of((one.plant_id, one) for one in plants_of(session, user_id))
    warehouses = reach_of((one.warehouse_id, one) for one in warehouses_of(session, user_id))
    return Rights(version, permissions, widened(roles, plants), widened(roles, warehouses))


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


def has_signed_in_at(session: TenantSession, user_id: UUID, address: str) -> bool:
    """Whether the person has ever opened a session from the address."""
    found = select(SignInSession.id).where(SignInSession.user_id == user_id, SignInSession.address == address)
    return session.scalar(found.limit(1)) is not None
