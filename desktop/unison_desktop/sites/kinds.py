"""The four kinds of places, and what people call them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from unison_domain.sites.contracts import (
    DepartmentAnswer,
    DepartmentCreate,
    DepartmentUpdate,
    PlantAnswer,
    PlantCreate,
    PlantUpdate,
    StorageLocationAnswer,
    StorageLocationCreate,
    StorageLocationUpdate,
    WarehouseAnswer,
    WarehouseCreate,
    WarehouseUpdate,
)

from unison_desktop.kernel.texts import _

Thing = PlantAnswer | DepartmentAnswer | WarehouseAnswer | StorageLocationAnswer


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of place.

    Attributes:
        answer, create, update: its contracts. path: of its endpoints.
        right: beginning of its rights and topics.
        many: what several are called. key: under which its table is remembered.
        new, new_title: the command that makes one, and its form. named: the form of one that is there.
        choose: said to who chose none. nothing: said where there is none.
    """

    answer: type[Thing]
    create: type[BaseModel]
    update: type[BaseModel]
    path: str
    right: str
    key: str
    many: str
    new: str
    new_title: str
    named: str
    choose: str
    nothing: str


PLANT = Kind(
    PlantAnswer,
    PlantCreate,
    PlantUpdate,
    "/plants",
    "sites.plant",
    "plants",
    _("Plants"),
    _("New plant…"),
    _("New plant"),
    _("Plant: {name}"),
    _("Choose a plant first."),
    _("There is no plant yet. “New plant…” (Ctrl+N) makes the first."),
)
DEPARTMENT = Kind(
    DepartmentAnswer,
    DepartmentCreate,
    DepartmentUpdate,
    "/departments",
    "sites.department",
    "departments",
    _("Departments"),
    _("New department…"),
    _("New department"),
    _("Department: {name}"),
    _("Choose a department first."),
    _("There is no department yet. “New department…” (Ctrl+N) makes the first."),
)
WAREHOUSE = Kind(
    WarehouseAnswer,
    WarehouseCreate,
    WarehouseUpdate,
    "/warehouses",
    "sites.warehouse",
    "warehouses",
    _("Warehouses"),
    _("New warehouse…"),
    _("New warehouse"),
    _("Warehouse: {name}"),
    _("Choose a warehouse first."),
    _("There is no warehouse yet. “New warehouse…” (Ctrl+N) makes the first."),
)
LOCATION = Kind(
    StorageLocationAnswer,
    StorageLocationCreate,
    StorageLocationUpdate,
    "/storage-locations",
    "sites.storage_location",
    "locations",
    _("Storage locations"),
    _("New location…"),
    _("New storage location"),
    _("Storage location: {name}"),
    _("Choose a storage location first."),
    _("There is no storage location here yet."),
)
KINDS = (PLANT, DEPARTMENT, WAREHOUSE, LOCATION)


def kind_of(thing: Thing) -> Kind:
    """What a thing is."""
    return next(kind for kind in KINDS if isinstance(thing, kind.answer))


def name_of(thing: Thing) -> str:
    """What people call it: its name, and its code where it has none."""
    return thing.name or thing.code
