"""The organization of the demo: a maker of pump parts with two plants and the people who work there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from unison_dev.api import Api

ORGANIZATION = "NORDWERK"
PASSWORD = "pumps-and-valves"
"""Of everybody in the demo."""


class Person(NamedTuple):
    """Somebody of the demo; `plants` are the plants they work in."""

    username: str
    full_name: str
    employee_code: str
    role: str
    plants: tuple[str, ...] = ()


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
)
PLANTS: Mapping[str, dict[str, str]] = {
    "NORTH": {"name": "Plant North, Kiel", "time_zone": "Europe/Berlin", "plant_type": "Machining"},
    "SOUTH": {"name": "Plant South, Brno", "time_zone": "Europe/Prague", "plant_type": "Assembly"},
}


def add_plants_and_people(api: Api) -> dict[str, str]:
    """Plants, people and the usual stop reasons through the API; gives the id of every plant code."""
    plants = {code: api.post("/plants", {"code": code, **facts})["id"] for code, facts in PLANTS.items()}
    for person in PEOPLE:
        user = api.post("/users", fields_of(person))
        for code in person.plants:
            writes = person.role != "quality_inspector"
            rights = {"plant_id": plants[code], "can_read": True, "can_write": writes, "can_delete": writes}
            user = api.post(f"/users/{user['id']}/assign-plant", rights, version=user["version"])
    api.post("/downtime-reasons/defaults", {})
    return plants


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
