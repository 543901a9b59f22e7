"""Look-ups of plants and people that other rooms use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from unison_domain.identity.right_words import right_named

from unison_server.identity.known_places import KnownPlaces
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, NotAllowed
from unison_server.kernel.orm import Master
from unison_server.kernel.resource import Place
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Department, Plant, StorageLocation, UserCopy, Warehouse


def warehouse_in_use(databases: Databases, scope: Scope, warehouse_id: UUID) -> bool | None:
    """Whether a warehouse of this organization is in use; None where there is none."""
    with databases.session(Database.OPERATIONS, scope) as session:
        warehouse = session.find(Warehouse, warehouse_id)
        return None if warehouse is None else warehouse.is_active


def plant_in_use(databases: Databases, scope: Scope, plant_id: UUID) -> bool | None:
    """Whether a plant is in use that this organization and person may see; None where there is none."""
    with databases.session(Database.OPERATIONS, scope) as session:
        plant = session.find(Plant, plant_id)
        return None if plant is None else plant.is_active


def idle_plants(databases: Databases, scope: Scope) -> frozenset[UUID]:
    """Plants of the organization that are out of use."""
    with databases.session(Database.OPERATIONS, Scope(scope.organization_id)) as session:
        return frozenset(session.scalars(select(Plant.id).where(~Plant.is_active)))


def known_places(databases: Databases, scope: Scope) -> KnownPlaces:
    """Plants, departments and warehouses that this organization and person may see, by code; and the codes of all."""
    with databases.session(Database.OPERATIONS, Scope(scope.organization_id)) as everywhere:
        codes = {
            row.id: row.code
            for table in (Plant, Department, Warehouse)
            for row in everywhere.execute(select(table.id, table.code))
        }
    with databases.session(Database.OPERATIONS, scope) as session:
        plants = session.execute(select(Plant.code, Plant.id, Plant.time_zone)).all()
        departments = session.execute(select(Department.plant_id, Department.code, Department.id))
        warehouses = session.execute(select(Warehouse.code, Warehouse.id))
        return KnownPlaces(
            {row.code: row.id for row in plants},
            {(row.plant_id, row.code): row.id for row in departments},
            {row.code: row.id for row in warehouses},
            {row.id: row.time_zone for row in plants},
            codes,
        )


def department_plant(databases: Databases, scope: Scope, department_id: UUID) -> UUID | None:
    """The plant of a department that this organization and person may see."""
    with databases.session(Database.OPERATIONS, scope) as session:
        department = session.find(Department, department_id)
        return None if department is None else department.plant_id


def plant_names(databases: Databases, scope: Scope, plants: Collection[UUID]) -> Sequence[str]:
    """What plants are called, also those out of the actor's sight; their ids while the database is away."""
    try:
        with databases.session(Database.OPERATIONS, Scope(scope.organization_id)) as session:
            return plants_called(session, plants)
    except SQLAlchemyError:
        return sorted(map(str, plants))


def names_of(session: TenantSession, people: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """What people of the organization are called, also those who left.

    Who may read a record may read who made it: that asks for no right over the accounts of people.
    """
    ids = {id_ for id_ in people if id_ is not None}
    if not ids:
        return {}
    rows = session.execute(select(UserCopy.id, UserCopy.full_name).where(UserCopy.id.in_(ids)))
    return {row.id: row.full_name for row in rows}


def demand_writable(session: TenantSession, plant_id: UUID) -> None:
    """Whether rows of the plant may be changed. Flushes nothing: what is checked next still sees what changed.

    Raises:
        NotFound: it is not readable. NotAllowed: it is, but not writable; names the plant.
    """
    _demand(session, Plant, plant_id, session.scope.plants.may_write, "read but not change", "place_read_only")


def demand_deletable(session: TenantSession, plant_id: UUID) -> None:
    """Whether what belongs to the plant may be deactivated or cancelled.

    Raises:
        NotFound: the plant is not readable. NotAllowed: it may not; names the plant.
    """
    _demand(session, Plant, plant_id, session.scope.plants.may_delete, "not deactivate or cancel", "place_keeps")


def demand_stock_writable(session: TenantSession, warehouse_id: UUID) -> None:
    """Whether stock and places of the warehouse may be changed: it is given to the actor for writing.

    Raises:
        NotFound: there is no such warehouse. NotAllowed: it is not given to them; names it.
    """
    may = session.scope.warehouses.may_write
    _demand(session, Warehouse, warehouse_id, may, "see but not change", "warehouse_read_only")


def demand_stock_deletable(session: TenantSession, warehouse_id: UUID) -> None:
    """Whether what belongs to the warehouse may be deactivated or cancelled.

    Raises:
        NotFound: there is no such warehouse. NotAllowed: it may not; names it.
    """
    may = session.scope.warehouses.may_delete
    _demand(session, Warehouse, warehouse_id, may, "not deactivate or cancel", "warehouse_keeps")


def demand_warehouse_changeable(session: TenantSession, warehouse: Warehouse) -> None:
    """Whether what is told of the warehouse itself may be changed: by who may write in it, or in its plant.

    Raises:
        NotAllowed: neither is given to them; names it.
    """
    scope = session.scope
    may = scope.warehouses.may_write(warehouse.id) or scope.plants.may_write(warehouse.plant_id)
    _demand(session, Warehouse, warehouse.id, lambda _: may, "see but not change", "warehouse_read_only")


def demand_warehouse_endable(session: TenantSession, warehouse: Warehouse) -> None:
    """The same of taking it out of use, or back into it."""
    scope = session.scope
    may = scope.warehouses.may_delete(warehouse.id) or scope.plants.may_delete(warehouse.plant_id)
    _demand(session, Warehouse, warehouse.id, lambda _: may, "not deactivate or cancel", "warehouse_keeps")


def _demand(
    session: TenantSession,
    table: type[Plant] | type[Warehouse],
    place_id: UUID,
    may: Callable[[UUID], bool],
    words: str,
    code: str,
) -> None:
    kind = table.__name__.lower()
    with session.no_autoflush:
        place: Plant | Warehouse = session.need(table, place_id, kind)
    plant_id = place.plant_id if isinstance(place, Warehouse) else place.id
    if (held := session.scope.held) and plant_id not in held.within:
        message = f"You don't hold the right {right_named(held.permission)} in {kind} {place.code} ({place.name})"
        told: dict[str, Any] = {f"{kind}_id": str(place_id), kind: place.code, "permission": held.permission}
        raise NotAllowed(f"{message}; ask an administrator for it there", code="held_elsewhere", **told)
    if not may(place_id):
        named: dict[str, Any] = {f"{kind}_id": str(place_id), kind: place.code}
        raise NotAllowed(f"You may {words} what belongs to {kind} {place.code} ({place.name})", code=code, **named)


def demand_in_use_above(above: Master, kind: str, called: str, name: str) -> None:
    """Whether something may be made, or come back, below what is `called` so; what is in use below stays so, and rests.

    Raises:
        Clash: what is above is out of use; says what to do before `name` can come.
    """
    if not above.is_active:
        raise Clash(
            f"The {kind} {called} is out of use: bring that back first, then {name}",
            code="out_of_use_above",
            kind=kind.replace(" ", "_"),
            id=str(above.id),
        )


def demand_plant_in_use(session: TenantSession, plant_id: UUID, name: str) -> None:
    """Whether something may be made, or come back, in the plant. Raises Clash."""
    with session.no_autoflush:
        plant = session.need(Plant, plant_id, "plant")
    demand_in_use_above(plant, "plant", f"{plant.code} ({plant.name})", name)


def demand_all_plants(session: TenantSession, what: str, *, ends: bool = False) -> None:
    """Whether what all plants share may be changed, or (`ends`) taken out of use; `what` is it, with its verb.

    Raises:
        NotAllowed: some plant is not writable, or nothing may be taken out of use there.
    """
    if held := session.scope.held:
        names = ", ".join(plants_called(session, held.plants))
        where = (
            f"you hold the right {right_named(held.permission)} only in plant {names}"
            if names
            else "you hold it only in a plant"
        )
        raise NotAllowed(f"{what} the whole organization's: {where}", code="held_elsewhere", permission=held.permission)
    if ends and session.scope.plants.write is None and session.scope.plants.delete is not None:
        raise NotAllowed(
            f"{what} the whole organization's: to take it out of use you need the right to that in all plants",
            code="organization_wide",
        )
    if session.scope.plants.write is not None:
        raise NotAllowed(
            f"{what} the whole organization's: to change it you need write access to all plants",
            code="organization_wide",
        )


def plants_called(session: TenantSession, plants: Collection[UUID]) -> Sequence[str]:
    """What refusals call these plants, by code: code and name."""
    with session.no_autoflush:
        found = session.scalars(select(Plant).where(Plant.id.in_(plants)).order_by(Plant.code)).all()
    return [f"{plant.code} ({plant.name})" for plant in found]


in_plant = Place("plant_id", demand_writable, demand_deletable)
"""For resources whose rows belong to a plant."""


def locations_named(code: str) -> Select[UUID, str, str, UUID]:
    """Places of this code with what they are called and their plant: each warehouse may have one."""
    name = func.coalesce(StorageLocation.name, Warehouse.name)
    stored = select(StorageLocation.id, StorageLocation.code, name, Warehouse.plant_id)
    return stored.join(Warehouse, Warehouse.id == StorageLocation.warehouse_id).where(StorageLocation.code == code)
