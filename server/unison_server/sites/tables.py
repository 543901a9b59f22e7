"""Tables of sites."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import CodeText, Master, Operations, Tenant


class Plant(Master, Operations):
    """A place where work is done. Held to plants by its own id."""

    __tablename__ = "plants"
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    code: Mapped[CodeText]
    name: Mapped[str]
    time_zone: Mapped[str]
    plant_type: Mapped[str | None]
    address: Mapped[str | None]
    manager_user_id: Mapped[UUID | None]


class Department(Master, Operations):
    """A part of a plant's people."""

    __tablename__ = "departments"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        UniqueConstraint("organization_id", "plant_id", "code"),
    )

    plant_id: Mapped[UUID]
    code: Mapped[CodeText]
    name: Mapped[str]
    head_user_id: Mapped[UUID | None]


class Warehouse(Master, Operations):
    """A store of one plant; seen throughout the organization, for its stock is."""

    __tablename__ = "warehouses"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        UniqueConstraint("organization_id", "code"),
        Index(None, "organization_id", "plant_id"),
    )

    plant_id: Mapped[UUID]
    code: Mapped[CodeText]
    name: Mapped[str]
    warehouse_type: Mapped[str | None]
    address: Mapped[str | None]


class StorageLocation(Master, Operations):
    """A place in a warehouse; changed by whom the warehouse is given to."""

    __tablename__ = "storage_locations"
    __table_args__ = (
        tenant_fk("warehouse_id", "warehouses"),
        UniqueConstraint("organization_id", "warehouse_id", "code"),
    )

    warehouse_id: Mapped[UUID]
    code: Mapped[CodeText]
    name: Mapped[str | None]
    zone: Mapped[str | None]
    aisle: Mapped[str | None]
    shelf: Mapped[str | None]


class OrganizationCopy(Tenant, Operations):
    """Whether machines of an organization are let in: copied from the identity database, which alone says so."""

    __tablename__ = "organization_copies"
    __table_args__ = (CheckConstraint("id = organization_id", name="organization"),)

    is_active: Mapped[bool]
    copied_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserCopy(Tenant, Operations):
    """A person as the business needs them: copied from the identity database, which alone changes them."""

    __tablename__ = "users"

    full_name: Mapped[str]
    employee_code: Mapped[CodeText | None]
    is_active: Mapped[bool]
    copied_at: Mapped[datetime] = mapped_column(server_default=func.now())
