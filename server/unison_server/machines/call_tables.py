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

    `agent_id` is the agent it came from, `person` who called. Who said a step is a `speakers.Speaker`: `…_by`,
    `…_by_name` and `…_by_is_verified`; that somebody comes is said in the desktop only.
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
            "(answered_by IS NULL OR answered_at IS NOT NULL)"
            " AND (arrived_by IS NULL AND arrived_by_name IS NULL OR arrived_at IS NOT NULL)"
            " AND (done_by IS NULL AND done_by_name IS NULL OR done_at IS NOT NULL)"
            " AND (withdrawn_by IS NULL AND withdrawn_by_name IS NULL OR withdrawn_at IS NOT NULL)",
            name="nobody_without_moment",
        ),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        CheckConstraint("(arrived_by IS NULL) = (arrived_by_is_verified IS NULL)", name="arrived_by_verified"),
        CheckConstraint("(done_by IS NULL) = (done_by_is_verified IS NULL)", name="done_by_verified"),
        CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_by_is_verified IS NULL)", name="withdrawn_by_verified"),
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
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    note: Mapped[str | None]
    called_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    arrived_at: Mapped[datetime | None]
    arrived_by: Mapped[UUID | None]
    arrived_by_name: Mapped[str | None]
    arrived_by_is_verified: Mapped[bool | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    done_by_name: Mapped[str | None]
    done_by_is_verified: Mapped[bool | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_by_name: Mapped[str | None]
    withdrawn_by_is_verified: Mapped[bool | None]
