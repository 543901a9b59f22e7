"""What crosses the network about plants and what is in them: departments, warehouses, storage locations."""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer, Code, Instant, Name, Request, Text, TimeZone


class PlantCreate(Request):
    """A site where work is done; its time zone decides where its days begin."""

    code: Code
    name: Name
    time_zone: TimeZone
    plant_type: Name | None = None
    address: Text | None = None
    manager_user_id: UUID | None = None


class PlantReplace(PlantCreate):
    """PUT: every field is set."""


class PlantUpdate(Request):
    """PATCH: an absent field stays as it is."""

    code: Code | None = None
    name: Name | None = None
    time_zone: TimeZone | None = None
    plant_type: Name | None = None
    address: Text | None = None
    manager_user_id: UUID | None = None


class PlantAnswer(Answer):
    """A plant."""

    id: UUID
    version: int
    code: str
    name: str
    time_zone: str
    plant_type: str | None
    address: str | None
    manager_user_id: UUID | None
    is_active: bool
    created_at: Instant
    updated_at: Instant


class DepartmentCreate(Request):
    """A part of a plant's people; its code is taken once in its plant."""

    plant_id: UUID
    code: Code
    name: Name
    head_user_id: UUID | None = None


class DepartmentReplace(DepartmentCreate):
    """PUT: every field is set."""


class DepartmentUpdate(Request):
    """PATCH: an absent field stays as it is."""

    code: Code | None = None
    name: Name | None = None
    head_user_id: UUID | None = None


class DepartmentAnswer(Answer):
    """A department."""

    id: UUID
    version: int
    plant_id: UUID
    code: str
    name: str
    head_user_id: UUID | None
    is_active: bool
    created_at: Instant
    updated_at: Instant


class WarehouseCreate(Request):
    """A store of one plant; its code is taken once in the organization, and its plant stays."""

    plant_id: UUID
    code: Code
    name: Name
    warehouse_type: Name | None = None
    address: Text | None = None


class WarehouseReplace(WarehouseCreate):
    """PUT: every field is set."""


class WarehouseUpdate(Request):
    """PATCH: an absent field stays as it is."""

    code: Code | None = None
    name: Name | None = None
    warehouse_type: Name | None = None
    address: Text | None = None


class WarehouseAnswer(Answer):
    """A warehouse. Everybody who may read warehouses reads all of them: stock is seen across the organization."""

    id: UUID
    version: int
    plant_id: UUID
    code: str
    name: str
    warehouse_type: str | None
    address: str | None
    is_active: bool
    created_at: Instant
    updated_at: Instant


class StorageLocationCreate(Request):
    """A place in a warehouse; its code is taken once there, e.g. on its label."""

    warehouse_id: UUID
    code: Code
    name: Name | None = None
    zone: Name | None = None
    aisle: Name | None = None
    shelf: Name | None = None


class StorageLocationReplace(StorageLocationCreate):
    """PUT: every field is set."""


class StorageLocationUpdate(Request):
    """PATCH: an absent field stays as it is."""

    code: Code | None = None
    name: Name | None = None
    zone: Name | None = None
    aisle: Name | None = None
    shelf: Name | None = None


class StorageLocationAnswer(Answer):
    """A place in a warehouse."""

    id: UUID
    version: int
    warehouse_id: UUID
    code: str
    name: str | None
    zone: str | None
    aisle: str | None
    shelf: str | None
    is_active: bool
    created_at: Instant
    updated_at: Instant
