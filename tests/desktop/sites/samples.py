"""Plants, departments, warehouses and storage locations a server may tell of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from unison_domain.identity.contracts import UserAnswer, WarehouseRight
from unison_domain.sites.contracts import DepartmentAnswer, PlantAnswer, StorageLocationAnswer, WarehouseAnswer

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer

RIGHTS = [
    f"sites.{thing}.{verb}"
    for thing in ("plant", "department", "warehouse", "storage_location")
    for verb in ("read", "create", "update", "deactivate")
]
_MADE = {"version": 1, "is_active": True, "created_at": samples.NOW, "updated_at": samples.NOW}
KIEL, BERLIN = UUID(int=910), UUID(int=911)
RAW, FINISHED, SPARES = UUID(int=920), UUID(int=921), UUID(int=922)
PAULA = UUID(int=7)


def plant(id_: UUID, code: str, name: str, **changes: Any) -> PlantAnswer:
    """A plant."""
    known = {"time_zone": "Europe/Berlin", "plant_type": None, "address": None, "manager_user_id": None}
    return PlantAnswer(id=id_, code=code, name=name, **{**_MADE, **known, **changes})


def warehouse(id_: UUID, plant_id: UUID, code: str, name: str, **changes: Any) -> WarehouseAnswer:
    """A warehouse."""
    known = {"warehouse_type": None, "address": None}
    return WarehouseAnswer(id=id_, plant_id=plant_id, code=code, name=name, **{**_MADE, **known, **changes})


def location(number: int, warehouse_id: UUID, **changes: Any) -> StorageLocationAnswer:
    """The n-th place of a warehouse."""
    aisle, shelf = divmod(number, 4)
    known = {
        "id": UUID(int=warehouse_id.int * 1000 + number),
        "code": f"A-{aisle + 1:02}-{shelf + 1:02}",
        "name": None,
        "zone": "A",
        "aisle": f"{aisle + 1:02}",
        "shelf": f"{shelf + 1:02}",
    }
    return StorageLocationAnswer(warehouse_id=warehouse_id, **{**_MADE, **known, **changes})


PLANTS = [
    plant(KIEL, "KIEL", "Plant Kiel", plant_type="Foundry", manager_user_id=PAULA, address="Werftstr. 7\n24143 Kiel"),
    plant(BERLIN, "BER", "Plant Berlin", plant_type="Assembly"),
    plant(UUID(int=912), "OLD", "Plant Husum", is_active=False),
]
WAREHOUSES = [
    warehouse(RAW, KIEL, "KIEL-RAW", "Raw material", warehouse_type="Coils and castings"),
    warehouse(FINISHED, KIEL, "KIEL-FIN", "Finished goods"),
    warehouse(SPARES, BERLIN, "BER-SPARE", "Spare parts", address="Gate 3"),
]
DEPARTMENTS = [
    DepartmentAnswer(id=UUID(int=930), plant_id=KIEL, code="PRESS", name="Press shop", head_user_id=PAULA, **_MADE),
    DepartmentAnswer(id=UUID(int=931), plant_id=KIEL, code="QA", name="Quality", head_user_id=None, **_MADE),
]
LOCATIONS = [
    *(location(n, RAW) for n in range(6)),
    location(6, RAW, name="Coils at the gate"),
    location(7, RAW, is_active=False),
    *(location(n, FINISHED) for n in range(2)),
]


def right(warehouse_id: UUID, *, writes: bool = True, ends: bool = False, default: bool = False) -> WarehouseRight:
    """What somebody may do in a warehouse."""
    return WarehouseRight(
        warehouse_id=warehouse_id, can_read=True, can_write=writes, can_delete=ends, is_default=default
    )


def serve_sites(server: FakeServer) -> None:
    """Answer two plants with two departments and three warehouses, and the places of each."""
    paula = UserAnswer(
        id=PAULA,
        version=1,
        username="paula",
        full_name="Paula Planner",
        email=None,
        employee_code=None,
        phone=None,
        is_active=True,
        roles=[],
        plants=[],
        created_at=samples.NOW,
        updated_at=samples.NOW,
    )
    server.answer("GET /plants", PLANTS)
    server.answer("GET /departments", DEPARTMENTS)
    server.answer("GET /warehouses", WAREHOUSES)
    server.answer("GET /users", [paula])

    def places(asked: Asked) -> Answer:
        wanted = [one for one in LOCATIONS if [str(one.warehouse_id)] == asked.query["warehouse_id"]]
        return Answer({"items": [one.model_dump(mode="json") for one in wanted], "next_cursor": None})

    server.answer_with("GET /storage-locations", places)
