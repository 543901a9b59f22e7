"""Stretches of time that people enter or speak of, laid beside a machine's states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.downtime import PRODUCING

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.machines.downtime.causes import Said
from unison_server.machines.tables import Machine, StateStretch

CLOCK_TOLERANCE = timedelta(seconds=5)
"""A client's clock may be ahead by so much."""


def as_known_now(session: TenantSession, machine: Machine, said: Sequence[Said]) -> list[Said]:
    """Words without end speak of their stop as far as it is known now, whatever began in it up to here."""
    if all(one.ended_at is not None for one in said):
        return list(said)
    newest = session.scalar(
        select(StateStretch.started_at)
        .where(StateStretch.organization_id == session.organization_id, StateStretch.machine_id == machine.id)
        .order_by(StateStretch.started_at.desc())
        .limit(1)
    )
    return [
        replace(one, lasted_at=newest)
        if one.ended_at is None and newest is not None and newest > one.started_at
        else one
        for one in said
    ]


def demand_past(start: datetime, end: datetime | None) -> None:
    """Raises Invalid where it lies in the future, or ends before it begins."""
    latest = datetime.now(UTC) + CLOCK_TOLERANCE
    if start > latest or (end is not None and end > latest):
        raise Invalid("A stop can't be entered before it happened", code="in_the_future")
    if end is not None and end <= start:
        raise Invalid(f"It would end at {end.isoformat()}, not after its start", code="span_invalid")


def silences(session: TenantSession, machine: Machine, span: tuple[datetime, datetime | None]) -> list[datetime]:
    """Where states became unknown inside the span; none in one without end, which is of the stop it begins in."""
    start, end = span
    if end is None:
        return []
    statement = select(StateStretch.started_at).where(
        StateStretch.organization_id == session.organization_id,
        StateStretch.machine_id == machine.id,
        StateStretch.state == str(MachineState.UNKNOWN),
        StateStretch.started_at > start,
        StateStretch.started_at < end,
    )
    return list(session.scalars(statement.order_by(StateStretch.started_at)))


def demand_stood(session: TenantSession, machine: Machine, start: datetime, end: datetime | None) -> None:
    """Raises Invalid where the machine produced in some of that time."""
    statement = select(StateStretch).where(
        StateStretch.organization_id == session.organization_id,
        StateStretch.machine_id == machine.id,
        StateStretch.state.in_([str(state) for state in PRODUCING]),
        or_(StateStretch.ended_at.is_(None), StateStretch.ended_at > start),
    )
    if end is not None:
        statement = statement.where(StateStretch.started_at < end)
    ran = session.scalars(statement.order_by(StateStretch.started_at).limit(1)).first()
    if ran is not None:
        until = f"to {ran.ended_at.isoformat()}" if ran.ended_at else "on"
        raise Invalid(
            f"{machine.machine_code} was {MachineState(ran.state)} from {ran.started_at.isoformat()} {until}",
            code="machine_ran",
            state=ran.state,
            started_at=ran.started_at.isoformat(),
            ended_at=ran.ended_at.isoformat() if ran.ended_at else None,
        )
