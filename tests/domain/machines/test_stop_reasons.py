"""Why a machine stopped: the alarms around the stop."""

from __future__ import annotations

from tests.domain.machines.watched import (
    ALARM,
    RUN,
    S,
    Watched,
    changes,
    details,
    seconds,
)
from tests.domain.shop import tag


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
