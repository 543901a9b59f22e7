"""Office and operator page part stops and ask about them alike: by one table, and in whatever order states come."""

from __future__ import annotations

from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unison_domain.identity.overrides import OverrideKind
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.stop_ends import MAY_LAST, WORK_OF_ITS_OWN

from tests.domain.machines.stories import STORIES, Step
from tests.server.machines.page_and_office import Shop, agree, agree_of_parts, is_of_any
from tests.server.machines.test_downtime import act, done, listed, reasons
from tests.server.machines.test_station_words import quarantined
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["reasons"]

APART = 10_000
"""Seconds between two stories of one machine, which runs in between."""


@pytest.fixture
def plant(floor: Floor) -> Floor:
    """A floor whose people set states by hand without anybody behind them."""
    for kind in (OverrideKind.MACHINE_STATE, OverrideKind.STOP_REASON):
        demand_nothing(floor, kind)
    return floor


def test_the_server_asks_as_the_table_says(plant: Floor, reasons: dict[int, str]) -> None:
    for place, (name, story) in enumerate(STORIES.items()):
        begin = place * APART
        shop = Shop(plant, begin)
        for step in story.steps:
            shop.enter(step)
        shop.send()
        agree_of_parts(shop)
        shop.enter(Step(MachineState.RUNNING, 0))
        for stop in shop.stops:
            if (stop.started_at - at(begin + 60)).total_seconds() in story.said:
                shop.say(stop, reasons[110])
        shop.send()
        parts = [
            (*(0.0 if end is None else (end - at(begin + 60)).total_seconds() for end in ends), start in shop.asking)
            for start, ends in ((stop.started_at, (stop.started_at, stop.ended_at)) for stop in shop.stops)
        ]
        assert parts == [tuple(part) for part in story.parts], name
        agree(shop, begin)
    assert quarantined(plant) == []


STATES = st.sampled_from([state for state in MachineState if state is not MachineState.RUNNING] * 2 + [*MachineState])
STEPS = st.builds(
    Step, STATES, st.sampled_from([10.0, 60.0, 100.0, 121.0, 300.0]), st.booleans(), st.sampled_from([False, True])
)
BEGINS = count(0)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(STEPS, min_size=1, max_size=14),
    said=st.frozensets(st.integers(0, 13), max_size=4),
    afterwards=st.frozensets(st.integers(0, 13), max_size=3),
    looked=st.frozensets(st.integers(0, 13), max_size=3),
)
def test_in_whatever_order_states_and_words_come(
    plant: Floor,
    reasons: dict[int, str],
    told: list[Step],
    said: frozenset[int],
    afterwards: frozenset[int],
    looked: frozenset[int],
) -> None:
    begin = next(BEGINS) * APART
    shop = Shop(plant, begin)
    for place, step in enumerate(told):
        is_sayable = step.state is not MachineState.UNKNOWN
        shop.enter(step._replace(by_hand=step.by_hand and is_sayable))
        if place in said:
            shop.say_of_what_lasts(reasons[110])
        if place in looked:
            shop.send()
            agree_of_parts(shop)
    shop.enter(Step(MachineState.RUNNING, 0))
    for place in sorted(afterwards & set(range(len(shop.stops)))):
        shop.say(shop.stops[place], reasons[310])
    shop.send()
    agree(shop, begin)


OFFICE_STEPS = st.builds(
    Step, st.sampled_from([state for state in MachineState if state is not MachineState.UNKNOWN]), st.just(60.0)
)
PLACES = st.frozensets(st.integers(0, 9), max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(STEPS, min_size=1, max_size=8),
    office=st.dictionaries(st.integers(0, 7), OFFICE_STEPS, min_size=1, max_size=4),
    said=PLACES,
    undone=PLACES,
)
def test_a_page_that_hears_what_the_office_set_and_took_back_tells_the_offices_story(
    plant: Floor,
    reasons: dict[int, str],
    told: list[Step],
    office: dict[int, Step],
    said: frozenset[int],
    undone: frozenset[int],
) -> None:
    begin = next(BEGINS) * APART
    shop = Shop(plant, begin)
    for place, step in enumerate(told):
        shop.enter(step._replace(by_hand=False))
        if place in office:
            shop.set_in_the_office(office[place])
            shop.hear_states()
        if place in said:
            shop.say_of_what_lasts(reasons[110])
        if place in undone:
            shop.take_back_in_the_office()
            shop.hear_states()
        shop.send()
        agree_of_parts(shop)
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.send()
    agree(shop, begin)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(STEPS, min_size=1, max_size=8),
    office=st.dictionaries(st.integers(0, 7), OFFICE_STEPS, min_size=1, max_size=4),
    said=PLACES,
    heard_at=PLACES,
)
def test_however_late_a_page_hears_what_the_office_set_its_taps_leave_nothing_to_ask_of_what_it_shows(
    plant: Floor,
    reasons: dict[int, str],
    told: list[Step],
    office: dict[int, Step],
    said: frozenset[int],
    heard_at: frozenset[int],
) -> None:
    begin = next(BEGINS) * APART
    shop = Shop(plant, begin)
    for place, step in enumerate(told):
        shop.enter(step._replace(by_hand=False))
        if place in office:
            shop.set_in_the_office(office[place])
        if place in heard_at:
            shop.hear_states()
        if place in said:
            shop.say_of_what_lasts(reasons[110])
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.hear_causes()
    for _ in shop.stops:  # what is said of one part may be what another waits for
        for stop in shop.stops:
            if stop.started_at in shop.asking:
                shop.say(stop, reasons[110])
        shop.hear_causes()
    assert shop.asking == frozenset(), (told, office, said, heard_at)
    span = {"from": at(begin).isoformat(), "to": at(shop.moment).isoformat()}
    left = listed(shop.floor, "/unassigned", **span)
    assert not [event for event in left if is_of_any(event, shop.stops)], (told, office, said, heard_at)
    assert quarantined(plant) == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    office=st.lists(
        st.builds(Step, st.sampled_from(sorted(MAY_LAST | WORK_OF_ITS_OWN)), st.just(300.0)), min_size=1, max_size=4
    )
)
def test_a_tap_after_all_the_office_set_unheard_leaves_nothing_to_ask(
    plant: Floor, reasons: dict[int, str], office: list[Step]
) -> None:
    begin = next(BEGINS) * APART
    shop = Shop(plant, begin)
    shop.enter(Step(MachineState.STOPPED, 300))
    for step in office:
        shop.set_in_the_office(step)
    shop.say(shop.stops[-1], reasons[110])
    shop.send()
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.send()
    span = {"from": at(begin).isoformat(), "to": at(shop.moment).isoformat()}
    assert listed(shop.floor, "/unassigned", **span) == [], office
    assert quarantined(plant) == []


@pytest.mark.parametrize("state", ["stopped", "fault", "maintenance"])
def test_a_reason_for_a_stop_that_the_office_parted_unheard_is_of_all_of_it(
    plant: Floor, reasons: dict[int, str], state: str
) -> None:
    shop = Shop(plant, 0)
    shop.enter(Step(MachineState.STOPPED, 300))
    shop.set_in_the_office(Step(MachineState(state), 300))
    shop.say(shop.stops[-1], reasons[110])
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.send()
    assert [event["downtime_reason_code"] for event in listed(plant)] == ["110"]
    agree_of_parts(shop)


@pytest.mark.parametrize("between", ["setup", "cleaning", "running", "no_output"])
def test_where_a_stop_went_on_after_work_that_the_page_never_heard_of_it_asks_again(
    plant: Floor, reasons: dict[int, str], between: str
) -> None:
    shop = Shop(plant, 0)
    shop.enter(Step(MachineState.FAULT, 300))
    shop.set_in_the_office(Step(MachineState(between), 60))
    shop.say(shop.stops[-1], reasons[110])
    shop.enter(Step(MachineState.FAULT, 300))
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.hear_causes()
    (stop,) = shop.stops
    assert stop.reason_id == UUID(reasons[110])
    assert shop.asking == {stop.started_at}, "what was said was not of all of it"
    shop.say(stop, reasons[110])
    shop.hear_causes()
    assert shop.asking == frozenset()
    assert listed(plant, "/unassigned", **{"from": stamp(0), "to": stamp(shop.moment)}) == []


@pytest.mark.parametrize("verb", ["annotate", "assign"])
def test_what_is_said_of_setup_between_two_parts_stays_and_stands_against_nothing(
    plant: Floor, reasons: dict[int, str], verb: str
) -> None:
    shop = Shop(plant, 0)
    shop.enter(Step(MachineState.STOPPED, 300))
    shop.set_in_the_office(Step(MachineState.SETUP, 300))
    shop.set_in_the_office(Step(MachineState.STOPPED, 300))
    done(act(plant, listed(plant)[1], "split", at=stamp(360)))
    (setup,) = [event for event in listed(plant) if event["started_at"] == stamp(360)]
    said = {"notes": "new die"} if verb == "annotate" else {"downtime_reason_id": reasons[310]}
    done(act(plant, setup, verb, **said))
    shop.say(shop.stops[-1], reasons[110])
    shop.send()
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.send()
    told = [(event["downtime_reason_code"], event["notes"]) for event in listed(plant)]
    between = (None, "new die") if verb == "annotate" else ("310", None)
    assert told == [("110", None), between, ("110", None)]
    assert quarantined(plant) == []


def test_a_reason_said_before_the_office_set_a_state_is_of_the_part_before_it(
    plant: Floor, reasons: dict[int, str]
) -> None:
    shop = Shop(plant, 0)
    shop.enter(Step(MachineState.STOPPED, 300))
    shop.say(shop.stops[-1], reasons[110], within=200)
    shop.set_in_the_office(Step(MachineState.FAULT, 300))
    shop.hear_states()
    assert [(stop.reason_id is None, stop.ended_at is None) for stop in shop.stops] == [(False, False), (True, True)]
    shop.enter(Step(MachineState.RUNNING, 0))
    shop.send()
    assert [event["downtime_reason_code"] for event in listed(plant)] == [None, "110"]
    agree_of_parts(shop)
