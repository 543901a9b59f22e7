"""The table of what scanners, gauges and cameras were refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant


class RefusedRow(Tenant, Operations):
    """A value that was refused, once or several times. Columns as in `RefusedValueAnswer`.

    Attributes:
        agent_id: who told it, and alone may tell that it came more often.
        peripheral_id: no foreign key: what a scanner brought before it was set up anew is told too.
    """

    __tablename__ = "refused_values"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        tenant_fk("station_id", "stations"),
        CheckConstraint("times > 0 AND last_at >= first_at", name="counts"),
        Index("ix_refused_values_first_at", "organization_id", "first_at", "id"),
        Index("ix_refused_values_plant_id", "organization_id", "plant_id", "first_at", "id"),
        Index("ix_refused_values_station_id", "organization_id", "station_id", "first_at", "id"),
        Index("ix_refused_values_peripheral_id", "organization_id", "peripheral_id", "first_at", "id"),
        Index("ix_refused_values_received_at", "received_at"),
    )

    plant_id: Mapped[UUID]
    station_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    peripheral_id: Mapped[UUID]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    times: Mapped[int]
    raw: Mapped[str]
    reason: Mapped[str]
    remedy: Mapped[str | None]
    others: Mapped[bool] = mapped_column(server_default=text("false"))
