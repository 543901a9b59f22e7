"""The state a machine is in, told anew: where the server lost it, as when the machine was put away and brought back."""

from __future__ import annotations

from dataclasses import replace

from unison_domain.machines.contracts import MachineState
from unison_domain.machines.interval_ids import interval_id
from unison_domain.machines.tracking import Interval, MachineRules, Tracking
from unison_domain.stations.events import ClosedInterval, OpenedInterval, StateChanged
from unison_domain.stations.readings import Moment


def told_again(state: Tracking, rules: MachineRules, now: Moment) -> tuple[Tracking, StateChanged] | None:
    """The same state from `now` on, and the event that tells it; None where none is known, or it began just now."""
    before = state.interval
    if before is None or before.state is MachineState.UNKNOWN or now.at <= before.started_at:
        return None
    machine = rules.machine.id
    interval = replace(before, id=interval_id(machine, now.at), began=now)
    opened, closed = OpenedInterval(**_fields(interval)), ClosedInterval(**_fields(before))
    event = StateChanged(at=now.at, machine_id=machine, lease=rules.lease, opened=opened, closed=closed)
    return replace(state, interval=interval), event


def _fields(one: Interval) -> dict[str, object]:
    told = {"id": one.id, "state": one.state, "started_at": one.started_at}
    return {**told, "reason": one.reason, "alarms": one.alarms}
