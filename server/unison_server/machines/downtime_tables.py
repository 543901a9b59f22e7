"""Tables of downtime: reasons, alarms that mean one, what people said caused a stop, and the history of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.machines.downtime_contracts import DowntimeChangeKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Master, Operations, Tenant, enum_check
from unison_server.machines.speakers import Speaker

LENGTHS = tuple(64 * 4**step for step in range(8))
"""Seconds at which the classes of changes by length begin, the first at none: the last at twelve days."""


class DowntimeReason(Master, Operations):
    """A reason of the tree.

    A child's number is above its parent's and of the same class, so that no chain of parents comes back to where it
    began; `parent_number` is there for the constraints that say so, and is held to the parent's by the reference.
    Those that are offered beside each other have names of their own.
    """

    __tablename__ = "downtime_reasons"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        UniqueConstraint("organization_id", "id", "number", name="uq_downtime_reasons_id_number"),
        UniqueConstraint("organization_id", "id", "is_active", name="uq_downtime_reasons_id_is_active"),
        Index(
            "uq_downtime_reasons_name",
            "organization_id",
            "parent_id",
            "name",
            unique=True,
            postgresql_where=text("is_active"),
            postgresql_nulls_not_distinct=True,
        ),
        ForeignKeyConstraint(
            ["organization_id", "parent_id", "parent_number"],
            ["downtime_reasons.organization_id", "downtime_reasons.id", "downtime_reasons.number"],
            name="fk_downtime_reasons_parent",
        ),
        CheckConstraint("number between 100 and 999", name="number"),
        CheckConstraint(
            "(parent_id is null) = (parent_number is null) and parent_number < number "
            "and parent_number / 100 = number / 100",
            name="parent",
        ),
    )

    number: Mapped[int]
    name: Mapped[str]
    parent_id: Mapped[UUID | None]
    parent_number: Mapped[int | None]
    machine_types: Mapped[list[str]] = mapped_column(server_default=text("'[]'"), default=list)


class AlarmReason(Master, Operations):
    """An alarm that means a reason: on one machine, on machines of a type, or everywhere.

    A rule in use gives a reason in use: `reason_is_active` is there for the reference that says so. It holds for stops
    that began since `holds_since` (None: for all); what it gave before is in `PastAlarmReason`.

    Attributes:
        also_past: what a change is asked for, and no column: whether it is of past stops too; None: as usual.
    """

    also_past: ClassVar[bool | None] = None

    __tablename__ = "alarm_reasons"
    __table_args__ = (
        tenant_fk("downtime_reason_id", "downtime_reasons"),
        ForeignKeyConstraint(
            ["organization_id", "downtime_reason_id", "reason_is_active"],
            ["downtime_reasons.organization_id", "downtime_reasons.id", "downtime_reasons.is_active"],
            name="fk_alarm_reasons_active_reason",
        ),
        tenant_fk("machine_id", "machines"),
        UniqueConstraint(
            "organization_id",
            "alarm",
            "machine_type",
            "machine_id",
            name="uq_alarm_reasons_scope",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("machine_type is null or machine_id is null", name="one_scope"),
    )

    alarm: Mapped[str]
    downtime_reason_id: Mapped[UUID]
    reason_is_active: Mapped[bool | None] = mapped_column(
        Computed("case when is_active then true end", persisted=True), info={"is": "is_active"}
    )
    machine_type: Mapped[str | None]
    machine_id: Mapped[UUID | None]
    holds_since: Mapped[datetime | None]


class PastAlarmReason(Tenant, Operations):
    """What a rule of an alarm gave to stops that began in this time, before it was changed or switched off."""

    __tablename__ = "past_alarm_reasons"
    __table_args__ = (
        tenant_fk("alarm_reason_id", "alarm_reasons"),
        tenant_fk("downtime_reason_id", "downtime_reasons"),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        ExcludeConstraint(
            (text("uuid_range(organization_id, organization_id, '[]')"), "&&"),
            (text("uuid_range(alarm_reason_id, alarm_reason_id, '[]')"), "&&"),
            (text("tstzrange(started_at, ended_at)"), "&&"),
            name="ex_past_alarm_reasons_no_overlap",
        ),
    )

    alarm_reason_id: Mapped[UUID]
    downtime_reason_id: Mapped[UUID]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime]


class DowntimeCause(Tenant, Operations):
    """A person's word about why a machine stood, anchored in time; no signal and no rebuild touches it.

    One that was said without end is of its stop (`is_of_stop`): it stands as long as the stop it began in, and its end,
    given when that is over, moves with the stop's. One without reason only cuts a stop, or carries notes.
    `lasted_at`: where the stop stood, as it was known when the word was said of it in the office, so nothing up to
    there ends it; None for its start.
    `said_by` is the account of who said it, `said_by_name` what they were called at a station (`speakers.Speaker`).
    """

    __tablename__ = "downtime_causes"
    __table_args__ = (
        tenant_fk("machine_id", "machines"),
        tenant_fk("downtime_reason_id", "downtime_reasons"),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        CheckConstraint("ended_at is not null or is_of_stop", name="open_is_of_stop"),
        CheckConstraint("(said_by IS NULL) = (said_by_is_verified IS NULL)", name="said_by_verified"),
        CheckConstraint("char_length(notes) <= 2000 and char_length(resolution_notes) <= 2000", name="notes_fit"),
        Index("ix_downtime_causes_started_at", "organization_id", "machine_id", "started_at"),
        ExcludeConstraint(
            (text("uuid_range(organization_id, organization_id, '[]')"), "&&"),
            (text("uuid_range(machine_id, machine_id, '[]')"), "&&"),
            (text("tstzrange(started_at, ended_at)"), "&&"),
            name="ex_downtime_causes_no_overlap",
        ),
    )

    machine_id: Mapped[UUID]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    downtime_reason_id: Mapped[UUID | None]
    notes: Mapped[str | None]
    resolution_notes: Mapped[str | None]
    said_at: Mapped[datetime]
    said_by: Mapped[UUID | None]
    said_by_name: Mapped[str | None]
    said_by_is_verified: Mapped[bool | None]
    resolved_by: Mapped[UUID | None]
    is_of_stop: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    lasted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def speaker(self) -> Speaker:
        """Who said it."""
        return Speaker(self.said_by, self.said_by_name, self.said_by_is_verified)


class DowntimeChange(Tenant, Operations):
    """One change of a machine's causes: the rows of `downtime_causes` it took away and those it put there.

    `number` counts the machine's changes, so no two are made of the same view; `undoes` is the change it took back.
    `length_class` is the place of its length among `LENGTHS`, None without end: what reaches into a stop began at most
    its length before, so it is found by its start, which an index under row level security can.
    """

    __tablename__ = "downtime_changes"
    __table_args__ = (
        tenant_fk("machine_id", "machines"),
        tenant_fk("downtime_reason_id", "downtime_reasons"),
        tenant_fk("undoes", "downtime_changes"),
        UniqueConstraint("organization_id", "machine_id", "number", name="uq_downtime_changes_number"),
        UniqueConstraint("organization_id", "undoes"),
        enum_check("kind", DowntimeChangeKind),
        CheckConstraint("(said_by IS NULL) = (said_by_is_verified IS NULL)", name="said_by_verified"),
        Index("ix_downtime_changes_started_at", "organization_id", "machine_id", "length_class", "started_at"),
    )

    machine_id: Mapped[UUID]
    number: Mapped[int]
    kind: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    downtime_reason_id: Mapped[UUID | None]
    notes: Mapped[str | None]
    said_at: Mapped[datetime]
    said_by: Mapped[UUID | None]
    said_by_name: Mapped[str | None]
    said_by_is_verified: Mapped[bool | None]
    is_effective: Mapped[bool]
    remark: Mapped[str | None]
    undoes: Mapped[UUID | None]
    before: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    after: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    length_class: Mapped[int | None] = mapped_column(
        Computed(
            f"width_bucket(extract(epoch from ended_at - started_at), array{list(LENGTHS)}::numeric[])", persisted=True
        )
    )
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def speaker(self) -> Speaker:
        """Who made it."""
        return Speaker(self.said_by, self.said_by_name, self.said_by_is_verified)
