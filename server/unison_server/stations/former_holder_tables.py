"""Tables of who held a tag, and who served a station, until when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations


class FormerTagHolder(Operations):
    """An agent that held a tag once, uninterrupted, and lost it at `ended_at` (by the server's clock).

    `held_since` and `number` are the first and the last number of the leases it had meanwhile. Written by triggers of
    the migration, wherever a tag can go to another agent.
    """

    __tablename__ = "former_tag_holders"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "agent_id", "tag_id", "number"),
        tenant_fk("tag_id", "tags", ondelete="CASCADE"),
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        CheckConstraint("number >= held_since", name="numbers_grow"),
        Index("ix_former_tag_holders_tag_id", "organization_id", "tag_id"),
    )

    organization_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    held_since: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime]


class FormerStationHolder(Operations):
    """An agent that served a station once, and lost it at `ended_at` (by the server's clock).

    Written by a trigger of the migration, wherever a station can go to another agent.
    """

    __tablename__ = "former_station_holders"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "agent_id", "station_id", "ended_at"),
        tenant_fk("station_id", "stations", ondelete="CASCADE"),
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        Index("ix_former_station_holders_station_id", "organization_id", "station_id"),
    )

    organization_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    station_id: Mapped[UUID]
    ended_at: Mapped[datetime]
