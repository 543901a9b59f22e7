"""A server, and an agent's sending side that the test drives step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from unison_domain.stations.configuration import AgentConfiguration
from unison_station.clock import ServerTime
from unison_station.store import Limits, Store
from unison_station.uplink import Identity
from unison_station.uplink.backoff import Backoff
from unison_station.uplink.heartbeat import Beater
from unison_station.uplink.sender import Sender
from unison_station.uplink.transport import Transport
from unison_station.uplink.trust import Trust

from tests.station_agent.store.making import ROOMY, Pc
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, FakeServer, Shown, running


@dataclass
class Agent:
    """The sending side without threads, on a clock the test moves: waits are passed, not slept."""

    store: Store
    sender: Sender
    beater: Beater
    pc: Pc
    shown: Shown
    configurations: list[AgentConfiguration] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    refused_with: str | None = None
    """Why it can use no configuration."""

    def send(self, steps: int = 1000) -> None:
        """Step until nothing is left to send, at most `steps` times, passing every wait."""
        for _ in range(steps):
            wait = self.sender.step()
            if wait is None:
                return
            self.waits.append(wait)
            self.pc.pass_seconds(wait)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running(FakeServer()) as server:
        yield server


MakeAgent = Callable[..., Agent]


@pytest.fixture
def agent_of(server: FakeServer, tmp_path: Path) -> Iterator[MakeAgent]:
    """Makes agents: `agent_of(folder="b", pc=Pc(), limits=…)`; the first heartbeat is sent."""
    with ExitStack() as stack:

        def make(folder: str = "a", pc: Pc | None = None, limits: Limits = ROOMY, beat: bool = True) -> Agent:
            pc = pc or Pc()
            store = stack.enter_context(Store.open(tmp_path / folder, limits, pc))
            identity = Identity(server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN)
            agent = connect(store, identity, pc, stack)
            if beat:
                server.now = lambda: store.clock.now()
                assert agent.beater.step()
            return agent

        yield make


def connect(store: Store, identity: Identity, pc: Pc, stack: ExitStack) -> Agent:
    trust = Trust(None, None, wall=pc.wall, monotonic=pc.monotonic)
    transports = [Transport(identity.server, version="1.2.3", monotonic=pc.monotonic, trust=trust) for _ in range(2)]
    for transport in transports:
        transport.authorize(identity.device_token)
        stack.callback(transport.close)
    shown, configurations = Shown(), list[AgentConfiguration]()
    version = lambda: configurations[-1].version if configurations else 0  # noqa: E731
    etags: list[str | None] = []

    def take(configuration: AgentConfiguration, etag: str | None) -> None:
        if agent.refused_with is not None:
            raise OSError(agent.refused_with)
        configurations.append(configuration)
        etags.append(etag)

    server_time = ServerTime()
    sender = Sender(store, transports[0], identity, server_time, version, Backoff(Random(7)))
    beater = Beater(
        store,
        transports[1],
        pc,
        server_time,
        version="1.2.3",
        live=lambda: shown,
        running=version,
        offered=lambda: sender.configuration_offered,
        etag=lambda: etags[-1] if etags else None,
        take=take,
        peripherals=lambda: shown.peripherals,
        attached=lambda: shown.attached,
    )
    store.listen(sender.committed)
    agent = Agent(store, sender, beater, pc, shown, configurations)
    return agent
