"""The laws of machine states that hold for any input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.tracking import (
    MachineRules,
    TrackedEvent,
    Tracking,
    dump_tracking,
    load_tracking,
    resumed,
    track,
)
from unison_domain.stations.configuration import TagConfiguration

from tests.domain.machines.watched import (
    ALARM,
    BLOCKED,
    ESTOP,
    MODE,
    PARTS,
    POLL,
    RUN,
    STARVED,
    S,
    Watched,
    changes,
    seconds,
)
from tests.domain.shop import MACHINE, machine, missed, moment, read

ALL = (RUN, ALARM, ESTOP, MODE, STARVED, BLOCKED, PARTS)
STEP = st.fixed_dictionaries(
    {
        "seconds": st.sampled_from([0.0, 0.5, 0.5, 0.5, 1.0, 4.0, 30.0]),
        "ahead": st.sampled_from([0.0, 0.0, 0.0, 3600.0, -3600.0]),
        "values": st.dictionaries(st.sampled_from([of.name for of in ALL]), st.integers(0, 9) | st.none(), max_size=7),
        "restart": st.sampled_from([False, False, False, True]),
    }
)


def replayed(steps: Sequence[dict[str, Any]], tags: Sequence[TagConfiguration], store: bool) -> list[TrackedEvent]:
    rules, tracking, clock = MachineRules.of(machine(), tags), Tracking(), 0.0
    events: list[TrackedEvent] = []
    for step in steps:
        clock += step["seconds"]
        if store:
            tracking = load_tracking(json.loads(json.dumps(dump_tracking(tracking))))
        if step["restart"]:
            tracking = resumed(tracking, moment(clock, step["ahead"]))
        readings = []
        for of in tags:
            if of.name not in step["values"]:
                continue
            value = step["values"][of.name]
            typed = bool(value % 2) if value is not None and of.type == "bool" else value
            readings.append(missed(of, clock) if typed is None else read(of, typed, clock, clock_ahead=step["ahead"]))
        tracking, happened = track(tracking, rules, readings, moment(clock, step["ahead"]))
        events += happened
    return events


@given(st.lists(STEP, max_size=40), st.just(ALL) | st.sampled_from([(RUN, PARTS), (PARTS,), (MODE,), (RUN, ALARM)]))
def test_intervals_tile_time_whatever_comes(steps: list[dict[str, Any]], tags: Sequence[TagConfiguration]) -> None:
    told = changes(replayed(steps, tags, store=False))
    for before, after in pairwise(told):
        assert after.closed is not None
        assert (after.closed.id, after.closed.state) == (before.opened.id, before.opened.state)
        assert after.closed.started_at == before.opened.started_at < after.opened.started_at
        assert after.opened.state is not before.opened.state
    assert len({event.opened.id for event in told}) == len(told)
    assert all(event.closed is None for event in told[:1])
    assert all(event.machine_id == MACHINE for event in told)


@given(st.lists(STEP, max_size=25), st.just(ALL) | st.sampled_from([(RUN, PARTS), (PARTS,)]))
def test_the_same_readings_give_the_same_events_even_when_stored_in_between(
    steps: list[dict[str, Any]], tags: Sequence[TagConfiguration]
) -> None:
    assert replayed(steps, tags, store=True) == replayed(steps, tags, store=False)


HELD = st.lists(st.tuples(st.sampled_from(["run", "stop", "fault", "starved"]), st.floats(3.0, 20.0)), max_size=12)
SIGNALS: dict[str, tuple[bool, int, bool, MachineState]] = {
    "run": (True, 0, False, S.RUNNING),
    "stop": (False, 0, False, S.STOPPED),
    "fault": (False, 8, False, S.FAULT),
    "starved": (False, 0, True, S.STARVED),
}


@given(HELD, st.floats(0.1, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_every_state_that_lasts_is_seen_within_a_poll_of_its_begin(
    held: list[tuple[str, float]], poll: float, on_delay: float, off_delay: float
) -> None:
    """States hold at least 3 s; polled every `poll` s, with any debounce up to 1 s."""
    tags = (RUN, ALARM, STARVED)
    rules = MachineRules.of(machine(on_delay_seconds=on_delay, off_delay_seconds=off_delay), tags)
    true: list[tuple[MachineState, float]] = []
    end = 0.0
    timeline: list[tuple[float, str]] = []
    for what, lasts in held:
        if not true or true[-1][0] is not SIGNALS[what][3]:
            true.append((SIGNALS[what][3], end))
        end += lasts
        timeline.append((end, what))
    tracking, clock = Tracking(), 0.0
    events: list[TrackedEvent] = []
    while clock < end:
        what = next(what for until, what in timeline if clock < until)
        run, alarm, starved, _ = SIGNALS[what]
        readings = [read(RUN, run, clock), read(ALARM, alarm, clock), read(STARVED, starved, clock)]
        tracking, happened = track(tracking, rules, readings, moment(clock))
        events += happened
        clock += poll
    seen = [(event.opened.state, seconds(event.opened.started_at)) for event in changes(events)]
    assert [state for state, _ in seen] == [state for state, _ in true]
    assert all(-0.001 <= late - begun <= poll + 0.001 for (_, late), (_, begun) in zip(seen, true, strict=True))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=30, max_size=80))
def test_time_without_signal_is_never_running(samples: list[tuple[bool, bool]]) -> None:
    """Each half second the signal is there or not; no interval runs on for longer than the stale time without it."""
    shop = Watched(RUN, stale_seconds=1.0)
    good: list[float] = []
    for answers, value in samples:
        good += [shop.clock] if answers else []
        shop.hold(POLL, run=value if answers else None)
    spans = [*shop.intervals, (S.UNKNOWN, shop.clock)]
    for (state, began), (_, ended) in pairwise(spans):
        inside = [began, *[at for at in good if began <= at <= ended], ended]
        longest = max(after - before for before, after in pairwise(inside))
        assert state is S.UNKNOWN or longest <= 1.0 + POLL


LIMIT = st.none() | st.floats(0.5, 60.0)
READS = 6


@given(
    poll=st.floats(1.0, 30.0),
    run_poll=st.none() | st.floats(1.0, 30.0),
    cycle=st.none() | st.just(0.5),
    late=st.lists(st.floats(0.0, 0.3), min_size=READS, max_size=READS),
    stale=LIMIT,
    idle=LIMIT,
)
def test_a_machine_that_makes_parts_all_the_time_runs_however_slowly_it_is_read(
    poll: float, run_poll: float | None, cycle: float | None, late: list[float], stale: float | None, idle: float | None
) -> None:
    """A part each 0.5 s, each read up to 0.3 s late; what is configured may be less than the reads allow."""
    tags = [PARTS.model_copy(update={"poll_seconds": poll})]
    if run_poll:
        tags.append(RUN.model_copy(update={"poll_seconds": run_poll}))
    rules = MachineRules.of(
        machine(ideal_cycle_seconds=cycle, stale_seconds=stale, idle_after_seconds=idle), tuple(tags)
    )
    reads = [(number * of.poll_seconds + wait, of) for of in tags for number, wait in enumerate(late)]
    end = min(max(at for at, of in reads if of is one) for one in tags)
    tracking, events = Tracking(), list[TrackedEvent]()
    for clock, of in sorted([*reads, *((float(at), None) for at in range(int(end)))], key=lambda one: one[0]):
        if clock <= end:
            values = [] if of is None else [read(of, True if of is not tags[0] else int(100 + clock / 0.5), clock)]
            tracking, happened = track(tracking, rules, values, moment(clock))
            events += happened
    assert {event.opened.state for event in changes(events)} <= {S.RUNNING}
