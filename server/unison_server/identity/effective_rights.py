"""What somebody may do, which of their roles gives it and where, and what stands against the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.contracts import RoleHeld
from unison_domain.identity.role_contracts import (
    Against,
    EffectivePermission,
    EffectivePermissions,
    ReachedPlace,
    WhyNot,
)
from unison_domain.identity.setting_contracts import PERSON_FIGURES, SECOND_FACTOR_OF

from unison_server.identity.demanded_factors import lacks_demanded
from unison_server.identity.queries import given_by, granted, held_roles
from unison_server.identity.roles import EVALUATE, OF_ALL_PLACES, ROLES
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import OwnRole, User, UserRole
from unison_server.kernel.database import TenantSession
from unison_server.kernel.permissions import tenant_permissions
from unison_server.kernel.scope import OF_DEPARTMENTS, ActorKind, Scope, is_organization_wide, only_sees

IdlePlaces = Callable[[Scope], frozenset[UUID]]
"""Plants of the organization that are out of use; they are in the other database."""
_SEEN_WITHOUT_PLANT = frozenset(
    f"{thing}.read"
    for thing in (
        *("sites.warehouse", "sites.storage_location"),
        *("codes.pattern", "machines.downtime_reason", "machines.alarm_reason"),
    )
)
"""What all of the organization see."""
_OF_ALL_PLANTS = ("codes.pattern.", "machines.downtime_reason.")
"""What all plants share: who changes it writes in all of them."""
_ENDS = ".deactivate"
_IN_WAREHOUSES = ("sites.storage_location.",)
_IN_EITHER = ("sites.warehouse.update", "sites.warehouse.deactivate")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One person, as what may stand against them is asked for.

    Attributes:
        scope: what they may do now, and where. idle: plants out of use. given, idle_roles: what roles in use give, and
            what those would that are out of use.
    """

    scope: Scope
    given: Mapping[str, frozenset[str]]
    idle_roles: Mapping[str, frozenset[str]]
    idle: frozenset[UUID]
    of_person: tuple[Against, ...]
    evaluates: bool


def effective_permissions(session: TenantSession, user: User, idle: frozenset[UUID]) -> EffectivePermissions:
    """Every right there is, why the person has it or why not."""
    held = held_roles(session, user.id)
    codes = {one.role for one in held}
    given = given_by(session, codes)
    rights = granted(session, user.id, user.rights_version)
    out_of_use = select(OwnRole.code, OwnRole.permissions).where(OwnRole.code.in_(codes), ~OwnRole.is_active)
    asked = _Asked(
        scope=rights.of(Scope(session.organization_id, ActorKind.USER, user.id)),
        given=given,
        idle_roles={row.code: frozenset(row.permissions) for row in session.execute(out_of_use)},
        idle=idle,
        of_person=tuple(_against_person(session, user, rights.permissions)),
        evaluates=setting_of(session, PERSON_FIGURES),
    )
    everywhere = [ROLES[one.role] for one in held if one.role in ROLES and one.plant_id is None]
    return EffectivePermissions(
        user_id=user.id,
        permissions=[
            _effective(asked, permission, [one for one in held if permission in given[one.role]])
            for permission in sorted(tenant_permissions().union(*given.values()))
        ],
        all_places=any(role.all_places for role in everywhere),
        reads_all_places=any(role.all_places or role.reads_all_places for role in everywhere),
    )


def _against_person(session: TenantSession, user: User, permissions: frozenset[str]) -> Iterator[Against]:
    if not user.is_active:
        yield Against(reason=WhyNot.INACTIVE)
    if user.access_ends_at is not None and user.access_ends_at <= datetime.now(UTC):
        yield Against(reason=WhyNot.ENDED, at=user.access_ends_at)
    if lacks_demanded(session, user.id, permissions):
        yield Against(reason=WhyNot.SECOND_FACTOR, setting=SECOND_FACTOR_OF.key)


def _effective(asked: _Asked, permission: str, held: Sequence[UserRole]) -> EffectivePermission:
    against = [*_against_right(asked, permission, held), *(asked.of_person if held else ())]
    reached = _reached(asked.scope, permission) if held and not against else None
    return EffectivePermission(
        permission=permission,
        given_by=list(dict.fromkeys(one.role for one in held)),
        held=[RoleHeld.model_validate(one) for one in held],
        reached=None if reached is None else list(_places(asked.scope, permission, reached)),
        counts=not against,
        against=against if reached is None else list(_limits(asked, permission, held, reached)),
    )


def _reached(scope: Scope, permission: str) -> frozenset[UUID] | None:
    """Plants in which they may use it; None where it is not about plants alone, or they may everywhere."""
    of_all = permission.startswith(_OF_ALL_PLANTS) or permission == "sites.plant.create"
    of_warehouses = permission.startswith(_IN_WAREHOUSES) or permission in _IN_EITHER
    if of_all or of_warehouses or permission in _SEEN_WITHOUT_PLANT or is_organization_wide(permission):
        return None
    plants = scope.held_to(permission).plants
    if permission.endswith(_ENDS):
        return plants.delete
    return plants.read if only_sees(permission) else plants.write


def _places(scope: Scope, permission: str, reached: frozenset[UUID]) -> Iterator[ReachedPlace]:
    """The plants, and departments of those in which it holds for some departments alone."""
    held = scope.held_at(permission)
    whole = reached if permission in scope.permissions else reached & held.plants
    yield from (ReachedPlace(plant_id=plant_id) for plant_id in sorted(whole))
    for place in sorted(place for place in scope.placed if place.department_id in held.departments):
        if place.plant_id in reached - whole:
            yield ReachedPlace(plant_id=place.plant_id, department_id=place.department_id)


def _limits(asked: _Asked, permission: str, held: Sequence[UserRole], reached: frozenset[UUID]) -> Iterator[Against]:
    """Where it is held and can't be used: what is missing there; and whether nothing new is made where it can be."""
    missing: dict[WhyNot, list[RoleHeld]] = {}
    for one in held:
        if one.plant_id is not None and one.plant_id not in reached:
            reason = _missing(asked.scope, permission, {one.plant_id})
            missing.setdefault(reason, []).append(RoleHeld.model_validate(one))
    yield from (Against(reason=reason, places=places) for reason, places in missing.items())
    if not only_sees(permission) and reached <= asked.idle:
        idle = [RoleHeld(role=held[0].role, plant_id=plant_id) for plant_id in sorted(reached)]
        yield Against(reason=WhyNot.PLACE_OUT_OF_USE, places=idle)


def _against_right(asked: _Asked, permission: str, held: Sequence[UserRole]) -> Iterator[Against]:
    if not held:
        idle = sorted(code for code, gave in asked.idle_roles.items() if permission in gave)
        yield Against(reason=WhyNot.ROLE_OUT_OF_USE, roles=idle) if idle else Against(reason=WhyNot.NO_ROLE)
        return
    if permission == EVALUATE and not asked.evaluates:
        yield Against(reason=WhyNot.SETTING, setting=PERSON_FIGURES.key)
    if is_organization_wide(permission):
        if all(one.plant_id is not None for one in held):
            where = [RoleHeld.model_validate(one) for one in held]
            yield Against(reason=WhyNot.ORGANIZATION_WIDE, places=where)
        elif permission in OF_ALL_PLACES and not asked.scope.sees_all_places:
            yield Against(reason=WhyNot.NOT_ALL_SEEN)
        return
    yield from _against_places(asked, permission, held)


def _against_places(asked: _Asked, permission: str, held: Sequence[UserRole]) -> Iterator[Against]:
    """Why it can be used nowhere; of departments a role for one alone needs the access to its plant too."""
    if permission in _SEEN_WITHOUT_PLANT:
        return
    plants, warehouses = asked.scope.held_to(permission).plants, asked.scope.warehouses
    if permission.startswith(_OF_ALL_PLANTS) or permission == "sites.plant.create":
        if asked.scope.plants.write is not None or permission not in asked.scope.permissions:
            yield Against(reason=WhyNot.NOT_ALL_PLANTS)
        return
    if permission.startswith(_IN_WAREHOUSES) or (permission in _IN_EITHER and plants.write == frozenset()):
        if warehouses.write == frozenset():
            yield Against(reason=WhyNot.NO_WAREHOUSE)
        return
    if _reached(asked.scope, permission) == frozenset():
        where = [RoleHeld.model_validate(one) for one in held if one.plant_id is not None]
        if all(one.department_id for one in held) and not permission.startswith(OF_DEPARTMENTS):
            yield Against(reason=WhyNot.OF_NO_DEPARTMENT, places=where)
            return
        within = None if permission in asked.scope.permissions else asked.scope.held_at(permission).within
        yield Against(reason=_missing(asked.scope, permission, within), places=where)


def _missing(scope: Scope, permission: str, within: Collection[UUID] | None) -> WhyNot:
    """What is not given to them in these plants, of which they reach none; None: in any plant."""
    if permission.endswith(_ENDS) and _any_of(scope.plants.write, within):
        return WhyNot.NO_ENDING
    if not only_sees(permission) and _any_of(scope.plants.read, within):
        return WhyNot.READ_ONLY
    return WhyNot.NO_PLANT


def _any_of(reach: frozenset[UUID] | None, within: Collection[UUID] | None) -> bool:
    if reach is None:
        return within is None or bool(within)
    return bool(reach) if within is None else not reach.isdisjoint(within)
