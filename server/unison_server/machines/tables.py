"""Tables of work centers and machines, their states, counts and samples."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.machines.contracts import CountKind, LifeCycle, MachineState, StateSource
from unison_domain.stations.events import Quality

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import (
    CodeText,
    Master,
    MoneyAmount,
    Operations,
    QuantityAmount,
    Stamped,
    Tenant,
    enum_check,
)


def _of_plant(column: str, target: str) -> ForeignKeyConstraint:
    """Reference a row of the same plant."""
    return ForeignKeyConstraint(
        ["organization_id", column, "plant_id"],
        [f"{target}.organization_id", f"{target}.id", f"{target}.plant_id"],
        name=f"fk_machines_{column}_of_plant",
        ondelete=f"SET NULL ({column})",
    )


class WorkCenter(Master, Operations):
    """A line or cell (ISA-95)."""

    __tablename__ = "work_centers"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        UniqueConstraint("organization_id", "code"),
        UniqueConstraint("organization_id", "id", "plant_id", name="uq_work_centers_id_plant_id"),
    )

    plant_id: Mapped[UUID]
    code: Mapped[CodeText]
    name: Mapped[str]


class Machine(Master, Operations):
    """A machine (ISA-95 work unit) and how its signals become its state. Its line and its station are of its plant."""

    __tablename__ = "machines"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        _of_plant("work_center_id", "work_centers"),
        _of_plant("station_id", "stations"),
        UniqueConstraint("organization_id", "machine_code"),
        enum_check("life_cycle", LifeCycle),
    )

    plant_id: Mapped[UUID]
    work_center_id: Mapped[UUID | None]
    station_id: Mapped[UUID | None]
    machine_code: Mapped[CodeText]
    name: Mapped[str]
    description: Mapped[str | None]
    machine_type: Mapped[str | None]
    life_cycle: Mapped[str] = mapped_column(default=LifeCycle.IN_SERVICE)
    capacity_units_per_hour: Mapped[QuantityAmount | None]
    ideal_cycle_seconds: Mapped[float | None]
    micro_stop_seconds: Mapped[float]
    on_delay_seconds: Mapped[float]
    off_delay_seconds: Mapped[float]
    stale_seconds: Mapped[float | None]
    idle_after_seconds: Mapped[float | None]
    installation_date: Mapped[date | None]
    manufacturer: Mapped[str | None]
    model_number: Mapped[str | None]
    serial_number: Mapped[str | None]
    purchase_cost: Mapped[MoneyAmount | None]
    location: Mapped[str | None]


class StateStretch(Tenant, Stamped, Operations):
    """One stretch of one state. It is what follows from `machine_transitions`, and can be made from them again.

    A machine's stretches tile time, and the database alone says so: starts are unique, ends are unique (no end too),
    and each end is the start of a stretch (`machine_states_tile`, a trigger that looks at all a statement wrote), so
    all stretches of a machine are one chain with one open end. That one alone refers to the machine: all others lead
    to it. A foreign key for either searched for each row, a fifth and a third of the time to write them. Ranges that
    exclude each other would say less (holes) and cost twenty times as much. The ends' columns are in an order that no
    search for starts is tempted by.
    `agent_id` is None for a person's. `is_late`: as in `Transition`.
    """

    __tablename__ = "machine_states"
    __table_args__ = (
        tenant_fk("open_machine_id", "machines"),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        enum_check("state", MachineState),
        enum_check("source", StateSource),
        UniqueConstraint("organization_id", "machine_id", "started_at", name="uq_machine_states_start"),
        UniqueConstraint(
            "organization_id",
            "ended_at",
            "machine_id",
            name="uq_machine_states_end",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_machine_states_open",
            "organization_id",
            "open_machine_id",
            postgresql_where=text("open_machine_id is not null"),
        ),
        Index(
            "ix_machine_states_stops",
            "organization_id",
            "started_at",
            postgresql_where=text("state not in ('running', 'no_output', 'unknown')"),
        ),
    )

    machine_id: Mapped[UUID]
    state: Mapped[str]
    source: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    open_machine_id: Mapped[UUID | None] = mapped_column(
        Computed("case when ended_at is null then machine_id end", persisted=True), info={"is": "machine_id"}
    )
    reason: Mapped[str | None]
    alarms: Mapped[list[str]] = mapped_column(server_default=text("'[]'"), default=list)
    note: Mapped[str | None]
    agent_id: Mapped[UUID | None]
    is_late: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class Transition(Tenant, Operations):
    """What signals, or a person, said a machine does: as it was said, in the order it came; never changed.

    `position` counts the machine's transitions. `id` is that of the stretch it opens, `started_at` not yet held to what
    came before. Who said it at a station is a `speakers.Speaker`; `created_by` said it in the desktop. `is_late`:
    told by a former holder, of a time that others told of since, or may have.
    """

    __tablename__ = "machine_transitions"
    __table_args__ = (
        tenant_fk("machine_id", "machines"),
        enum_check("state", MachineState),
        enum_check("source", StateSource),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        UniqueConstraint("organization_id", "machine_id", "position", name="uq_machine_transitions_position"),
        Index("ix_machine_transitions_started_at", "organization_id", "machine_id", "started_at"),
    )

    position: Mapped[int] = mapped_column(BigInteger)
    machine_id: Mapped[UUID]
    state: Mapped[str]
    source: Mapped[str]
    started_at: Mapped[datetime]
    reason: Mapped[str | None]
    alarms: Mapped[list[str]] = mapped_column(server_default=text("'[]'"), default=list)
    note: Mapped[str | None]
    agent_id: Mapped[UUID | None]
    person: Mapped[str | None]
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    is_late: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class TransitionUndo(Tenant, Operations):
    """That a person's word was taken back, as if it never was said; only ever added. `id` is that of the word."""

    __tablename__ = "machine_transition_undos"
    __table_args__ = (tenant_fk("id", "machine_transitions"),)

    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TransitionDetail(Tenant, Operations):
    """What became known of a transition's stretch after it began: the first-out reason, later alarms."""

    __tablename__ = "machine_transition_details"
    __table_args__ = (
        tenant_fk("transition_id", "machine_transitions"),
        UniqueConstraint("organization_id", "machine_id", "position", name="uq_machine_transition_details_position"),
    )

    position: Mapped[int] = mapped_column(BigInteger)
    machine_id: Mapped[UUID]
    transition_id: Mapped[UUID]
    reason: Mapped[str | None]
    alarms: Mapped[list[str]] = mapped_column(server_default=text("'[]'"), default=list)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MachineCount(Tenant, Operations):
    """Parts a counter advanced by, between `started_at` and `at`, as they were booked.

    `steps`: how far its register moved since parts were told last; None from agents that did not say. What a wrong
    scale made of them is put right beside, in `corrected_counts`.
    """

    __tablename__ = "machine_counts"
    __table_args__ = (
        tenant_fk("machine_id", "machines"),
        UniqueConstraint("organization_id", "agent_id", "epoch", "seq"),
        enum_check("kind", CountKind),
        Index("ix_machine_counts_at", "organization_id", "machine_id", "at"),
        Index("ix_machine_counts_tag_id", "organization_id", "tag_id", "at"),
    )

    machine_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    epoch: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    delta: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    at: Mapped[datetime]
    raw_from: Mapped[Decimal | None] = mapped_column(Numeric(20, 0))
    raw_to: Mapped[Decimal] = mapped_column(Numeric(20, 0))
    steps: Mapped[Decimal | None] = mapped_column(Numeric(20, 0))
    across_gap: Mapped[bool]
    rolled_over: Mapped[bool]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class CountQuarter(Operations):
    """Sums of `machine_counts` by quarter of an hour with what was put right of them, written in the same transaction:
    a board sums days of them.

    Every present UTC offset is a multiple of 15 minutes, so every plant's midnight is a boundary.
    """

    __tablename__ = "machine_count_quarters"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "machine_id", "started_at"),
        tenant_fk("machine_id", "machines"),
    )

    organization_id: Mapped[UUID]
    machine_id: Mapped[UUID]
    started_at: Mapped[datetime]
    good: Mapped[Decimal] = mapped_column(Numeric, server_default=text("0"))
    scrap: Mapped[Decimal] = mapped_column(Numeric, server_default=text("0"))
    total: Mapped[Decimal] = mapped_column(Numeric, server_default=text("0"))


class CounterIncident(Tenant, Operations):
    """A counter that went back or leapt, for people to look at. `added` is None for a leap."""

    __tablename__ = "counter_incidents"
    __table_args__ = (
        tenant_fk("machine_id", "machines"),
        UniqueConstraint("organization_id", "agent_id", "epoch", "seq"),
        Index("ix_counter_incidents_at", "organization_id", "machine_id", "at"),
    )

    machine_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    epoch: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    at: Mapped[datetime]
    raw_from: Mapped[Decimal] = mapped_column(Numeric(20, 0))
    raw_to: Mapped[Decimal] = mapped_column(Numeric(20, 0))
    added: Mapped[int | None] = mapped_column(BigInteger)
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class MachineSignal(Tenant, Operations):
    """How fresh a machine's data is, and what its agent reports outside the sequence; `id` is the machine's.

    Locking this row is what makes writers of one machine's states and counts take turns.
    """

    __tablename__ = "machine_signals"
    __table_args__ = (
        tenant_fk("id", "machines", ondelete="CASCADE"),
        enum_check("reported_state", MachineState, nullable=True),
    )

    last_signal_at: Mapped[datetime | None]
    reported_state: Mapped[str | None]
    reported_since: Mapped[datetime | None]


class SampleRow(Operations):
    """One value of one tag, partitioned by month.

    `number` holds numbers and bools (1, 0); `text` strings, and whole numbers that a float can't hold exactly. `raw` is
    the value before scaling where it differs; `source` what it was read from (`raw_source_of`), None of older agents;
    `extra` what a newer agent said besides.
    """

    __tablename__ = "samples"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "tag_id", "at", "epoch", "seq"),
        enum_check("quality", Quality),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    organization_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    at: Mapped[datetime]
    epoch: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[float | None]
    text: Mapped[str | None]
    quality: Mapped[str]
    raw: Mapped[str | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    source: Mapped[int | None]
