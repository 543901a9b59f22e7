"""What somebody may do in plants and warehouses: nobody gives, or takes, a right in a place that they lack there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, TypeVar
from uuid import UUID

from unison_domain.identity.contracts import PlantAssignment, WarehouseAssignment
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.tables import IdleWarehouse, User, UserPlantAccess, UserWarehouseAccess
from unison_server.kernel.access import Rights
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotAllowed
from unison_server.kernel.scope import Reach, Scope

Kind = Literal["plant", "warehouse"]
P = TypeVar("P", UserPlantAccess, UserWarehouseAccess)


def set_plant(session: TenantSession, user: User, wanted: PlantAssignment, held: list[UserPlantAccess]) -> None:
    """Say what somebody may do in a plant, without telling of it.

    Args:
        held: what the person may do in plants; follows.

    Raises:
        NotAllowed: a right in that plant which the actor lacks, given or taken.
    """
    demand_plant(session, wanted)
    there = next((one for one in held if one.plant_id == wanted.plant_id), None)
    _demand_takeable(session.scope, wanted, there)
    _set(session, there or UserPlantAccess(user_id=user.id), wanted, held)


def demand_plant(session: TenantSession, wanted: PlantAssignment) -> None:
    """Raises NotAllowed where the actor lacks there what is given."""
    _demand_reach(session.scope, wanted)


def set_warehouse(
    session: TenantSession,
    user: User,
    wanted: WarehouseAssignment,
    held: list[UserWarehouseAccess],
    idle: Collection[UUID] | None = None,
) -> None:
    """Say what somebody may do in a warehouse, without telling of it.

    Args:
        held: what the person may do in warehouses; follows.
        idle: warehouses that are out of use, where they were read already.

    Raises:
        NotAllowed: a right in that warehouse which the actor lacks, given or taken. Invalid: a default where nothing
            is allowed. Clash: a default that is out of use.
    """
    demand_warehouse(session, wanted, idle)
    there = next((one for one in held if one.warehouse_id == wanted.warehouse_id), None)
    _demand_takeable(session.scope, wanted, there)
    defaults = [one for one in held if one.is_default and one.warehouse_id != wanted.warehouse_id]
    if wanted.is_default and defaults:
        for one in defaults:
            one.is_default = False
    if wanted.is_default and any(one in session.dirty for one in held):
        session.flush()  # there is one at every moment, whether this took the default or an earlier assignment did
    _set(session, there or UserWarehouseAccess(user_id=user.id), wanted, held)


def demand_warehouse(session: TenantSession, wanted: WarehouseAssignment, idle: Collection[UUID] | None = None) -> None:
    """Raises as `set_warehouse`."""
    _demand_reach(session.scope, wanted)
    if wanted.is_default and not wanted.gives_anything:
        message = "is for a warehouse in which the person may do something"
        errors = [FieldError(field="is_default", code="not_assigned", message=message)]
        raise Invalid(f"is_default {message}", code="not_assigned", errors=errors)
    if wanted.is_default and _is_idle(session, wanted.warehouse_id, idle):
        raise Clash("This warehouse is out of use, so it is nobody's default", code="out_of_use", kind="warehouse")


def is_within(held: Scope | Rights, wanted: PlantAssignment | WarehouseAssignment) -> bool:
    """Whether who may do this may give that."""
    return not any(_beyond(held, wanted))


def _beyond(held: Scope | Rights, wanted: PlantAssignment | WarehouseAssignment) -> Iterator[str]:
    """The verbs that are given and not held there."""
    lacked = _lacked(held, wanted)
    yield from (verb for verb, is_given in _verbs(wanted).items() if is_given and verb in lacked)


def _lacked(held: Scope | Rights, wanted: PlantAssignment | WarehouseAssignment) -> set[str]:
    """The verbs that who holds this may not do there."""
    _, place_id, reach = _place_of(held, wanted)
    may = {"read": reach.may_read, "write": reach.may_write, "delete": reach.may_delete}
    return {verb for verb, holds_in in may.items() if not holds_in(place_id)}


def _verbs(
    right: PlantAssignment | WarehouseAssignment | UserPlantAccess | UserWarehouseAccess,
) -> dict[str, bool]:
    return {"read": right.can_read, "write": right.can_write, "delete": right.can_delete}


def _place_of(held: Scope | Rights, wanted: PlantAssignment | WarehouseAssignment) -> tuple[Kind, UUID, Reach]:
    if isinstance(wanted, PlantAssignment):
        return "plant", wanted.plant_id, held.plants
    return "warehouse", wanted.warehouse_id, held.warehouses


def _demand_reach(scope: Scope, wanted: PlantAssignment | WarehouseAssignment) -> None:
    """Nobody hands out a right in a place that they don't have there."""
    if beyond := list(_beyond(scope, wanted)):
        kind, place_id, _ = _place_of(scope, wanted)
        raise NotAllowed(
            f"You can't give the right to {' and '.join(beyond)} in a {kind}: you lack it there",
            place=kind,
            place_id=str(place_id),
        )


def _demand_takeable(
    scope: Scope,
    wanted: PlantAssignment | WarehouseAssignment,
    there: UserPlantAccess | UserWarehouseAccess | None,
) -> None:
    """Nobody takes a right in a place that they don't have there: they couldn't give it back."""
    if there is None:
        return
    stays, lacked = _verbs(wanted), _lacked(scope, wanted)
    if beyond := [verb for verb, is_held in _verbs(there).items() if is_held and not stays[verb] and verb in lacked]:
        kind, place_id, _ = _place_of(scope, wanted)
        raise NotAllowed(
            f"You can't take the right to {' and '.join(beyond)} in a {kind}: you lack it there; leave it as it is",
            place=kind,
            place_id=str(place_id),
        )


def _is_idle(session: TenantSession, warehouse_id: UUID, idle: Collection[UUID] | None) -> bool:
    if idle is not None:
        return warehouse_id in idle
    return session.find(IdleWarehouse, warehouse_id) is not None


def _set(session: TenantSession, row: P, wanted: PlantAssignment | WarehouseAssignment, held: list[P]) -> None:
    if not wanted.gives_anything:
        if row in held:
            session.delete(row)
            held.remove(row)
        return
    for name, value in wanted.model_dump().items():
        setattr(row, name, value)
    session.add(row)
    if row not in held:
        held.append(row)
