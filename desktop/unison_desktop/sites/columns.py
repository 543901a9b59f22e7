"""Columns of plants, departments, warehouses and storage locations."""

from __future__ import annotations

from typing import Any

from unison_desktop.kernel.texts import _
from unison_desktop.sites.book import Book
from unison_desktop.sites.kinds import DEPARTMENT, LOCATION, PLANT, WAREHOUSE
from unison_desktop.tables.columns import Column


def columns_of(book: Book) -> dict[str, tuple[Column[Any], ...]]:
    """By the key of the kind; names come from the book."""
    code: Column[Any] = Column("code", _("Code"), lambda one: one.code, width=12, always_visible=True)
    name: Column[Any] = Column("name", _("Name"), lambda one: one.name, width=22)
    plant: Column[Any] = Column("plant", _("Plant"), lambda one: book.plant_name(one.plant_id), width=16)
    address: Column[Any] = Column("address", _("Address"), lambda one: _line(one.address), width=22)
    unused: Column[Any] = Column("in_use", _("In use"), lambda one: _("yes") if one.is_active else _("no"), width=6)
    return {
        PLANT.key: (
            code,
            name,
            Column("zone", _("Time zone"), lambda one: one.time_zone, width=16),
            Column("type", _("Kind"), lambda one: one.plant_type, width=12),
            Column("manager", _("Manager"), lambda one: book.person(one.manager_user_id), width=16),
            address,
            unused,
        ),
        DEPARTMENT.key: (
            code,
            name,
            plant,
            Column("head", _("Head"), lambda one: book.person(one.head_user_id), width=18),
            unused,
        ),
        WAREHOUSE.key: (
            code,
            name,
            plant,
            Column("type", _("Kind"), lambda one: one.warehouse_type, width=12),
            Column("assigned", _("You may"), book.assigned, width=22, explain=_("With its places and its stock")),
            address,
            unused,
        ),
        LOCATION.key: (
            code,
            name,
            Column("zone", _("Zone"), lambda one: one.zone, width=10),
            Column("aisle", _("Aisle"), lambda one: one.aisle, width=8),
            Column("shelf", _("Shelf"), lambda one: one.shelf, width=8),
            unused,
        ),
    }


def _line(text: str | None) -> str | None:
    """An address in one line."""
    return None if text is None else ", ".join(part.strip() for part in text.splitlines() if part.strip())
