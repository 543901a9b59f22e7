"""Office and operator page part stops and ask about them alike: by one table, and in whatever order states come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from unison_domain.identity.overrides import OverrideKind
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.stop_causes import AskedStop, StopCause
from unison_domain.machines.stop_ends import MAY_LAST, WORK_OF_ITS_OWN
from unison_domain.stations.events import Event
from unison_server.kernel.database import Database
from unison_server.machines.downtime.causes import end_of_stop
from unison_station.operator.floor import Floor as Page
from unison_station.operator.stops import Stop, waiting

from tests.domain.machines.stories import MICRO_STOP, STORIES, Step
from tests.server.machines.test_downtime import Json, act, done, listed, reasons
from tests.server.machines.test_station_words import quarantined, reasoned, state_set
from tests.server.machines.test_told_causes import heard
from tests.server.machines.test_told_states import heard as states_heard
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import START, Floor, at, stamp

__all__ = ["reasons"]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
APART = 10_000
"""Seconds between two stories of one machine, which runs in between."""


@pytest.fixture
def plant(floor: Floor) -> Floor:
    """A floor whose people set states by hand without anybody behind them."""
    for kind in (OverrideKind.MACHINE_STATE, OverrideKind.STOP_REASON):
        demand_nothing(floor, kind)
    return floor


class Shop:
    """A machine of which the server and an operator page hear the same events."""

    def __init__(self, floor: Floor, begin: float) -> None:
        """It runs from `begin` on, in seconds after `START`."""
        self.floor, self.moment = floor, begin
        self._page, self._told = Page(), list[Json]()
        self._words = list[str]()
        self._last: Json | None = None
        self.enter(Step(MachineState.RUNNING, 60))

    @property
    def stops(self) -> tuple[Stop, ...]:
        """As the page parts them."""
        return self._page.machines[self.floor.machines[0]].stops

    @property
    def asking(self) -> frozenset[datetime]:
        """Starts of those the page asks about."""
        return waiting(self.stops, MICRO_STOP)

    def enter(self, step: Step) -> None:
        """The machine is in this state for its time."""
        if step.by_hand:
            self._hear(state_set(self.floor, self.moment, str(step.state)))
        else:
            alarm: dict[str, Any] = {"reason": "oil"} if step.has_alarm else {}
            self._last = last = self.floor.changed(self.moment, str(step.state), self._last, **alarm)
            self._hear(last)
        self.moment += step.seconds

    def say(self, stop: Stop, reason: str, within: float | None = None) -> None:
        """A person gives a stop a reason at the page; `within` so many seconds of its last state."""
        begun = (stop.started_at - START).total_seconds()
        ended = {} if stop.ended_at is None else {"ended_at": stop.ended_at.isoformat()}
        seen = {} if stop.reason_id is None else {"seen_reason_id": str(stop.reason_id)}
        moment = self.moment if within is None else within
        self._hear(reasoned(self.floor, moment, begun, reason, **ended, **seen))

    def set_in_the_office(self, step: Step) -> None:
        """Somebody in the office says that the machine is in this state; no page hears of it by that."""
        self.send()
        path, said = (
            f"/machines/{self.floor.machines[0]}/status",
            {"state": step.state, "at": at(self.moment).isoformat()},
        )
        answer = self.floor.admin.send("PUT", path, json=said)
        assert answer.status_code == 200, answer.text
        self._words.append(answer.json()["word_id"])
        self.moment += step.seconds

    def take_back_in_the_office(self) -> None:
        """Who set the state takes that back, if it stands still and nobody said why the machine stood meanwhile."""
        self.send()
        path = f"/machines/{self.floor.machines[0]}"
        word = self.floor.admin.get(path).json()["live"]["word_id"]
        if word in self._words:
            answer = self.floor.admin.post(f"{path}/status/{word}/undo")
            assert answer.status_code == 200 or answer.json()["code"] == "explained_since", answer.text

    def hear_states(self) -> None:
        """The page hears which states stand at the server."""
        self.send()
        for told in states_heard(self.floor.sender):
            state = OpenState.model_validate(told)
            if state.machine_id == self.floor.machines[0]:
                self._page = self._page.told_state(state, MICRO_STOP, has_signals=True)

    def hear_causes(self) -> None:
        """The page hears what the server has of the page's stops."""
        self.send()
        stops = {stop.started_at: stop for stop in self.stops}
        parts = [AskedStop(self.floor.machines[0], stop.started_at, stop.ended_at) for stop in self.stops]
        for told in heard(self.floor, *parts) if parts else ():
            cause = StopCause.model_validate(told)
            self._page = self._page.told_cause(cause, stops[cause.started_at])

    def send(self) -> None:
        """The server hears what the page knows."""
        self.floor.sender.send(self._told)
        self._told = []

    def _hear(self, event: Json) -> None:
        self._told.append(event)
        self._page = self._page.after([EVENT.validate_python(event)], {}, {self.floor.machines[0]: MICRO_STOP})


def agree(shop: Shop, begin: float) -> None:
    """The office says of each part of the story that began then what the page says, and its queue is what is asked."""
    floor, machine = shop.floor, shop.floor.machines[0]
    agree_of_parts(shop)
    queue = listed(floor, "/unassigned", **{"from": at(begin).isoformat(), "to": at(shop.moment).isoformat()})
    waits = {part_of(event, shop.stops).started_at for event in queue}
    assert waits == shop.asking
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        for stop in shop.stops:
            assert end_of_stop(session, machine, stop.started_at) == stop.ended_at


def agree_of_parts(shop: Shop) -> None:
    """The office says of each part what the page says, also of the one that lasts."""
    parts = [AskedStop(shop.floor.machines[0], stop.started_at, stop.ended_at) for stop in shop.stops]
    told = {one["started_at"]: one for one in (heard(shop.floor, *parts) if parts else [])}
    office = [(one["asks"], one["reason_id"] and UUID(one["reason_id"])) for one in told.values()]
    assert office == [(stop.started_at in shop.asking, stop.reason_id) for stop in shop.stops]


def part_of(event: Json, stops: Sequence[Stop]) -> Stop:
    """The part an event of the queue ends in."""
    end = datetime.fromisoformat(event["ended_at"])
    (part,) = (stop for stop in stops if stop.ended_at is not None and stop.started_at < end <= stop.ended_at)
    return part


def is_of_any(event: Json, stops: Sequence[Stop]) -> bool:
    """Whether the page shows some of it; what the office set where the page knew of none the office alone explains."""
    start, end = (datetime.fromisoformat(event[name]) for name in ("started_at", "ended_at"))
    return any(stop.started_at < end and (stop.ended_at is None or start < stop.ended_at) for stop in stops)


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
        lasting = [stop for stop in shop.stops if stop.ended_at is None]
        if place in said and lasting:
            shop.say(lasting[0], reasons[110], within=shop.moment - 5)
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
        lasting = [stop for stop in shop.stops if stop.ended_at is None]
        if place in said and lasting:
            shop.say(lasting[0], reasons[110], within=shop.moment - 5)
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
        lasting = [stop for stop in shop.stops if stop.ended_at is None]
        if place in said and lasting:
            shop.say(lasting[0], reasons[110], within=shop.moment - 5)
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
