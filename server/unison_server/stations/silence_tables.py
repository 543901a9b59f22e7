"""The table of devices that once fell silent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant


class DeviceSilence(Tenant, Operations):
    """The last silence of a device, whose `id` is its own; by this server's clock.

    Attributes:
        agent_id: who told it: the silence a former reader saw is none of who reads the device now.
        silent_since: when that was heard; None while it answers.
        is_told: whether people were told of this silence.
        told_at: when they were last told of any; None for never.
    """

    __tablename__ = "device_silences"
    __table_args__ = (
        tenant_fk("id", "devices", ondelete="CASCADE"),
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        CheckConstraint("silent_since IS NOT NULL OR NOT is_told", name="told_of"),
        Index(
            "ix_device_silences_untold",
            "organization_id",
            "id",
            postgresql_where=text("silent_since IS NOT NULL AND NOT is_told"),
        ),
    )

    agent_id: Mapped[UUID]
    silent_since: Mapped[datetime | None]
    is_told: Mapped[bool] = mapped_column(server_default=text("false"))
    told_at: Mapped[datetime | None]
