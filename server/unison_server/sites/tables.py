"""Tables of sites."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

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


class UserCopy(Tenant, Operations):
    """A person as the business needs them: copied from the identity database, which alone changes them."""

    __tablename__ = "users"

    full_name: Mapped[str]
    employee_code: Mapped[CodeText | None]
    is_active: Mapped[bool]
    copied_at: Mapped[datetime] = mapped_column(server_default=func.now())
