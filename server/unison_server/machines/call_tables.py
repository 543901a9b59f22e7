"""The table of calls for help."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped
from unison_domain.machines.calls import CallKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Stamped, Tenant, enum_check


class MachineCall(Tenant, Stamped, Operations):
    """A call from a machine; its state follows from its moments (`unison_domain.machines.calls.CallLife`).

    `agent_id` is the agent it came from. `…_by` is who said so in the desktop, None for a word from the station.
    """

    __tablename__ = "machine_calls"
    __table_args__ = (
        tenant_fk("machine_id", "machines"),
        enum_check("called", CallKind),
        CheckConstraint("answered_at >= called_at", name="answered_after_call"),
        CheckConstraint("arrived_at >= called_at", name="arrived_after_call"),
        CheckConstraint("done_at >= coalesce(arrived_at, called_at)", name="done_last"),
        CheckConstraint(
            "withdrawn_at IS NULL OR (withdrawn_at >= called_at AND arrived_at IS NULL AND done_at IS NULL)",
            name="withdrawn_before_arrival",
        ),
        CheckConstraint(
            "(answered_by IS NULL OR answered_at IS NOT NULL) AND (arrived_by IS NULL OR arrived_at IS NOT NULL)"
            " AND (done_by IS NULL OR done_at IS NOT NULL)",
            name="nobody_without_moment",
        ),
        Index("ix_machine_calls_called_at", "organization_id", "called_at", "id"),
        Index(
            "ix_machine_calls_open",
            "organization_id",
            "called_at",
            postgresql_where=text("done_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    machine_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    called: Mapped[str]
    person: Mapped[str | None]
    note: Mapped[str | None]
    called_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    arrived_at: Mapped[datetime | None]
    arrived_by: Mapped[UUID | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
