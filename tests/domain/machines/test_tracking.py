"""The state of a machine from its readings: each rule as an example, and the laws that hold for any input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
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
from unison_domain.stations.configuration import MachineConfiguration, TagConfiguration
from unison_domain.stations.events import Quality, StateChanged, StateDetailed
from unison_domain.stations.readings import Reading, Value

from tests.domain.shop import MACHINE, START, machine, missed, moment, read, tag

RUN = tag("run", role="run", type="bool", poll_seconds=0.5)
ALARM = tag("alarm", role="alarm", address=1, poll_seconds=0.5, alarms={0: "Guard open", 3: "Overload"})
ESTOP = tag("estop", role="emergency_stop", address=2, type="bool", poll_seconds=0.5)
MODE = tag(
    "mode", role="mode", address=3, poll_seconds=0.5, states={1: "setup", 2: "cleaning", 3: "running", 4: "stopped"}
)
STARVED = tag("starved", role="starved", address=4, type="bool", poll_seconds=0.5)
BLOCKED = tag("blocked", role="blocked", address=5, type="bool", poll_seconds=0.5)
PARTS = tag("parts", role="count_good", address=6, poll_seconds=0.5, max_rate=10.0)
CYCLE = tag("cycle", role="cycle", address=7, type="bool", poll_seconds=0.5)
POLL = 0.5

S = MachineState


class Watched:
    """A machine polled every half second: hold values for some time, then look at its intervals."""

    def __init__(self, *tags: TagConfiguration, **fields: Any) -> None:
        self.configuration: MachineConfiguration = machine(**fields)
        self.tags = tags
        self.rules = MachineRules.of(self.configuration, tags)
        self.tracking = Tracking()
        self.events: list[TrackedEvent] = []
        self.clock = 0.0
        self.values: dict[str, Value | None] = {}

    def feed(self, readings: Sequence[Reading], clock_ahead: float = 0.0) -> None:
        self.tracking, events = track(self.tracking, self.rules, readings, moment(self.clock, clock_ahead))
        self.events += events

    def hold(self, seconds: float, **values: Value | None) -> None:
        """Poll for so long with these values; None is a read without answer."""
        self.values |= values
        for _ in range(round(seconds / POLL)):
            self.feed([self.sample(of) for of in self.tags])
            self.clock += POLL

    def sample(self, of: TagConfiguration) -> Reading:
        value = self.values[of.name]
        return missed(of, self.clock) if value is None else read(of, value, self.clock)

    def silence(self, seconds: float) -> None:
        """Let time pass without any reading."""
        for _ in range(round(seconds / POLL)):
            self.feed([])
            self.clock += POLL

    def make(self, parts: int, every: float) -> None:
        """Count so many parts, one each so many seconds."""
        for _ in range(parts):
            self.hold(every - POLL)
            self.hold(POLL, parts=int(self.values["parts"] or 0) + 1)

    @property
    def intervals(self) -> list[tuple[MachineState, float]]:
        """States and when they began, in seconds after the start."""
        return [(event.opened.state, seconds(event.opened.started_at)) for event in changes(self.events)]


def changes(events: Iterable[TrackedEvent]) -> list[StateChanged]:
    return [event for event in events if isinstance(event, StateChanged)]


def details(events: Iterable[TrackedEvent]) -> list[StateDetailed]:
    return [event for event in events if isinstance(event, StateDetailed)]


def seconds(at: datetime) -> float:
    return round((at - START).total_seconds(), 3)


def test_a_stop_is_believed_after_the_off_delay_and_dated_at_its_first_sample() -> None:
    shop = Watched(RUN, off_delay_seconds=1.0)
    shop.hold(5, run=True)
    shop.hold(0.5, run=False)
    assert shop.intervals == [(S.RUNNING, 0)]
    shop.hold(1, run=False)
    assert shop.intervals == [(S.RUNNING, 0), (S.STOPPED, 5)]
    assert seconds(changes(shop.events)[-1].at) == 6


def test_a_flicker_shorter_than_the_delay_is_no_stop() -> None:
    shop = Watched(RUN, off_delay_seconds=1.0)
    shop.hold(5, run=True)
    shop.hold(1, run=False)
    shop.hold(5, run=True)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_a_change_needs_two_samples_however_short_the_delay() -> None:
    shop = Watched(RUN, on_delay_seconds=0.1)
    shop.hold(2, run=False)
    shop.hold(0.5, run=True)
    shop.silence(1)
    assert shop.intervals == [(S.STOPPED, 0)]


def test_no_signal_is_unknown_since_the_last_good_sample() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=True)
    shop.hold(10, run=None)
    shop.hold(2, run=False)
    assert shop.intervals == [(S.RUNNING, 0), (S.UNKNOWN, 4.5), (S.STOPPED, 15)]
    assert changes(shop.events)[1].opened.reason == "no reply within 0.5 s"


def test_silence_is_noticed_by_the_clock_alone() -> None:
    shop = Watched(RUN, stale_seconds=2.0)
    shop.hold(5, run=True)
    shop.silence(4)
    assert shop.intervals == [(S.RUNNING, 0), (S.UNKNOWN, 4.5)]
    assert seconds(changes(shop.events)[1].at) == 7, "decided once the last good sample is older than 2 s"


def test_a_short_loss_changes_nothing() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=True)
    shop.hold(2, run=None)
    shop.hold(5, run=True)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_one_lost_signal_makes_the_machine_unknown() -> None:
    shop = Watched(RUN, ALARM)
    shop.hold(5, run=True, alarm=0)
    shop.hold(5, alarm=None)
    assert shop.intervals == [(S.RUNNING, 0), (S.UNKNOWN, 4.5)]


@pytest.mark.parametrize(("doubted", "states"), [(True, [S.RUNNING]), (False, [S.RUNNING, S.UNKNOWN])])
def test_uncertain_samples_confirm_but_change_nothing(doubted: bool, states: list[MachineState]) -> None:
    shop = Watched(RUN)
    shop.hold(2, run=True)
    for _ in range(10):
        shop.feed([read(RUN, doubted, shop.clock, Quality.UNCERTAIN)])
        shop.clock += POLL
    assert [state for state, _ in shop.intervals] == states


def test_uncertain_samples_make_nothing_known() -> None:
    shop = Watched(RUN)
    for _ in range(10):
        shop.feed([read(RUN, True, shop.clock, Quality.UNCERTAIN)])
        shop.clock += POLL
    assert shop.intervals == [(S.UNKNOWN, 0)]


def test_a_machine_never_heard_of_is_unknown_after_a_while() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=None)
    assert shop.intervals == [(S.UNKNOWN, 0)]


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"estop": True, "mode": 1, "run": True}, S.EMERGENCY_STOP),
        ({"alarm": 8, "mode": 1}, S.FAULT),
        ({"alarm": 8, "run": True}, S.RUNNING),
        ({"mode": 1, "run": True, "blocked": True}, S.SETUP),
        ({"mode": 2}, S.CLEANING),
        ({"mode": 9, "run": True}, S.RUNNING),
        ({"blocked": True, "starved": True}, S.BLOCKED),
        ({"starved": True}, S.STARVED),
        ({"run": True}, S.RUNNING),
        ({}, S.STOPPED),
    ],
)
def test_the_order_of_priority(values: dict[str, Value], state: MachineState) -> None:
    shop = Watched(RUN, ALARM, ESTOP, MODE, STARVED, BLOCKED)
    idle = {"run": False, "alarm": 0, "estop": False, "mode": 0, "starved": False, "blocked": False}
    shop.hold(1, **{**idle, **values})
    assert shop.intervals == [(state, 0)]


def test_what_an_emergency_stop_hid_begins_when_it_ends() -> None:
    shop = Watched(RUN, ESTOP, MODE)
    shop.hold(5, run=False, estop=True, mode=0)
    shop.hold(5, mode=1)
    shop.hold(5, estop=False)
    assert shop.intervals == [(S.EMERGENCY_STOP, 0), (S.SETUP, 10)]


def test_a_mode_word_tells_production_where_there_is_no_run_signal() -> None:
    shop = Watched(MODE)
    shop.hold(5, mode=3)
    shop.hold(5, mode=4)
    shop.hold(5, mode=77)
    assert shop.intervals == [(S.RUNNING, 0), (S.STOPPED, 5), (S.UNKNOWN, 10)]
    assert changes(shop.events)[-1].opened.reason == "no signal tells whether it produces"


def test_a_run_signal_without_parts_is_no_output() -> None:
    shop = Watched(RUN, PARTS, ideal_cycle_seconds=2.0)
    shop.hold(POLL, run=True, parts=0)
    shop.make(5, every=2.0)
    shop.hold(12)
    assert shop.intervals == [(S.RUNNING, 0), (S.NO_OUTPUT, 12)], "one cycle after the part at 10 s"
    shop.make(2, every=2.0)
    assert shop.intervals[-1] == (S.RUNNING, shop.clock - 2 - POLL)


def test_a_warning_that_ends_meanwhile_does_not_move_the_begin_of_no_output() -> None:
    shop = Watched(RUN, ALARM, PARTS, ideal_cycle_seconds=2.0)
    shop.hold(POLL, run=True, alarm=1, parts=0)
    shop.make(5, every=2.0)
    shop.hold(6)
    shop.hold(6, alarm=0)
    assert shop.intervals == [(S.RUNNING, 0), (S.NO_OUTPUT, 12)]


def test_a_silent_counter_that_is_lost_proves_nothing() -> None:
    shop = Watched(RUN, PARTS, ideal_cycle_seconds=2.0)
    shop.hold(5, run=True, parts=0)
    shop.hold(30, parts=None)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_without_a_run_signal_parts_tell_production() -> None:
    shop = Watched(PARTS, ideal_cycle_seconds=2.0)
    shop.hold(12, parts=0)
    shop.make(5, every=2.0)
    shop.hold(12)
    assert shop.intervals == [(S.STOPPED, 0), (S.RUNNING, 13.5), (S.STOPPED, 23.5)], "last part at 21.5 s, plus a cycle"


def test_a_cycle_pulse_tells_production_too() -> None:
    shop = Watched(CYCLE, ideal_cycle_seconds=2.0)
    for _ in range(5):
        shop.hold(POLL, cycle=True)
        shop.hold(1.5, cycle=False)
    shop.hold(12)
    assert shop.intervals == [(S.RUNNING, 2), (S.STOPPED, 10)]


def test_parts_made_while_nobody_looked_do_not_prove_production_now() -> None:
    shop = Watched(PARTS, ideal_cycle_seconds=2.0)
    shop.hold(12, parts=0)
    shop.hold(20, parts=None)
    shop.hold(5, parts=10)
    assert [state for state, _ in shop.intervals] == [S.STOPPED, S.UNKNOWN]


def test_the_first_alarm_around_a_stop_is_its_reason() -> None:
    shop = Watched(RUN, ALARM)
    shop.hold(5, run=True, alarm=0)
    shop.hold(1, alarm=0b1000)
    shop.hold(3, run=False)
    shop.hold(3, alarm=0b1001)
    shop.hold(3, alarm=0b1011)
    opened = changes(shop.events)[-1].opened
    assert (opened.state, seconds(opened.started_at), opened.reason, opened.alarms) == (
        S.FAULT,
        6,
        "Overload",
        ("Overload",),
    )
    assert [(detail.reason, detail.alarms) for detail in details(shop.events)] == [
        ("Overload", ("Overload", "Guard open")),
        ("Overload", ("Overload", "Guard open", "alarm bit 1")),
    ]
    assert {detail.interval_id for detail in details(shop.events)} == {opened.id}


def test_an_alarm_shortly_after_a_stop_is_its_reason_and_a_late_one_is_not() -> None:
    shop = Watched(RUN, ALARM, off_delay_seconds=0.0)
    shop.hold(5, run=True, alarm=0)
    shop.hold(2, run=False)
    shop.hold(0.5, alarm=1)
    assert [(detail.reason, detail.alarms) for detail in details(shop.events)] == [("Guard open", ("Guard open",))]
    late = Watched(RUN, ALARM, off_delay_seconds=0.0)
    late.hold(5, run=True, alarm=0)
    late.hold(6, run=False)
    late.hold(0.5, alarm=1)
    assert [(detail.reason, detail.alarms) for detail in details(late.events)] == [(None, ("Guard open",))]


def test_a_standing_warning_is_no_reason_but_is_told() -> None:
    shop = Watched(RUN, ALARM)
    shop.hold(5, run=True, alarm=1)
    shop.hold(5, run=False)
    opened = changes(shop.events)[-1].opened
    assert (opened.state, opened.reason, opened.alarms) == (S.FAULT, None, ("Guard open",))


def test_an_alarm_code_is_told_by_its_text_or_number() -> None:
    code = tag("code", role="alarm", address=1, alarm_bits=False, alarms={17: "No air"})
    for value, text in ((17, "No air"), (18, "code 18")):
        shop = Watched(RUN, code)
        shop.hold(5, run=True, code=0)
        shop.hold(5, run=False, code=value)
        assert changes(shop.events)[-1].opened.reason == text


def test_a_restart_after_a_while_leaves_an_unknown_stretch() -> None:
    shop = Watched(RUN, PARTS)
    shop.hold(5, run=True, parts=0)
    shop.clock += 60
    shop.tracking = resumed(load_tracking(json.loads(json.dumps(dump_tracking(shop.tracking)))), moment(shop.clock))
    shop.hold(2, run=True, parts=20)
    assert shop.intervals == [(S.RUNNING, 0), (S.UNKNOWN, 4.5), (S.RUNNING, 65)]


def test_a_quick_restart_changes_nothing() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=True)
    shop.clock += 1
    shop.tracking = resumed(shop.tracking, moment(shop.clock))
    shop.hold(5, run=True)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_a_new_tag_gets_time_to_be_read() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=True)
    shop.tags = (RUN, ALARM)
    shop.rules = MachineRules.of(shop.configuration, shop.tags)
    shop.silence(1)
    shop.hold(5, alarm=0)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_a_machine_without_signals_has_no_state_of_its_own() -> None:
    shop = Watched(tag("temperature", role="sample"))
    shop.hold(10, temperature=20)
    assert shop.events == []
    assert shop.tracking.last_signal == moment(9.5)


def test_started_at_grows_though_the_clock_is_set_back() -> None:
    shop = Watched(RUN, off_delay_seconds=0.0, on_delay_seconds=0.0)
    for value, ahead in ((True, 0.0), (False, -3600.0), (True, -3600.0), (False, 86_400.0)):
        shop.feed([read(RUN, value, shop.clock, clock_ahead=ahead)], clock_ahead=ahead)
        shop.clock += 1
    starts = [event.opened.started_at for event in changes(shop.events)]
    assert len(starts) == 4
    assert starts == sorted(set(starts))


def test_what_is_stored_of_a_machine_must_be_that() -> None:
    with pytest.raises(ValueError, match="signals"):
        load_tracking({"signals": "nonsense"})


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
