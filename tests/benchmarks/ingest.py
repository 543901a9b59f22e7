"""Bench `ingest`: events over HTTP to committed rows with their effects, against psycopg COPY of the same rows.

The server is one real process over the embedded PostgreSQL with fsync; agents send gzip batches of 500 events, four of
them at once. COPY writes the rows that came of them as fast as one connection can, with as many events a commit, into
tables of the same cluster that are equal but have no row level security and no foreign keys. Both take turns, and the
median of the ratios counts.
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg
from psycopg import sql
from unison_domain.stations.batch import BATCH_EVENTS
from unison_domain.stations.tail_hash import BEGINNING, tail
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id
from unison_server.kernel.settings import Settings

from tests.benchmarks.report import result
from tests.benchmarks.server_program import server
from tests.server.factories import Made, make_organization
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import enrol

BENCH = "ingest"
AGENTS = 4
"""Agents that send at once."""
MACHINES_PER_AGENT = 4
SAMPLE_TAGS_PER_MACHINE = 12
TABLES = ("samples", "machine_counts", "machine_states", "fleet_events")
"""Where the rows of events go. What is summed or remembered besides is the server's own work."""


@dataclass
class Agent:
    """An agent of the bench: its token, what it can speak of, and when the events of a row begin."""

    id: UUID
    token: str
    device_id: UUID
    machines: list[UUID]
    counters: list[UUID]
    gauges: list[UUID]
    epoch: UUID
    start: datetime


Make = Callable[[Agent, int], Iterator[dict[str, Any]]]
"""Makes so many events of an agent, in order, without their `seq`."""


def set_up(address: str, made: Made) -> list[Agent]:
    """A shop with its agents, entered over HTTP as people do."""
    plant_id = str(made.add_plant("P1"))
    made.add_user("anna")
    with httpx.Client(base_url=f"http://{address}", timeout=30) as client:
        admin = sign_in(client, made)
        return [_enter(admin, plant_id, number) for number in range(AGENTS)]


def _enter(admin: SignedIn, plant_id: str, number: int) -> Agent:
    def create(path: str, **body: Any) -> UUID:
        answer = admin.post(path, body)
        answer.raise_for_status()
        return UUID(answer.json()["id"])

    enrolment = admin.post("/agents", {"name": f"agent {number}"}).json()
    station = create(
        "/stations", plant_id=plant_id, agent_id=enrolment["agent_id"], code=f"S{number}", name=f"Station {number}"
    )
    device = create("/devices", station_id=str(station), name=f"PLC {number}", host="127.0.0.1")
    machines = [
        create("/machines", plant_id=plant_id, machine_code=f"M{number}-{place}", name=f"Machine {place}")
        for place in range(MACHINES_PER_AGENT)
    ]
    tag = {"device_id": str(device), "table": "holding_register", "type": "uint16"}
    counters = [
        create("/tags", **tag, name="good", address=0, role="count_good", machine_id=str(machine))
        for machine in machines
    ]
    gauges = [
        create("/tags", **tag, name=f"value {place}", address=place, machine_id=str(machine))
        for machine in machines
        for place in range(1, SAMPLE_TAGS_PER_MACHINE + 1)
    ]
    sender = enrol(admin.client, enrolment["code"])
    begin = datetime.now(UTC) - timedelta(hours=3)
    return Agent(sender.agent_id, sender.token, device, machines, counters, gauges, uuid4(), begin)


def samples(agent: Agent, count: int) -> Iterator[dict[str, Any]]:
    """One sample per event."""
    dice = random.Random(agent.id.int)
    for number in range(count):
        yield _sample(agent, dice, agent.start + timedelta(milliseconds=5 * number))


def mix(agent: Agent, count: int) -> Iterator[dict[str, Any]]:
    """90 % samples, 8 % counts, 1 % states, 1 % of devices."""
    dice = random.Random(agent.id.int)
    opened: dict[UUID, dict[str, Any]] = {}
    for number in range(count):
        now = agent.start + timedelta(milliseconds=5 * number)
        match number % 100:
            case 99:
                yield {
                    "kind": "device_changed",
                    "at": _stamp(now),
                    "device_id": str(agent.device_id),
                    "state": "online",
                }
            case 49:
                yield _state(agent.machines[number // 100 % MACHINES_PER_AGENT], now, opened)
            case place if place % 12 == 5:
                yield _counted(agent, number // 12 % MACHINES_PER_AGENT, now)
            case _:
                yield _sample(agent, dice, now)


ROWS: tuple[tuple[str, Make, float], ...] = (("samples", samples, 0.3), ("mix", mix, 0.15))
"""Row of the bench, its events, and the least ratio."""


def _sample(agent: Agent, dice: random.Random, now: datetime) -> dict[str, Any]:
    tag = agent.gauges[dice.randrange(len(agent.gauges))]
    return {
        "kind": "sample",
        "v": 1,
        "at": _stamp(now),
        "tag_id": str(tag),
        "value": dice.randrange(65_536) / 10,
        "source": 2**30 + agent.gauges.index(tag),
    }


def _counted(agent: Agent, machine: int, now: datetime) -> dict[str, Any]:
    return {
        "kind": "counted",
        "v": 1,
        "at": _stamp(now),
        "machine_id": str(agent.machines[machine]),
        "tag_id": str(agent.counters[machine]),
        "count": "good",
        "delta": 1,
        "started_at": _stamp(now - timedelta(seconds=1)),
        "raw_from": 41,
        "raw_to": 42,
    }


def _state(machine: UUID, now: datetime, opened: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    before = opened.get(machine)
    state = "stopped" if before and before["state"] == "running" else "running"
    opened[machine] = {"id": str(new_id()), "state": state, "started_at": _stamp(now), "reason": None, "alarms": []}
    return {
        "kind": "state_changed",
        "v": 1,
        "at": _stamp(now),
        "machine_id": str(machine),
        "opened": opened[machine],
        "closed": before,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def bodies(agent: Agent, events: Iterator[dict[str, Any]]) -> list[bytes]:
    """Gzip batches of all events, chained as an agent chains them."""
    numbered = [{"seq": seq, **event} for seq, event in enumerate(events, 1)]
    previous, made = BEGINNING, []
    for first in range(0, len(numbered), BATCH_EVENTS):
        part = numbered[first : first + BATCH_EVENTS]
        batch = {
            "protocol": 1,
            "agent_id": str(agent.id),
            "epoch": str(agent.epoch),
            "previous_sequence": previous.sequence,
            "previous_hash": previous.hash,
            "configuration": 1,
            "clock": {"sent_at": part[-1]["at"], "monotonic_seconds": 1.0, "boot_id": "bench"},
            "events": part,
        }
        made.append(gzip.compress(orjson.dumps(batch), 6))
        previous = tail(previous, part)
    return made


def at_once(works: Sequence[Callable[[], None]]) -> float:
    """Run all in threads; returns seconds until the last has ended."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - begin


def send(address: str, agent: Agent, batches: Sequence[bytes]) -> None:
    """Post batches one after the other over one connection, as an agent does."""
    connection = HTTPConnection(address, timeout=60)
    headers = {
        "Authorization": f"Bearer {agent.token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    for body in batches:
        connection.request("POST", "/api/v1/stations/me/events", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200 or orjson.loads(text)["rejected"]:
            raise SystemExit(f"the server answered {answer.status}: {text.decode()}")
    connection.close()


def copy(url: str, batches: Sequence[dict[str, list[tuple[Any, ...]]]]) -> None:
    """COPY each batch's rows into the equal tables, one commit per batch."""
    with psycopg.connect(url) as connection:
        columns = {table: stored_columns(connection, table) for table in TABLES}
        for batch in batches:
            for table, rows in batch.items():
                peer = sql.Identifier(f"peer_{table}")
                statement = sql.SQL("copy {} ({}) from stdin").format(peer, columns[table])
                with connection.cursor().copy(statement) as writer:
                    for row in rows:
                        writer.write_row(row)
            connection.commit()


def stored_columns(connection: psycopg.Connection, table: str) -> sql.Composable:
    """Columns that are written, not reckoned by the database."""
    query = """
        select attname from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
        order by attnum
    """
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in connection.execute(query, [table]))


def written(connection: psycopg.Connection, agent: Agent) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that came of the agent's events, by table, in the order they were written."""
    owns = {
        "samples": sql.SQL("epoch = {}").format(agent.epoch),
        "machine_counts": sql.SQL("epoch = {}").format(agent.epoch),
        "machine_states": sql.SQL("agent_id = {} and started_at >= {}").format(agent.id, agent.start),
        "fleet_events": sql.SQL("epoch = {}").format(agent.epoch),
    }
    kept = {}
    for table in TABLES:
        order = sql.SQL("started_at" if table == "machine_states" else "seq")
        query = sql.SQL("select {} from {} where {} order by {}").format(
            stored_columns(connection, table), sql.Identifier(table), owns[table], order
        )
        kept[table] = [tuple(map(_plain, row)) for row in connection.execute(query)]
    return kept


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def in_batches(rows: dict[str, list[tuple[Any, ...]]], count: int) -> list[dict[str, list[tuple[Any, ...]]]]:
    """The rows cut into as many batches as were sent."""
    cut = {table: [part * len(all_) // count for part in range(count + 1)] for table, all_ in rows.items()}
    return [
        {t: all_[cut[t][part] : cut[t][part + 1]] for t, all_ in rows.items() if cut[t][part] < cut[t][part + 1]}
        for part in range(count)
    ]


def make_peer_tables(connection: psycopg.Connection) -> None:
    """Tables equal to ours in columns, checks and indexes."""
    for table in TABLES:
        peer = f"peer_{table}"
        connection.execute(f"drop table if exists {peer}")
        partitioned = "partition by range (at)" if table == "samples" else ""
        connection.execute(f"create table {peer} (like {table} including all) {partitioned}")
        if partitioned:
            connection.execute(f"create table {peer}_default partition of {peer} default")
    connection.commit()


def measure(address: str, url: str, agents: Sequence[Agent], make: Make, batches: int) -> tuple[float, float]:
    """All agents send at once, then COPY writes the same rows; returns events and rows per second."""
    for agent in agents:
        agent.epoch, agent.start = uuid4(), agent.start + timedelta(minutes=5)
    packed = [bodies(agent, make(agent, batches * BATCH_EVENTS)) for agent in agents]
    events = len(agents) * batches * BATCH_EVENTS
    ours = events / at_once([_bound(send, address, *pair) for pair in zip(agents, packed, strict=True)])
    with psycopg.connect(url) as connection:
        kept = [written(connection, agent) for agent in agents]
        stored = sum(len(rows) for tables in kept for rows in tables.values())
        if stored != events:
            raise SystemExit(f"{events} events became {stored} rows")
        make_peer_tables(connection)
    parts = [part for tables in kept for part in in_batches(tables, batches)]
    return ours, events / at_once([_bound(copy, url, parts)])


def tell(row: str, rounds: Sequence[tuple[float, float]], least: float) -> bool:
    """Print the round whose ratio is the median; whether it reaches its goal."""
    ours, peer = sorted(rounds, key=lambda pair: pair[0] / pair[1])[len(rounds) // 2]
    ratio = ours / peer
    told = f"psycopg COPY without row level security: {peer:.0f} rows/s"
    reach = f"ratio >= {least}"
    return result(BENCH, row, round(ours), "events/s", peer=told, ratio=round(ratio, 3), reach=reach, ok=ratio >= least)


def _bound(call: Callable[..., None], *arguments: Any) -> Callable[[], None]:
    return lambda: call(*arguments)


def main() -> int:
    """Measure both rows; 1 when one falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer batches: to see that it works, not to quote")
    batches, rounds = (8, 1) if parser.parse_args().quick else (50, 5)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, cluster):
        settings = Settings(data=Path(folder), pool_size=4).with_urls(cluster.urls())
        databases, system = settings.databases(), settings.system_databases()
        agents = set_up(address, make_organization(databases, system))
        url = settings.owner_url(Database.OPERATIONS).replace("+psycopg", "")
        measure(address, url, agents, mix, 4)  # plans, pools and caches are warm after this
        reached = [
            tell(row, [measure(address, url, agents, make, batches) for _ in range(rounds)], least)
            for row, make, least in ROWS
        ]
        databases.dispose()
        system.dispose()
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
