"""People to a CSV file, as an import reads it again."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.people_csv import PLAIN, PLANTS, ROLES, WAREHOUSES, PlaceCell, RoleCell, write
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.identity.known_places import KnownPlaces
from unison_server.identity.queries import place_of
from unison_server.identity.tables import User, UserPlantAccess, UserRole, UserWarehouseAccess
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid

_MOST_EXPORTED = 100_000


def export_csv(session: TenantSession, places: KnownPlaces, dialect: CsvDialect) -> str:
    """The file of all active people; without their badges, which nobody can tell.

    Raises:
        Invalid: there are more than a file holds.
    """
    people = session.scalars(select(User).where(User.is_active).order_by(User.username).limit(_MOST_EXPORTED + 1)).all()
    if len(people) > _MOST_EXPORTED:
        raise Invalid(f"More than {_MOST_EXPORTED} people are active", code="too_many_rows")
    roles: defaultdict[UUID, list[RoleCell]] = defaultdict(list)
    for role in session.scalars(select(UserRole).order_by(UserRole.role, UserRole.plant_id, UserRole.department_id)):
        place = place_of(role)
        roles[role.user_id].append(RoleCell(role.role, None if place is None else places.role_place_text(place)))
    plants: defaultdict[UUID, list[PlaceCell]] = defaultdict(list)
    for plant in session.scalars(select(UserPlantAccess)):
        plants[plant.user_id].append(plant_cell(plant, places))
    warehouses: defaultdict[UUID, list[PlaceCell]] = defaultdict(list)
    for warehouse in session.scalars(select(UserWarehouseAccess)):
        warehouses[warehouse.user_id].append(warehouse_cell(warehouse, places))
    rows = (
        {
            **{name: getattr(person, name) for name in PLAIN},
            ROLES: tuple(roles[person.id]),
            PLANTS: tuple(sorted(plants[person.id], key=str)),
            WAREHOUSES: tuple(sorted(warehouses[person.id], key=str)),
        }
        for person in people
    )
    return write(rows, dialect)


def plant_cell(right: UserPlantAccess, places: KnownPlaces) -> PlaceCell:
    """What somebody may do in a plant, as it is written."""
    return PlaceCell(places.text(right.plant_id), right.can_write, right.can_delete)


def warehouse_cell(right: UserWarehouseAccess, places: KnownPlaces) -> PlaceCell:
    """What somebody may do in a warehouse, as it is written."""
    place = places.text(right.warehouse_id)
    return PlaceCell(place, right.can_write, right.can_delete, right.is_default)
