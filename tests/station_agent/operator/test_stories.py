"""The operator page parts stops, and asks about them, as the table says that the office is held to too."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

import pytest
from unison_domain.kernel.contracts import Page
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.stop_causes import MOST_STOPS, AskedStop
from unison_domain.machines.stop_parts import PIECES_KEPT
from unison_domain.stations.events import Event
from unison_station.clock import EPOCH, Line
from unison_station.operator import office_causes
from unison_station.operator.floor import Floor
from unison_station.operator.office_causes import ASKED_EVERY_SECONDS, OfficeCauses, asked_of
from unison_station.operator.stops import STOPS_KEPT, waiting

from tests.domain.machines.stories import MICRO_STOP, STORIES, Asked, Step, Story, steps
from tests.station_agent.configurations import MACHINE, SPACE
from tests.station_agent.operator.test_floor import START, ZONES, at, changed, reasoned, set_by_hand


def told(story: Story) -> list[Event]:
    moment, events = 0.0, list[Event]()
    for step in (Step(MachineState.RUNNING, 60), *story.steps, Step(MachineState.RUNNING, 0)):
        start = moment - 60
        by_signals = changed(start, step.state, "oil" if step.has_alarm else None)
        events.append(set_by_hand(start, step.state) if step.by_hand else by_signals)
        moment += step.seconds
    return events + [reasoned(moment, start, uuid5(SPACE, "why")) for start in sorted(story.said)]


def asked(floor: Floor) -> tuple[Asked, ...]:
    stops = floor.machines[MACHINE].stops
    asking = waiting(stops, MICRO_STOP)
    return tuple(
        Asked(
            (stop.started_at - START).total_seconds(),
            (stop.ended_at - START).total_seconds() if stop.ended_at else -1.0,
            stop.started_at in asking,
        )
        for stop in stops
    )


@pytest.mark.parametrize("name", STORIES)
def test_the_page_asks_as_the_table_says(name: str) -> None:
    story = STORIES[name]
    assert asked(Floor().after(told(story), ZONES, {MACHINE: MICRO_STOP})) == story.parts


def test_of_a_machine_that_goes_to_and_fro_for_days_little_is_kept_and_its_long_fault_asks() -> None:
    to_and_fro = steps(", ".join(["fault 5, manual 5", "fault 600, manual 5", *["fault 5, manual 5, starved 5"] * 200]))
    floor = Floor().after(told(Story(to_and_fro, ())), ZONES, {MACHINE: MICRO_STOP})
    (part,) = asked(floor)
    assert (part.started, part.asks) == (0, True)
    assert len(floor.machines[MACHINE].stops[0].pieces) <= PIECES_KEPT
    short = Story(tuple(step for step in to_and_fro if step.seconds < 600), ())
    assert [one.asks for one in asked(Floor().after(told(short), ZONES, {MACHINE: MICRO_STOP}))] == [False]


def test_while_it_lasts_it_asks_however_short_it_is() -> None:
    lasting = Floor().after([changed(0, MachineState.FAULT)], ZONES).machines[MACHINE].stops
    assert waiting(lasting, MICRO_STOP) == {at(0)}
    starved = Floor().after([changed(0, MachineState.FAULT), changed(10, MachineState.STARVED)], ZONES)
    assert waiting(starved.machines[MACHINE].stops, MICRO_STOP) == frozenset(), "what it waits for now tells why"


@pytest.mark.parametrize("follows", [MachineState.MAINTENANCE, MachineState.STARVED])
def test_a_fault_asks_while_what_follows_it_lasts(follows: MachineState) -> None:
    floor = Floor().after([changed(0, MachineState.FAULT), changed(300, follows)], ZONES, {MACHINE: MICRO_STOP})
    assert waiting(floor.machines[MACHINE].stops, MICRO_STOP) == {at(0)}


def test_the_office_is_asked_about_what_lasts_though_it_asks_nobody() -> None:
    floor = Floor().after([changed(0, MachineState.STARVED)], ZONES)
    assert [stop.started_at for _, stop in asked_of(floor)] == [at(0)], "somebody in the office may say why"
    over = floor.after([changed(300, MachineState.RUNNING)], ZONES)
    assert asked_of(over) == []


def machine_of_many_stops(name: str, first: float, *, lasts: bool) -> list[Event]:
    """As many as are kept, each somebody's but the first, which waits for a reason."""
    events: list[Event] = []
    for number in range(STOPS_KEPT):
        start = first + 1000 * number
        events += [changed(start, MachineState.FAULT), reasoned(start + 60, start, uuid5(SPACE, "why"))]
        if number == 0:
            events.pop()
        if not lasts or number + 1 < STOPS_KEPT:
            events.append(changed(start + 600, MachineState.RUNNING))
    return [event.model_copy(update={"machine_id": uuid5(SPACE, name)}) for event in events]


def test_of_more_stops_than_one_question_holds_what_lasts_and_waits_is_always_asked_and_the_rest_takes_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = timedelta(days=1).total_seconds()
    told = machine_of_many_stops("old", 0, lasts=True)
    for number, name in enumerate(("newer", "newest"), 3):
        told += machine_of_many_stops(name, number * day, lasts=False)
    floor = Floor().after(told, {})
    every = {(machine, stop.started_at) for machine, notes in floor.machines.items() for stop in notes.stops}
    assert len(every) == 3 * STOPS_KEPT > MOST_STOPS
    questions: list[set[tuple[UUID, datetime]]] = []

    def answer(_transport: Any, _path: str, query: list[tuple[str, str]], _kind: Any) -> Page[Any]:
        stops = [AskedStop.of(text) for _, text in query]
        questions.append({(stop.machine_id, stop.started_at) for stop in stops})
        return Page(items=[])

    monkeypatch.setattr(office_causes, "answer_of", answer)
    store: Any = SimpleNamespace(
        timeline=SimpleNamespace(line=Line(EPOCH, 0.0)), outgoing=SimpleNamespace(waits=lambda _kinds: False)
    )
    times = iter(range(0, 10**6, int(ASKED_EVERY_SECONDS) + 1))
    desk: Any = SimpleNamespace(floor=floor)
    nobody: Any = None
    causes = OfficeCauses(desk, nobody, store, lambda: next(times))
    for _ in range(3):
        causes.ask(nobody)
    assert all(len(question) <= MOST_STOPS for question in questions)
    urgent = {(uuid5(SPACE, "old"), at(1000.0 * (STOPS_KEPT - 1)))}
    urgent |= {(uuid5(SPACE, name), at(first)) for name, first in (("old", 0), ("newer", 3 * day), ("newest", 4 * day))}
    assert all(urgent <= question for question in questions)
    assert set.union(*questions) == every
