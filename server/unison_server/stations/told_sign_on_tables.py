"""The table of what stations told of badges and the login history does not have yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant


class ToldSignOn(Tenant, Operations):
    """A tap of a badge, until it is carried; `id` is the one the login history keeps it under."""

    __tablename__ = "told_sign_ons"
    __table_args__ = (
        tenant_fk("station_id", "stations"),
        CheckConstraint("person_id IS NULL OR refused_for IS NULL", name="outcome"),
        Index("ix_told_sign_ons_received_at", "received_at"),
    )

    station_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    badge: Mapped[str]
    person_id: Mapped[UUID | None]
    refused_for: Mapped[str | None]
    address: Mapped[str]
