"""People at the operator pages while all fails: why a machine stands, what one without signals does, who is to come.

Whoever taps looks what the page says. Where it says nothing they tap the same once more, also at an agent that was
started anew: by its id it counts once. A machine without signals is added to the shop for them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from random import Random
from threading import Event, Thread
from typing import Any, NamedTuple, Self
from uuid import UUID

from unison_dev.api import Api
from unison_dev.floor import Floor
from unison_station.simulate.operator_page import OperatorPage

QUICK = (0.2, 0.8)
"""Seconds between two taps of a person, at least and at most."""
SLOW = (2.0, 6.0)
WITHOUT_SIGNALS = "SAW-1"
_PATIENCE_SECONDS = 60.0
_OK, _TROUBLE = 200, 500

Wish = dict[str, Any]


class Tap(NamedTuple):
    """What a page said yes to: the kind of the event it must have made, and what that is known by."""

    kind: str
    key: tuple[str, ...]


def add_machine_without_signals(api: Api) -> None:
    """At the first station, beside the shop's machines."""
    station = min(api.each("/stations"), key=lambda one: str(one["code"]))
    place = {"plant_id": station["plant_id"], "station_id": station["id"]}
    api.post("/machines", {**place, "machine_code": WITHOUT_SIGNALS, "name": "Band saw"})


class People:
    """One person at each station's page, from `with` to its end.

    Attributes:
        taken: what the pages said yes to.
    """

    def __init__(self, floor: Floor, chance: Random, pause: tuple[float, float] = QUICK) -> None:
        self._ending = Event()
        codes = [station.code for station in floor.scenario.stations]
        seeds = [chance.getrandbits(64) for _ in codes]
        self._people = [
            _Person(OperatorPage(page, code), Random(seed), pause, self._ending)
            for page, code, seed in zip(floor.pages, codes, seeds, strict=True)
        ]

    @property
    def taken(self) -> list[Tap]:
        return [tap for person in self._people for tap in person.taken]

    def __enter__(self) -> Self:
        for person in self._people:
            person.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for person in self._people:
            person.join()


class _Person(Thread):
    def __init__(self, page: OperatorPage, chance: Random, pause: tuple[float, float], ending: Event) -> None:
        super().__init__(name="person", daemon=True)
        self.taken: list[Tap] = []
        self._page, self._chance, self._pause, self._ending = page, chance, pause, ending
        self._explained: set[tuple[str, str]] = set()

    def run(self) -> None:
        while not self._ending.wait(self._chance.uniform(*self._pause)):
            with suppress(OSError):  # the agent is killed at the moment
                self._look_and_tap()

    def _look_and_tap(self) -> None:
        shown = self._page.news("hello", "catalogue", "floor")
        wishes = list(self._wishes(shown["floor"]["machines"], shown["catalogue"]))
        if not wishes:
            return
        kind = self._chance.choice(sorted({kind for kind, _ in wishes}))
        wish = self._chance.choice([wish for of, wish in wishes if of == kind])
        self._tap({**wish, "id": str(UUID(int=self._chance.getrandbits(128), version=4))}, shown["hello"]["token"])

    def _wishes(self, machines: list[dict[str, Any]], catalogue: Mapping[str, Any]) -> Iterator[tuple[str, Wish]]:
        """What could be said now, by kind."""
        for machine in machines:
            of_it: Wish = {"machine_id": machine["id"]}
            if machine["by_hand"]:
                yield (
                    "state",
                    {**of_it, "do": "state", "state": self._other_state(machine["state"], catalogue["states"])},
                )
            stop = machine["stop"]
            reasons = [
                tile["id"] for group in catalogue["reasons"][machine["type"]]["groups"] for tile in group["tiles"]
            ]
            if stop and stop["reason_id"] is None and (machine["id"], stop["started_at"]) not in self._explained:
                reason = {"reason_id": self._chance.choice(reasons), "seen_reason_id": None}
                yield "reason", {**of_it, "do": "reason", "started_at": stop["started_at"], **reason}
            for call in machine["calls"]:
                yield "call", {"do": "done" if call["state"] == "arrived" else "arrived", "call_id": call["id"]}
            if not machine["calls"]:
                yield "call", {**of_it, "do": "call", "called": self._chance.choice(catalogue["calls"])}

    def _other_state(self, state: str | None, states: list[str]) -> str:
        """Between two stops it runs: to people two stops, they would be one to the record."""
        return self._chance.choice([one for one in states if one != "running"]) if state == "running" else "running"

    def _tap(self, wish: Wish, token: str) -> None:
        ends = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends:
            with suppress(OSError):
                status, told = self._page.say(token, wish)
                if status == _OK:
                    self._note(wish)
                    return
                if status < _TROUBLE and told.get("code") != "old_token":
                    return  # it is not so any more
            time.sleep(0.1)  # nothing tells when an agent is there again
            with suppress(OSError):
                token = self._page.news("hello")["hello"]["token"]

    def _note(self, wish: Wish) -> None:
        match wish["do"]:
            case "reason":
                self._explained.add((wish["machine_id"], wish["started_at"]))
                tap = Tap("stop_reasoned", (wish["id"],))
            case "state":
                tap = Tap("state_set", (wish["id"],))
            case "call":
                tap = Tap("call_changed", (wish["id"], "called"))
            case step:
                tap = Tap("call_changed", (wish["call_id"], step))
        self.taken.append(tap)
