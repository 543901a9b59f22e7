"""Share of time in production, against a time base that is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from unison_domain.machines.contracts import MachineState, StateTotal, Utilization


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state interval; the open one has no end."""

    state: MachineState
    started_at: datetime
    ended_at: datetime | None


def utilization(
    machine_id: UUID, stretches: Iterable[Stretch], start: datetime, end: datetime, now: datetime
) -> Utilization:
    """Production time over clock time between `start` and `end`, or `now` when that comes first.

    After ISO 22400-2 (actual production time over a busy time), with clock time as the base until calendars exist.
    Producing is `running` alone: `no_output` runs but makes nothing. Time without an interval or with the state
    `unknown` is not known to be production and counts as none; `utilization` is None when no second is known. Shares
    are of the whole period too.

    Raises:
        ValueError: the period ends before it starts.
    """
    if end < start:
        raise ValueError(f"the period ends at {end.isoformat()}, before its start {start.isoformat()}")
    until = max(start, min(end, now))
    period = (until - start).total_seconds()
    seconds: dict[MachineState, float] = {}
    for stretch in stretches:
        clipped = min(stretch.ended_at or until, until) - max(stretch.started_at, start)
        seconds[stretch.state] = seconds.get(stretch.state, 0.0) + max(0.0, clipped.total_seconds())
    known = sum(spent for state, spent in seconds.items() if state is not MachineState.UNKNOWN)
    unknown = max(0.0, period - known)
    spent_by_state = {**seconds, MachineState.UNKNOWN: unknown}
    producing = seconds.get(MachineState.RUNNING, 0.0)
    return Utilization.model_validate(
        {
            "machine_id": machine_id,
            "from": start,
            "to": until,
            "period_seconds": period,
            "known_seconds": known,
            "producing_seconds": producing,
            "utilization": producing / period if known else None,
            "by_state": [
                StateTotal(state=state, seconds=spent, share=spent / period if period else None)
                for state in MachineState
                if (spent := spent_by_state.get(state, 0.0)) > 0
            ],
        }
    )
