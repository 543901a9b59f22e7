"""The organization of the demo: a maker of pump parts with two plants and the people who work there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from unison_dev.api import Api

ORGANIZATION = "NORDWERK"
PASSWORD = "pumps-and-valves"
"""Of everybody in the demo."""


class Person(NamedTuple):
    """Somebody of the demo; `plants` are the plants they work in, `warehouses` those they look after."""

    username: str
    full_name: str
    employee_code: str
    role: str
    plants: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()


ADMIN = Person("anna", "Anna Berger", "1001", "admin")
PLANNER = Person("paul", "Paul Novák", "1002", "planner", ("NORTH", "SOUTH"))
PEOPLE = (
    PLANNER,
    Person("maria", "Maria Lindqvist", "1003", "plant_manager", ("NORTH",)),
    Person("tomas", "Tomáš Dvořák", "1004", "plant_manager", ("SOUTH",)),
    Person("sven", "Sven Petersen", "1005", "supervisor", ("NORTH",)),
    Person("jana", "Jana Svobodová", "1006", "supervisor", ("SOUTH",)),
    Person("ole", "Ole Hansen", "1101", "operator", ("NORTH",)),
    Person("fatma", "Fatma Demir", "1102", "operator", ("NORTH",)),
    Person("petr", "Petr Černý", "1103", "operator", ("SOUTH",)),
    Person("eva", "Eva Marková", "1201", "quality_inspector", ("NORTH", "SOUTH")),
    Person("lars", "Lars Johansson", "1301", "maintenance_technician", ("NORTH",)),
    Person("ivan", "Ivan Horák", "1302", "maintenance_technician", ("SOUTH",)),
    Person("wanda", "Wanda Nowak", "1401", "warehouse_manager", ("NORTH",), ("N-RAW", "N-GOODS")),
    Person("karel", "Karel Beneš", "1402", "warehouse_clerk", ("SOUTH",), ("S-GOODS",)),
)
PLANTS: Mapping[str, dict[str, str]] = {
    "NORTH": {"name": "Plant North, Kiel", "time_zone": "Europe/Berlin", "plant_type": "Machining"},
    "SOUTH": {"name": "Plant South, Brno", "time_zone": "Europe/Prague", "plant_type": "Assembly"},
}
DEPARTMENTS: Mapping[str, str] = {"PROD": "Production", "QUAL": "Quality", "MAINT": "Maintenance", "LOG": "Logistics"}
"""Of each plant."""
WAREHOUSES: Mapping[str, tuple[str, str, str]] = {
    "N-RAW": ("NORTH", "Bar and sheet", "Raw material"),
    "N-GOODS": ("NORTH", "Goods out North", "Finished goods"),
    "S-GOODS": ("SOUTH", "Goods out South", "Finished goods"),
}
"""Plant, name and kind by code."""
PLACES = tuple((zone, f"{aisle:02}", str(shelf)) for zone in "AB" for aisle in (1, 2) for shelf in (1, 2, 3))
"""Zone, aisle and shelf of what each warehouse has."""


def add_plants_and_people(api: Api) -> dict[str, str]:
    """Plants with what is in them, people and the usual stop reasons through the API; gives the plants' ids by code."""
    plants = {code: api.post("/plants", {"code": code, **facts})["id"] for code, facts in PLANTS.items()}
    warehouses = _add_stores(api, plants)
    for person in PEOPLE:
        user = api.post("/users", fields_of(person))
        for code in person.plants:
            writes = person.role != "quality_inspector"
            rights = {"plant_id": plants[code], "can_read": True, "can_write": writes, "can_delete": writes}
            user = api.post(f"/users/{user['id']}/assign-plant", rights, version=user["version"])
        for code in person.warehouses:
            own = {"warehouse_id": warehouses[code], "can_write": True, "is_default": code == person.warehouses[0]}
            user = api.post(f"/users/{user['id']}/assign-warehouse", own, version=user["version"])
    api.post("/downtime-reasons/defaults", {})
    return plants


def _add_stores(api: Api, plants: Mapping[str, str]) -> dict[str, str]:
    """Departments, warehouses and their places; gives the ids of the warehouses by code."""
    for plant_id in plants.values():
        for code, name in DEPARTMENTS.items():
            api.post("/departments", {"plant_id": plant_id, "code": code, "name": name})
    warehouses = {}
    for code, (plant, name, kind) in WAREHOUSES.items():
        body = {"plant_id": plants[plant], "code": code, "name": name, "warehouse_type": kind}
        warehouses[code] = api.post("/warehouses", body)["id"]
        for zone, aisle, shelf in PLACES:
            place = {"code": f"{zone}-{aisle}-{shelf}", "zone": zone, "aisle": aisle, "shelf": shelf}
            api.post("/storage-locations", {"warehouse_id": warehouses[code], **place})
    return warehouses


def fields_of(person: Person) -> dict[str, Any]:
    """The person as the API takes one."""
    return {
        "username": person.username,
        "full_name": person.full_name,
        "employee_code": person.employee_code,
        "email": f"{person.username}@nordwerk.example",
        "password": PASSWORD,
        "roles": [person.role],
    }
