"""From a transition accepted at the agent to its commit on the server, and on to its tile painted on a board.

Everything is real and on this machine, so that wall clocks compare: agents read a simulated shop over Modbus, the
server commits to PostgreSQL with fsync, a desktop shows the board off screen. Both rows are taken against us:

- accepted is `at` of the transition: when the reply that decided it came (nothing is debounced here);
- committed ends when a client heard of it on the event stream, which is after the commit and after its numbering;
- painted begins at the start of the transaction (`occurred_at`), which is before the commit, and ends when the board
  has painted the machine's tile with this state or a later one.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from unison_dev.api import Api, Listener, Told
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD, PLANNER
from unison_dev.floor import Floor, wait_for
from unison_dev.reckoning import Reckoning
from unison_station.platform.boot import boot_seconds

from tests.benchmarks.report import result

SCENARIO = Path(__file__).with_name("latency_shop.toml")
STATE_CHANGED = "machines.machine.state_changed"
COMMITTED_P95, PAINTED_P95 = 0.150, 0.100
PATIENCE_SECONDS = 180.0
_ROOT = Path(__file__).parents[2]
_NUMBERED = text("select id, extract(epoch from at)::float8 as at from events where topic = :topic")


class Accepted(NamedTuple):
    """A transition as the agent keeps it; `at` in seconds since 1970 of this machine's clock, never later than true."""

    machine: str
    at: float
    started_at: datetime


class Passed(NamedTuple):
    """One transition on its way; all in seconds since 1970."""

    accepted: float
    begun: float
    numbered: float
    heard: float
    painted: float


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 0 when both rows reach their goals."""
    parser = argparse.ArgumentParser(prog="bench latency", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40 transitions instead of 200")
    transitions = 40 if parser.parse_args(arguments).quick else 200
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    floor = Floor(Path(tempfile.mkdtemp(prefix="unison-latency-")), str(SCENARIO), tell)
    try:
        with floor:
            passed = followed(floor, transitions)
        return 0 if all(told(passed)) else 1
    finally:
        floor.forget()


def tell(what: str) -> None:
    """Say how far it is, where it does not mix with results."""
    print(f"[{time.strftime('%H:%M:%S')}] {what}", file=sys.stderr, flush=True)


def followed(floor: Floor, transitions: int) -> list[Passed]:
    """So many transitions from the moment the board shows every machine."""
    api = floor.start()
    reckoning = Reckoning(floor, api)
    with Api(floor.url) as own:
        own.sign_in(ORGANIZATION, ADMIN.username, PASSWORD)
        listener = Listener(own)
        with board(floor) as painted_file:
            if not wait_for(lambda: len(_painted(painted_file)) == len(floor.scenario.machines), 60):
                raise TimeoutError("the board did not show every machine within a minute")
            tell(f"the board stands; {transitions} transitions are followed")
            began = time.time()
            if not wait_for(lambda: len(_changes(listener, began)) >= transitions, PATIENCE_SECONDS):
                raise TimeoutError(f"only {len(_changes(listener, began))} transitions in {PATIENCE_SECONDS:.0f} s")
            ended = time.time()
            wait_for(lambda: len(_changes(listener, ended)) > len(floor.scenario.machines), 30)
        floor.stop_agents()
        if not wait_for(lambda: _has_heard_all(listener, reckoning), 20):
            raise TimeoutError("the event stream did not tell all that happened")
        listener.end()
    with floor.settings().system_databases().operations.connect() as connection:
        numbered = {row.id: row.at for row in connection.execute(_NUMBERED, {"topic": STATE_CHANGED})}
    accepted = [one for station in floor.scenario.stations for one in accepted_by(floor.agent_folder(station.code))]
    found = matched(accepted, _changes(listener), numbered, _painted(painted_file))
    return [one for one in found if began <= one.heard <= ended]


@contextmanager
def board(floor: Floor) -> Iterator[Path]:
    """A desktop with the board in a process of its own; what it paints is written to the file."""
    command = [sys.executable, "-m", "tests.benchmarks.latency_board", floor.url, ORGANIZATION, PLANNER.username]
    painted = floor.folder / "painted.jsonl"
    with (
        painted.open("wb") as output,
        subprocess.Popen(
            [*command, PASSWORD],
            cwd=_ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.PIPE,
            stdout=output,
        ) as process,
    ):
        try:
            yield painted
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def accepted_by(folder: Path) -> list[Accepted]:
    """Transitions in the buffer of an agent that has ended.

    The agent's steady clock is slewed, never stepped: where it has come to be ahead of the wall clock, that is taken
    off all stamps; where it is behind, they are left too early.
    """
    with closing(sqlite3.connect(f"file:{folder / 'buffer.sqlite'}?mode=ro", uri=True)) as buffer:
        bodies = buffer.execute("select body from outbox where kind = 'state_changed' order by seq").fetchall()
        line = buffer.execute("select utc - monotonic from boots order by id desc limit 1").fetchone()[0]
    behind = time.time() - boot_seconds() - line
    tell(f"stamps of {folder.name} are {behind * 1000:+.1f} ms behind the wall clock")
    events = [orjson.loads(body) for (body,) in bodies]
    return [
        Accepted(
            event["machine_id"],
            datetime.fromisoformat(event["at"]).timestamp() + min(behind, 0.0),
            datetime.fromisoformat(event["opened"]["started_at"]),
        )
        for event in events
    ]


def matched(
    accepted: Sequence[Accepted],
    changes: Sequence[Told],
    numbered: Mapping[UUID, float],
    painted: Mapping[str, Sequence[tuple[float, datetime]]],
) -> list[Passed]:
    """Each heard transition with what the agent and the board know of it: per machine all three keep their order."""
    made, heard = defaultdict(list), defaultdict(list)
    for one in accepted:
        made[one.machine].append(one)
    for told_ in changes:
        heard[str(told_.entity)].append(told_)
    found = []
    for machine, mine in heard.items():
        for one, change in zip(made[machine][-len(mine) :], mine, strict=True):
            seen = next((at for at, since in painted[machine] if since >= one.started_at), float("inf"))
            begun = datetime.fromisoformat(change.data["occurred_at"]).timestamp()
            if not one.at - 0.01 <= begun <= one.at + 60:
                raise ValueError(f"transition of {machine} accepted at {one.at} can't be the one taken in at {begun}")
            found.append(Passed(one.at, begun, numbered[UUID(change.data["id"])], change.at, seen))
    return found


def told(passed: Sequence[Passed]) -> Iterator[bool]:
    """The rows."""
    committed = [one.heard - one.accepted for one in passed]
    painted = [one.painted - one.begun for one in passed]
    parts = {
        "accepted to transaction": [one.begun - one.accepted for one in passed],
        "transaction to numbered": [one.numbered - one.begun for one in passed],
        "numbered to heard": [one.heard - one.numbered for one in passed],
        "heard to painted": [one.painted - one.heard for one in passed],
    }
    result("latency", "transitions", len(passed), "transitions", reach="information", ok=True)
    result("latency", "load average", round(os.getloadavg()[0], 1), "processes", reach="information", ok=True)
    for name, values in {"accepted to committed": committed, "committed to painted": painted, **parts}.items():
        result("latency", f"{name}, median", _ms(statistics.median(values)), "ms", reach="information", ok=True)
    for name, values in parts.items():
        result("latency", f"{name}, p95", _ms(_p95(values)), "ms", reach="information", ok=True)
    never = sum(value == float("inf") for value in painted)
    yield result("latency", "never_painted", never, "transitions", reach="value = 0", ok=never == 0)
    for row, values, reach in (
        ("committed_p95_ms", committed, COMMITTED_P95),
        ("painted_p95_ms", painted, PAINTED_P95),
    ):
        value = _p95(values)
        yield result("latency", row, _ms(value), "ms", reach=f"value < {_ms(reach):g}", ok=value < reach)


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _changes(listener: Listener, since: float = 0.0) -> list[Told]:
    return [told_ for told_ in listener.told if told_.topic == STATE_CHANGED and told_.at >= since]


def _has_heard_all(listener: Listener, reckoning: Reckoning) -> bool:
    heard = [UUID(one.data["id"]) for one in listener.heard if one.topic.startswith("machines.")]
    return heard == reckoning.events(listener.began_at)


def _painted(file: Path) -> dict[str, list[tuple[float, datetime]]]:
    """By machine, when which state was painted, in order."""
    found = defaultdict(list)
    for line in file.read_text("utf-8").splitlines(keepends=True):
        if line.endswith("\n") and (said := json.loads(line))["since"]:
            found[said["machine"]].append((said["at"], datetime.fromisoformat(said["since"])))
    return found


if __name__ == "__main__":
    sys.exit(main())
