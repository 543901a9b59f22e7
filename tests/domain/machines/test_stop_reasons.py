"""Why a machine stopped: the alarms around the stop."""

from __future__ import annotations

import json

import pytest
from unison_domain.machines.tracking import dump_tracking, forgetting, load_tracking, resumed

from tests.domain.machines.watched import (
    ALARM,
    RUN,
    S,
    Watched,
    changes,
    details,
    seconds,
)
from tests.domain.shop import moment, tag


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


SILENCES = pytest.mark.parametrize("seconds_of_silence", [5, 4 * 3600])


def broken_off() -> Watched:
    """Overload stopped it, and the guard was opened ten seconds later; nothing is read any more."""
    shop = Watched(RUN, ALARM)
    shop.hold(5, run=True, alarm=0)
    shop.hold(1, alarm=0b1000)
    shop.hold(10, run=False)
    shop.hold(10, alarm=0b1001)
    return shop


def last(shop: Watched) -> tuple[S, str | None, tuple[str, ...]]:
    opened = changes(shop.events)[-1].opened
    return opened.state, opened.reason, opened.alarms


@SILENCES
@pytest.mark.parametrize("restarts", [False, True])
def test_a_silence_in_a_stop_takes_nothing_from_its_first_alarm(seconds_of_silence: int, restarts: bool) -> None:
    shop = broken_off()
    if restarts:
        shop.clock += seconds_of_silence
        stored = json.loads(json.dumps(dump_tracking(shop.tracking)))
        shop.tracking = resumed(load_tracking(stored), moment(shop.clock))
        shop.feed([])
    else:
        shop.feed([])
        shop.hold(5, run=None, alarm=None)
        shop.clock += seconds_of_silence
        shop.feed([])
    assert last(shop)[0] is S.UNKNOWN
    shop.hold(10, run=False, alarm=0b1001)
    assert last(shop) == (S.FAULT, "Overload", ("Overload", "Guard open"))


def test_nor_do_two_silences() -> None:
    shop = broken_off()
    for _ in range(2):
        shop.hold(5, run=None, alarm=None)
        shop.hold(10, run=False, alarm=0b1001)
    assert last(shop) == (S.FAULT, "Overload", ("Overload", "Guard open"))


def test_what_rose_in_the_silence_comes_after_what_stood_before() -> None:
    shop = Watched(RUN, ALARM)
    shop.hold(5, run=True, alarm=0)
    shop.hold(5, run=False, alarm=0b1000)
    shop.hold(5, run=None, alarm=None)
    shop.hold(5, run=False, alarm=0b1001)
    assert last(shop) == (S.FAULT, "Overload", ("Overload", "Guard open"))


def test_an_alarm_that_is_gone_after_the_silence_is_no_reason_any_more() -> None:
    shop = broken_off()
    shop.hold(5, run=None, alarm=None)
    shop.hold(5, run=False, alarm=0b0001)
    assert last(shop) == (S.FAULT, None, ("Guard open",))


def test_nor_is_it_that_of_the_stop_after_the_machine_ran_again() -> None:
    shop = broken_off()
    shop.hold(5, run=None, alarm=None)
    shop.hold(5, run=True, alarm=0b1001)
    shop.hold(5, run=False)
    assert last(shop) == (S.FAULT, None, ("Overload", "Guard open"))


def test_a_standing_warning_is_no_reason_after_a_silence_either() -> None:
    shop = Watched(RUN, ALARM)
    shop.hold(5, run=True, alarm=0b0001)
    shop.hold(5, run=None, alarm=None)
    shop.hold(5, run=False, alarm=0b1001)
    assert last(shop) == (S.FAULT, "Overload", ("Guard open", "Overload"))


def test_a_tag_that_reads_something_else_has_no_alarms_of_before() -> None:
    shop = broken_off()
    shop.hold(5, run=None, alarm=None)
    shop.tracking = forgetting(shop.tracking, shop.rules, [ALARM.id])
    shop.hold(5, run=False, alarm=0b1001)
    assert last(shop) == (S.FAULT, "Guard open", ("Guard open", "Overload"))
