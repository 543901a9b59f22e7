"""A machine of which the server and an operator page hear the same events, and what both must say of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.stop_causes import AskedStop, StopCause
from unison_domain.stations.events import Event
from unison_server.kernel.database import Database
from unison_server.machines.downtime.causes import end_of_stop
from unison_station.operator.floor import Floor as Page
from unison_station.operator.stops import Stop, waiting

from tests.domain.machines.stories import MICRO_STOP, Step
from tests.server.machines.test_downtime import Json, listed
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.machines.test_told_causes import heard
from tests.server.machines.test_told_states import heard as states_heard
from tests.server.stations.floor import START, Floor, at

EVENT: TypeAdapter[Event] = TypeAdapter(Event)


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

    def say_of_what_lasts(self, reason: str) -> None:
        """A person gives the stop that lasts a reason, 5 s after its last state began, if one lasts."""
        lasting = [stop for stop in self.stops if stop.ended_at is None]
        if lasting:
            self.say(lasting[0], reason, within=self.moment - 5)

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
