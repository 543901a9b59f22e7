"""Who signs in by a password and has no second factor beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, func, select, true
from unison_domain.identity.mfa_contracts import SecondFactorCount, SecondFactorStanding
from unison_domain.identity.setting_contracts import SecondFactorOf

from unison_server.identity.demanded_factors import administers, demanded_of
from unison_server.identity.queries import has_access
from unison_server.identity.roles import ROLES, permissions_of
from unison_server.identity.tables import MfaMethod, OwnRole, User, UserRole
from unison_server.kernel.database import TenantSession
from unison_server.kernel.paging import ListRequest, Order

_BY_NAME = Order({"full_name": User.full_name, "username": User.username}, "full_name")
_OWN_METHOD = and_(MfaMethod.organization_id == User.organization_id, MfaMethod.user_id == User.id)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a row of `users` beside its `mfa_methods` stands."""

    is_administrator: ColumnElement[bool]
    is_demanded: ColumnElement[bool]
    is_missing: ColumnElement[bool]


class SecondFactorList(ListRequest):
    """What the list of who has a second factor can be narrowed by."""

    is_missing: bool | None = None
    is_demanded: bool | None = None

    def conditions(self, standing: _Standing) -> Iterator[ColumnElement[bool]]:
        """What every person of the list fulfils."""
        if self.is_missing is not None:
            yield standing.is_missing if self.is_missing else ~standing.is_missing
        if self.is_demanded is not None:
            yield standing.is_demanded if self.is_demanded else ~standing.is_demanded


def standings(session: TenantSession, given: SecondFactorList) -> tuple[list[SecondFactorStanding], str | None]:
    """Who signs in by a password, and whether they have a second factor; a page and the cursor of the next."""
    standing = _standing(session)
    statement = select(
        User.id,
        User.id.label("user_id"),
        User.username,
        User.full_name,
        MfaMethod.confirmed_at,
        standing.is_administrator.label("is_administrator"),
        standing.is_demanded.label("is_demanded"),
    ).outerjoin(MfaMethod, _OWN_METHOD)
    statement = statement.where(*_signs_in(), *given.conditions(standing))
    rows, cursor = _BY_NAME.page_of_columns(session, statement, given, User.id)
    return [SecondFactorStanding.model_validate(row) for row in rows], cursor


def count_missing(session: TenantSession) -> SecondFactorCount:
    """How many of the organization have none."""
    standing = _standing(session)
    people = func.count()
    row = session.execute(
        select(
            people,
            people.filter(standing.is_missing),
            people.filter(standing.is_administrator),
            people.filter(standing.is_administrator, standing.is_missing),
        )
        .select_from(User)
        .outerjoin(MfaMethod, _OWN_METHOD)
        .where(*_signs_in())
    ).one()
    return SecondFactorCount(
        demanded_of=demanded_of(session),
        people=row[0],
        people_without=row[1],
        administrators=row[2],
        administrators_without=row[3],
    )


def _standing(session: TenantSession) -> _Standing:
    is_administrator = exists().where(
        UserRole.organization_id == User.organization_id,
        UserRole.user_id == User.id,
        UserRole.plant_id.is_(None),
        UserRole.role.in_(_administrating_roles(session)),
    )
    demanded = {
        SecondFactorOf.NOBODY: false(),
        SecondFactorOf.ADMINISTRATORS: is_administrator,
        SecondFactorOf.EVERYBODY: true(),
    }
    return _Standing(is_administrator, demanded[demanded_of(session)], MfaMethod.confirmed_at.is_(None))


def _administrating_roles(session: TenantSession) -> list[str]:
    of_system = [code for code in ROLES if any(map(administers, permissions_of([code])))]
    own = session.execute(select(OwnRole.code, OwnRole.permissions).where(OwnRole.is_active))
    return [*of_system, *(row.code for row in own if any(map(administers, row.permissions)))]


def _signs_in() -> Iterator[ColumnElement[bool]]:
    yield has_access()
    yield User.hashed_password.is_not(None)
