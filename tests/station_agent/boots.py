"""A press, its agent's rules and operator page, and a PC that is started anew with whatever clock it has by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from unison_domain.stations.batch import ClockReading
from unison_domain.stations.events import Event
from unison_domain.stations.read_plan import plan
from unison_domain.stations.readings import Moment
from unison_domain.stations.tail_hash import BEGINNING
from unison_station.devices.observation import BlockRead, Observation
from unison_station.engine.derivation import Derivation
from unison_station.operator.actions import SayReason
from unison_station.operator.decisions import Situation, decide
from unison_station.operator.desk import Desk
from unison_station.operator.recent import Recent
from unison_station.store import Store
from unison_station.uplink.composing import compose

from tests.station_agent.configurations import MACHINE, device, machine_tags
from tests.station_agent.operator.shop import shop
from tests.station_agent.store.making import ROOMY, START, Pc

RATE = 1.0
"""Parts per second the press can make."""

_RUN, _ALARM, _GOOD, _TEMPERATURE = (
    one.model_copy(update={"max_rate": RATE if one.name == "good" else one.max_rate})
    for one in machine_tags("press", poll_seconds=1.0)
)
PRESS = device("press", 502, _RUN, _ALARM, _GOOD, _TEMPERATURE)
WANTED = shop().model_copy(update={"devices": (PRESS,)})


class Site:
    """Looks at the press once a second.

    Attributes:
        truth: the time by the server's clock.
        made: parts the press made; the register counts the same and can't be set.
    """

    def __init__(self, folder: Path, error: timedelta = timedelta(0)) -> None:
        self.folder, self.truth, self.made = folder, START, 0
        self.runs = True
        self.pc = Pc(START + error)
        self._start()

    @property
    def now(self) -> Moment:
        return Moment(self.store.clock.now(), self.store.clock.monotonic())

    def hears(self, error: timedelta = timedelta(0)) -> None:
        """The server tells its time, which may be wrong."""
        self.store.timeline.learn((self.truth + error).timestamp() - self.pc.monotonic())

    def look(self, times: int = 1, parts: int = 0) -> None:
        """A second each, with so many parts made in it."""
        for _ in range(times):
            self.truth += timedelta(seconds=1)
            self.pc.pass_seconds(1)
            self.made += parts
            registers = [int(self.runs), 0, self.made, 215]
            reads = tuple(
                BlockRead(block, registers[block.address : block.end], None, None, False, self.now, 0.0)
                for block in plan(PRESS).blocks
            )
            step = self.derivation.step((Observation(PRESS.id, reads, (), None, False, self.now),), self.now)
            self._commit(step.events, step.state)

    def reboot(self, seconds: float, error: timedelta = timedelta(0), parts: int = 0, clean: bool = True) -> None:
        """The PC is off for so long, and its clock is wrong by `error` then; only an unclean end loses a second."""
        if clean:
            self.store.commit([], self.derivation.dump())
        self.store.close(clean=clean)
        self.truth += timedelta(seconds=seconds)
        self.made += parts
        self.pc.reboot(self.truth + error)
        self._start()

    def restart(self) -> None:
        """The agent alone."""
        self.store.close()
        self._start()

    def says(self, reason: UUID) -> None:
        """Somebody taps a reason for the stop that lasts."""
        stop = self.desk.floor.machines[MACHINE].stop
        assert stop is not None
        said = SayReason(
            do="reason",
            id=uuid4(),
            machine_id=MACHINE,
            started_at=stop.started_at,
            reason_id=reason,
            seen_reason_id=stop.reason_id,
            person="Ann",
        )
        (word,), _ = decide(said, Situation(WANTED, frozenset(), self.desk.floor, Recent(), (), self.now.at))
        self._commit([word], {})

    @property
    def sent(self) -> list[dict[str, Any]]:
        """All events as the server gets them."""
        batch = compose(
            agent_id=WANTED.agent_id,
            epoch=self.store.outgoing.epoch,
            previous=BEGINNING,
            configuration=1,
            clock=ClockReading(sent_at=self.now.at, monotonic_seconds=self.now.monotonic, boot_id="boot"),
            is_all=False,
            rows=self.store.outgoing.pending(100_000, 100_000_000),
            lines=self.store.timeline.lines,
        )
        events: list[dict[str, Any]] = orjson.loads(batch)["events"]
        return events

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind."""
        return [event for event in self.sent if event["kind"] == kind]

    def _start(self) -> None:
        self.store = Store.open(self.folder, ROOMY, self.pc)
        stored = self.store.load_state()
        self.derivation = Derivation(WANTED, stored, self.now, self.store.timeline.line)
        assert not self.derivation.unreadable
        self.desk = Desk(stored, WANTED)
        self.desk.begin(
            self.derivation.live().machines,
            lambda: self.now.at,
            self.store.outgoing.epoch,
            lambda: self.store.timeline.line,
        )
        self.store.commit([], self.derivation.dump())

    def _commit(self, events: Sequence[Event], state: dict[str, bytes]) -> None:
        self.store.commit(events, {**state, **self.desk.follow(events, WANTED)})


def time(text: str) -> datetime:
    """A moment of an event that was sent."""
    return datetime.fromisoformat(text)
