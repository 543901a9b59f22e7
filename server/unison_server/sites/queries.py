"""Look-ups of plants and people that other rooms use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.resource import Place
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Plant, UserCopy, Warehouse


def warehouse_exists(databases: Databases, scope: Scope, warehouse_id: UUID) -> bool:
    """Whether there is such a warehouse in this organization."""
    with databases.session(Database.OPERATIONS, scope) as session:
        return session.find(Warehouse, warehouse_id) is not None


def plant_exists(databases: Databases, scope: Scope, plant_id: UUID) -> bool:
    """Whether there is a plant that this organization and person may see."""
    with databases.session(Database.OPERATIONS, scope) as session:
        return session.find(Plant, plant_id) is not None


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
    with session.no_autoflush:
        plant = session.need(Plant, plant_id, "plant")
    if not session.scope.plants.may_write(plant_id):
        raise NotAllowed(
            f"You may read but not change what belongs to plant {plant.code} ({plant.name})",
            code="place_read_only",
            plant_id=str(plant_id),
            plant=plant.code,
        )


def demand_deletable(session: TenantSession, plant_id: UUID) -> None:
    """Whether what belongs to the plant may be deactivated or cancelled.

    Raises:
        NotFound: the plant is not readable. NotAllowed: it may not; names the plant.
    """
    with session.no_autoflush:
        plant = session.need(Plant, plant_id, "plant")
    if not session.scope.plants.may_delete(plant_id):
        raise NotAllowed(
            f"You may not deactivate or cancel what belongs to plant {plant.code} ({plant.name})",
            code="place_keeps",
            plant_id=str(plant_id),
            plant=plant.code,
        )


def demand_stock_writable(session: TenantSession, warehouse_id: UUID) -> None:
    """Whether stock and places of the warehouse may be changed: it is given to the actor for writing.

    Raises:
        NotFound: there is no such warehouse. NotAllowed: it is not given to them; names it.
    """
    _demand_warehouse(session, warehouse_id, session.scope.warehouses.may_write, "change", "warehouse_read_only")


def demand_stock_deletable(session: TenantSession, warehouse_id: UUID) -> None:
    """Whether what belongs to the warehouse may be deactivated or cancelled.

    Raises:
        NotFound: there is no such warehouse. NotAllowed: it may not; names it.
    """
    _demand_warehouse(
        session, warehouse_id, session.scope.warehouses.may_delete, "deactivate or cancel", "warehouse_keeps"
    )


def _demand_warehouse(
    session: TenantSession, warehouse_id: UUID, may: Callable[[UUID], bool], verb: str, code: str
) -> None:
    with session.no_autoflush:
        warehouse = session.need(Warehouse, warehouse_id, "warehouse")
    if not may(warehouse_id):
        raise NotAllowed(
            f"You may see but not {verb} what belongs to warehouse {warehouse.code} ({warehouse.name}): "
            "it is not assigned to you for that",
            code=code,
            warehouse_id=str(warehouse_id),
            warehouse=warehouse.code,
        )


def demand_all_plants(session: TenantSession, what: str) -> None:
    """Whether what all plants share may be changed; `what` is it, with its verb.

    Raises:
        NotAllowed: some plant is not writable.
    """
    if session.scope.plants.write is not None:
        raise NotAllowed(
            f"{what} the whole organization's: to change it you need write access to all plants",
            code="organization_wide",
        )


in_plant = Place("plant_id", demand_writable, demand_deletable)
"""For resources whose rows belong to a plant."""
