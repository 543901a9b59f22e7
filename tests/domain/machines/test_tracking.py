"""The state of a machine from its readings: each rule as an example."""

from __future__ import annotations

import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Value

from tests.domain.machines.watched import (
    ALARM,
    BLOCKED,
    CYCLE,
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
from tests.domain.shop import read


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
