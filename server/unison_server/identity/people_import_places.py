"""What a file of people says of plants and warehouses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from unison_domain.identity.contracts import PlantAssignment, WarehouseAssignment
from unison_domain.identity.people_csv import PLANTS, WAREHOUSES, CsvPerson, PlaceCell

from unison_server.identity.giving_places import set_plant, set_warehouse
from unison_server.identity.giving_rights import demand_rights
from unison_server.identity.people_export import plant_cell, warehouse_cell
from unison_server.identity.people_import_work import TakeOver
from unison_server.identity.tables import User


def give_plants(work: TakeOver, wanted: CsvPerson, person: User) -> list[str]:
    """What somebody may do in which plants, as the row says; the steps it took."""
    rows = work.held[person.id].plants
    held = {one.plant_id: plant_cell(one, work.places) for one in rows}

    def give(id_: UUID, cell: PlaceCell | None) -> None:
        may = PlantAssignment(plant_id=id_, can_read=False)
        if cell is not None:
            may = PlantAssignment(plant_id=id_, can_write=cell.can_write, can_delete=cell.can_delete)
        _demand_theirs(work, person)
        set_plant(work.session, person, may, rows)

    return _in_places(work, wanted, PLANTS, wanted.plants, held, work.places.plant, give)


def give_warehouses(work: TakeOver, wanted: CsvPerson, person: User) -> list[str]:
    """The same of warehouses."""
    rows = work.held[person.id].warehouses
    held = {one.warehouse_id: warehouse_cell(one, work.places) for one in rows}

    def give(id_: UUID, cell: PlaceCell | None) -> None:
        may = WarehouseAssignment(warehouse_id=id_, can_read=False)
        if cell is not None:
            rights = {"can_write": cell.can_write, "can_delete": cell.can_delete, "is_default": cell.is_default}
            may = WarehouseAssignment(warehouse_id=id_, **rights)
        _demand_theirs(work, person)
        set_warehouse(work.session, person, may, rows, work.idle)

    return _in_places(work, wanted, WAREHOUSES, wanted.warehouses, held, work.places.warehouse, give)


def _demand_theirs(work: TakeOver, person: User) -> None:
    """As when one is changed by hand; who is new has what the row gave."""
    if person.id not in work.new:
        demand_rights(work.session, work.held[person.id].roles, work.own_roles)


def _in_places(
    work: TakeOver,
    wanted: CsvPerson,
    column: str,
    cells: Sequence[PlaceCell] | None,
    held: Mapping[UUID, PlaceCell],
    find: Callable[[str, Iterable[UUID]], UUID],
    give: Callable[[UUID, PlaceCell | None], None],
) -> list[str]:
    if cells is None:
        return []
    asked: dict[UUID, PlaceCell] = {}
    before = len(work.errors)
    for cell in cells:
        try:
            id_ = find(cell.place, held)
            asked[id_] = replace(cell, place=work.places.text(id_))
        except LookupError as error:
            work.note(wanted.row, column, cell.written, _no_rights(cell, held, find) or str(error))
    gone = [(id_, cell) for id_, cell in held.items() if id_ not in asked] if len(work.errors) == before else []
    steps: list[tuple[UUID, PlaceCell | None, str]] = [
        *((id_, cell, f"+{cell}") for id_, cell in asked.items() if _differs(cell, held.get(id_))),
        *((id_, None, f"-{cell.place}") for id_, cell in gone),
    ]
    return [told for id_, cell, told in steps if work.is_done(wanted, column, told[1:], partial(give, id_, cell))]


def _no_rights(cell: PlaceCell, held: Iterable[UUID], find: Callable[[str, Iterable[UUID]], UUID]) -> str:
    """What is said of a place that is known but for what stands behind its colon; else nothing."""
    place, _, rights = cell.place.rpartition(":")
    try:
        find(place.strip(), held)
    except LookupError:
        return ""
    return f"{rights} says no rights: r reads, w writes, d takes out of use, as in {place.strip()}:rw"


def _differs(wanted: PlaceCell, held: PlaceCell | None) -> bool:
    return held is None or replace(wanted, place=held.place) != held
