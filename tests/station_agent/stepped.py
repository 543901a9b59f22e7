"""A whole agent without threads and devices: its buffer, rules and uplink, taken step by step, on a line that fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random
from uuid import UUID

from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import AgentStarted
from unison_domain.stations.read_plan import plan
from unison_domain.stations.readings import Moment
from unison_station.clock import PcTime, ServerTime
from unison_station.configuration_file import etag_of, load_configuration, save_configuration
from unison_station.devices.observation import BlockRead, Observation
from unison_station.engine.derivation import Derivation, Live, used_leases
from unison_station.store import Limits, Store
from unison_station.uplink import CONFIGURATION_FILE, Identity, load_identity
from unison_station.uplink.backoff import Backoff
from unison_station.uplink.heartbeat import Beater
from unison_station.uplink.sender import Sender
from unison_station.uplink.transport import Answer, Transport, Unreachable
from unison_station.uplink.trust import Trust

ROOMY = Limits(min_free_bytes=0, ballast_bytes=0)
VERSION = "1.0"
Registers = Callable[[int, int], list[int]]
"""What a device holds: from an address on, so many registers."""


class Line(Transport):
    """To a real server, unless it is cut.

    Attributes:
        is_cut: nothing arrives there. loses: whether the answer to the next request is lost on its way back.
    """

    is_cut = False
    loses: Callable[[], bool] = staticmethod(lambda: False)

    def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        return self._answered(lambda: super(Line, self).get(path, headers))

    def post(self, path: str, body: bytes, also: Mapping[str, str] | None = None) -> Answer:
        return self._answered(lambda: super(Line, self).post(path, body, also))

    def _answered(self, ask: Callable[[], Answer]) -> Answer:
        if self.is_cut:
            raise Unreachable("the line is cut")
        answer = ask()
        if self.loses():
            raise Unreachable("the answer was lost")
        return answer


class Stopped(Exception):
    """The agent ended in the middle of something, as a power cut ends it."""


class SteppedAgent:
    """One agent's folder at work. `start` and `stop` or `kill` may follow each other as often as wanted.

    Attributes:
        dies_before: called with what comes next, "apply" (of a configuration that is kept already); true ends it there.
    """

    def __init__(self, folder: Path, registers: Registers, chance: Random | None = None, loss: float = 0.0) -> None:
        self.folder, self._registers = folder, registers
        self._chance, self._loss = chance or Random(1), loss
        self.is_cut = self.is_running = False
        self._lacks = False
        self.dies_before: Callable[[str], bool] = lambda _: False
        self.store: Store
        self.derivation: Derivation

    @property
    def configuration(self) -> AgentConfiguration:
        return self.derivation.configuration

    def start(self) -> None:
        """Open the buffer, take up identity and configuration as the program does."""
        self._ending = ExitStack()
        self.store = Store.open(self.folder, ROOMY)
        self.is_running = True
        self._identity = load_identity(self.folder)
        stored = self.store.load_state()
        configuration = self._kept()
        if not stored and self.store.opening.recovered is not None:
            stored = used_leases(configuration)
        now = self._now()
        self.derivation = Derivation(configuration, stored, now, self.store.timeline.line)
        started = AgentStarted(at=now.at, version=VERSION, boot_id="bench", clean_stop=self.store.opening.clean_stop)
        self.store.commit([started], self.derivation.dump())
        self.store.outgoing.belong_to(self._identity.owner, all_again=self._identity.all_again)
        self._lines = [self._line(self._identity) for _ in range(2)]
        self.sender = Sender(self.store, self._lines[0], self._identity, ServerTime(), self._running)
        self._connect()

    def mend(self) -> None:
        """From now on nothing fails."""
        self.is_cut, self._loss, self.dies_before = False, 0.0, lambda _: False

    def stop(self) -> None:
        """End in order."""
        self.store.commit([], self.derivation.dump())
        self._end(clean=True)

    def kill(self) -> None:
        """End with what is on disk."""
        self._end(clean=False)

    def _end(self, *, clean: bool) -> None:
        self._ending.close()
        self.store.close(clean=clean)
        self.is_running = False

    def look(self) -> None:
        """Read every device, derive, commit."""
        observations = [
            Observation(
                device.id,
                tuple(
                    BlockRead(block, self._registers(block.address, block.count), None, None, False, self._now(), 0.0)
                    for block in plan(device).blocks
                ),
                (),
                None,
                False,
                self._now(),
            )
            for device in self.configuration.devices
            if device.tags
        ]
        step = self.derivation.step(observations, self._now())
        if step.events:
            self.store.commit(step.events, step.state)

    def beat(self) -> bool:
        """Send a heartbeat; fetch a configuration where the answer names another."""
        self._connect()
        return self.beater.step()

    def send(self, batches: int = 1) -> None:
        """Send so many batches, passing every wait."""
        for _ in range(batches):
            self._connect()
            self.sender.step()

    def _connect(self) -> None:
        """Sender and heartbeat that wait for nothing; what they remember between steps is in the buffer."""
        for line in self._lines:
            line.is_cut = self.is_cut
        server_time, waits = ServerTime(), Backoff(Random(1))
        self.sender = Sender(self.store, self._lines[0], self._identity, server_time, self._running, waits)
        if self._lacks:
            self.sender.ask()
            self._lacks = False
        self.beater = Beater(
            self.store,
            self._lines[1],
            PcTime(),
            server_time,
            version=VERSION,
            live=Live,
            running=self._running,
            offered=lambda: 0,
            etag=lambda: etag_of(self.folder / CONFIGURATION_FILE, self._running()),
            take=self._take,
            lacking=self._lacking,
        )

    def _lacking(self) -> None:
        self._lacks = True

    def _line(self, identity: Identity) -> Line:
        pc = PcTime()
        trust = Trust(None, None, wall=pc.wall, monotonic=pc.monotonic)
        line = Line(identity.server, version=VERSION, monotonic=pc.monotonic, trust=trust)
        line.loses = lambda: self._chance.random() < self._loss
        line.authorize(identity.device_token)
        self._ending.callback(line.close)
        return line

    def _take(self, configuration: AgentConfiguration, etag: str | None) -> None:
        save_configuration(self.folder / CONFIGURATION_FILE, configuration, etag)
        if self.dies_before("apply"):
            raise Stopped
        self.derivation.apply(configuration, self._now(), self.store.timeline.line)
        self.store.commit([], self.derivation.dump())

    def _kept(self) -> AgentConfiguration:
        path = self.folder / CONFIGURATION_FILE
        if path.exists():
            return load_configuration(path)
        ids: dict[str, UUID] = {
            "agent_id": self._identity.agent_id,
            "organization_id": self._identity.organization_id,
        }
        return AgentConfiguration(**ids, version=0, name="not configured yet")

    def _running(self) -> int:
        return self.configuration.version

    def _now(self) -> Moment:
        return Moment(self.store.clock.now(), self.store.clock.monotonic())
