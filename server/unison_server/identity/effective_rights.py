"""What somebody may do, which of their roles gives it and where, and what stands against the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.contracts import RoleHeld
from unison_domain.identity.role_contracts import Against, EffectivePermission, EffectivePermissions, WhyNot
from unison_domain.identity.setting_contracts import PERSON_FIGURES, SECOND_FACTOR_OF

from unison_server.identity.demanded_factors import lacks_demanded
from unison_server.identity.queries import given_by, granted, held_roles
from unison_server.identity.roles import EVALUATE, ROLES
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import OwnRole, User, UserRole
from unison_server.kernel.database import TenantSession
from unison_server.kernel.permissions import tenant_permissions
from unison_server.kernel.scope import ActorKind, Scope, is_organization_wide

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
    return EffectivePermission(
        permission=permission,
        given_by=list(dict.fromkeys(one.role for one in held)),
        held=[RoleHeld.model_validate(one) for one in held],
        counts=all(one.reason is WhyNot.PLACE_OUT_OF_USE for one in against),
        against=against,
    )


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
        return
    yield from _against_places(asked, permission, held)


def _against_places(asked: _Asked, permission: str, held: Sequence[UserRole]) -> Iterator[Against]:
    """What is missing where it would be used; of departments a role for one alone needs the access to its plant too."""
    if permission in _SEEN_WITHOUT_PLANT:
        return
    plants, warehouses = asked.scope.held_to(permission).plants, asked.scope.warehouses
    reads = permission.endswith(".read")
    if permission.startswith(_OF_ALL_PLANTS) or permission == "sites.plant.create":
        if asked.scope.plants.write is not None or permission not in asked.scope.permissions:
            yield Against(reason=WhyNot.NOT_ALL_PLANTS)
        return
    if permission.startswith(_IN_WAREHOUSES) or (permission in _IN_EITHER and plants.write == frozenset()):
        if warehouses.write == frozenset():
            yield Against(reason=WhyNot.NO_WAREHOUSE)
        return
    reached = plants.read if reads else plants.write
    if reached is None:
        return
    if not reached:
        where = [RoleHeld.model_validate(one) for one in held if one.plant_id is not None]
        reason = WhyNot.READ_ONLY if not reads and _sees_any(asked.scope, permission) else WhyNot.NO_PLANT
        yield Against(reason=reason, places=where)
    elif not reads and reached <= asked.idle:
        idle = [RoleHeld(role=held[0].role, plant_id=plant_id) for plant_id in sorted(reached)]
        yield Against(reason=WhyNot.PLACE_OUT_OF_USE, places=idle)


def _sees_any(scope: Scope, permission: str) -> bool:
    """Whether they may read a plant in which the right holds."""
    if permission in scope.permissions:
        return scope.plants.read is None or bool(scope.plants.read)
    return any(map(scope.plants.may_read, scope.held_at(permission).within))
