"""A shop floor for tests: one station with an enrolled agent, two machines, and batches as agents send them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.tail_hash import BEGINNING, Checkpoint, tail
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.factories import Made
from tests.server.serving import SignedIn

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday morning, before anything of the tests."""


def at(seconds: float) -> datetime:
    """A moment after `START`."""
    return START + timedelta(seconds=seconds)


def stamp(seconds: float) -> str:
    """It as agents write it."""
    return at(seconds).isoformat().replace("+00:00", "Z")


@dataclass
class Sender:
    """An agent's side of the protocol: numbers events, chains their hashes, sends gzip."""

    client: httpx.Client
    agent_id: UUID
    token: str
    epoch: UUID = field(default_factory=uuid4)
    taken: Checkpoint = BEGINNING
    next_seq: int = 1

    def event(self, kind: str, seconds: float = 0.0, **fields: Any) -> dict[str, Any]:
        """The next event."""
        numbered = {"seq": self.next_seq, "kind": kind, "v": 1, "at": stamp(seconds), **fields}
        self.next_seq += 1
        return numbered

    def batch(self, events: Sequence[dict[str, Any]], previous: Checkpoint | None = None) -> dict[str, Any]:
        """A batch that goes on after `previous`, by default after what was acknowledged."""
        previous = previous or self.taken
        clock = {"sent_at": stamp(0), "monotonic_seconds": 1.0, "boot_id": "boot"}
        return {
            "protocol": 1,
            "agent_id": str(self.agent_id),
            "epoch": str(self.epoch),
            "previous_sequence": previous.sequence,
            "previous_hash": previous.hash,
            "configuration": 1,
            "clock": clock,
            "events": list(events),
        }

    def post(self, batch: dict[str, Any] | bytes, **headers: str) -> httpx.Response:
        """Send it, gzipped unless it is bytes already."""
        body = batch if isinstance(batch, bytes) else gzip.compress(orjson.dumps(batch))
        packed = {} if isinstance(batch, bytes) else {"Content-Encoding": "gzip"}
        return self.call("POST", "/events", content=body, headers={**packed, **headers})

    def send(self, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Send events and go on from the acknowledgement."""
        answer = self.post(self.batch(events))
        assert answer.status_code == 200, answer.text
        self.taken = tail(self.taken, events)
        acknowledged: dict[str, Any] = answer.json()
        assert acknowledged["acknowledged_through"] == self.taken.sequence
        return acknowledged

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """Any request under `/stations/me` with the device token."""
        signed = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.client.request(method, f"/api/v1/stations/me{path}", headers=signed, **options)


@dataclass
class Floor:
    """A plant with a station, its agent, two machines, and a counter and a temperature of each."""

    made: Made
    admin: SignedIn
    plant_id: UUID
    agent_id: UUID
    station_id: UUID
    device_id: UUID
    machines: list[UUID]
    counters: list[UUID]
    gauges: list[UUID]
    sender: Sender

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows of the business database, as this organization's runtime role sees them."""
        with self.made.databases.session(Database.OPERATIONS, self.made.scope) as session:
            return list(session.execute(text(statement), values))

    def told(self) -> AgentConfiguration:
        """The configuration as the agent reads it: what has its default is not sent."""
        return AgentConfiguration.model_validate_json(self.sender.call("GET", "/configuration").content)

    def sample(self, seconds: float, value: Any = 20.5, machine: int = 0, **fields: Any) -> dict[str, Any]:
        return self.sender.event("sample", seconds, tag_id=str(self.gauges[machine]), value=value, **fields)

    def counted(self, seconds: float, delta: int = 1, machine: int = 0, **fields: Any) -> dict[str, Any]:
        """A good part, or several, made in the second before."""
        said = {"count": "good", "delta": delta, "started_at": stamp(seconds - 1), "raw_from": 0, "raw_to": delta}
        own = {"machine_id": str(self.machines[machine]), "tag_id": str(self.counters[machine])}
        return self.sender.event("counted", seconds, **{**own, **said, **fields})

    def changed(
        self, seconds: float, state: str, closes: dict[str, Any] | None = None, machine: int = 0, **opened: Any
    ) -> dict[str, Any]:
        """A transition; `closes` is the event that opened the interval it ends."""
        interval = {"id": str(new_id()), "state": state, "started_at": stamp(seconds), **opened}
        closed = closes and {**closes["opened"]}
        return self.sender.event(
            "state_changed", seconds, machine_id=str(self.machines[machine]), opened=interval, closed=closed
        )

    def fresh(self, machine: int = 0) -> dict[str, Any]:
        """A signal of this moment, so that what the machine said last is believed."""
        return self.sample(_seconds(datetime.now(UTC)), machine=machine)

    def history(self, machine: int = 0) -> list[tuple[str, float, float | None]]:
        """State, start and end in seconds after `START`, oldest first."""
        rows = self.rows(
            "select state, started_at, ended_at from machine_states where machine_id = :id"
            " and (ended_at is null or ended_at > started_at) order by started_at",
            id=self.machines[machine],
        )
        return [(row.state, _seconds(row.started_at), row.ended_at and _seconds(row.ended_at)) for row in rows]

    def topics(self) -> list[str]:
        """What happened, in the order it was recorded."""
        rows = self.rows(
            "select topic from (select id, topic from outbox union all select id, topic from events) as t order by id"
        )
        return [row.topic for row in rows]


def _seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def build(admin: SignedIn, made: Made) -> Floor:
    """A floor of an organization, made over HTTP."""

    def create(path: str, **body: Any) -> UUID:
        answer = admin.post(path, body)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    plant_id = made.add_plant()
    enrolment = admin.post("/agents", {"name": "Hall 1"}).json()
    station_id = create("/stations", plant_id=str(plant_id), code="S1", name="Line 1", agent_id=enrolment["agent_id"])
    device_id = create("/devices", station_id=str(station_id), name="PLC", host="127.0.0.1")
    machines = [create("/machines", plant_id=str(plant_id), machine_code=f"M{n}", name=f"Mill {n}") for n in (1, 2)]
    tag = {"device_id": str(device_id), "table": "holding_register", "type": "uint16"}
    pairs: Iterable[tuple[int, UUID]] = list(enumerate(machines))
    counters = [
        create("/tags", **tag, name=f"good {n}", address=n, machine_id=str(machine), role="count_good")
        for n, machine in pairs
    ]
    gauges = [create("/tags", **tag, name=f"heat {n}", address=10 + n, machine_id=str(m)) for n, m in pairs]
    sender = enrol(admin.client, enrolment["code"])
    return Floor(made, admin, plant_id, sender.agent_id, station_id, device_id, machines, counters, gauges, sender)


def enrol(client: httpx.Client, code: str) -> Sender:
    """An agent that trades its code for a token."""
    body = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    answer = client.post("/api/v1/stations/enrol", json=body)
    assert answer.status_code == 200, answer.text
    enrolled = answer.json()
    return Sender(client, UUID(enrolled["agent_id"]), enrolled["device_token"])


@pytest.fixture
def people_copied(floor: Floor) -> None:
    """The relay has brought everybody over, so that what they did bears their names at once."""
    floor.made.until_people_are_copied()


@pytest.fixture
def floor(admin: SignedIn, made: Made) -> Floor:
    """A shop floor of the test's own."""
    return build(admin, made)
