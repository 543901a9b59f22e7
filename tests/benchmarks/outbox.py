"""The station's buffer: how fast events become durable, and how much memory a long outage costs when it ends.

`durable`: 20 samples a commit with synchronous=FULL, against a bare sqlite3 loop that encodes the same rows and keeps
them under the same journal settings. `drain`: a backlog sent to a sink in another process; memory is the whole agent's.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import httpx
import orjson
from unison_domain.stations.events import Sample
from unison_station.store import Limits, Store
from unison_station.store.connection import connect, transaction
from unison_station.uplink import Identity, Uplink

from tests.benchmarks.report import result

AGENT = UUID(int=1)
TAGS = [UUID(int=n) for n in range(50)]
START = datetime(2026, 11, 20, tzinfo=UTC)
LIMITS = Limits(max_bytes=2 << 30, min_free_bytes=0, ballast_bytes=0)
A_COMMIT = 20


class Nothing:
    """A shop without machines."""

    machines = ()
    devices = ()
    refusal = None


def samples(count: int, first: int = 0) -> list[Sample]:
    """Samples of fifty tags in turn, a millisecond apart."""
    return [
        Sample(at=START + timedelta(milliseconds=n), tag_id=TAGS[n % 50], value=20.0 + n % 97 / 8, raw=n % 4096)
        for n in range(first, first + count)
    ]


def ours(folder: Path, events: Sequence[Sample]) -> float:
    """Events a second through the store."""
    with Store.open(folder, LIMITS) as store:
        began = time.perf_counter()
        for first in range(0, len(events), A_COMMIT):
            store.commit(events[first : first + A_COMMIT])
        return len(events) / (time.perf_counter() - began)


def bare(folder: Path, events: Sequence[dict[str, object]]) -> float:
    """Events a second through sqlite3 alone."""
    connection = connect(folder / "bare.sqlite", LIMITS)
    connection.execute("CREATE TABLE outbox (seq INTEGER PRIMARY KEY, boot INTEGER, kind TEXT, body BLOB) STRICT")
    began = time.perf_counter()
    for first in range(0, len(events), A_COMMIT):
        rows = [
            (seq, 1, event["kind"], orjson.dumps(event))
            for seq, event in enumerate(events[first : first + A_COMMIT], first + 1)
        ]
        with transaction(connection):
            connection.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?)", rows)
    rate = len(events) / (time.perf_counter() - began)
    connection.close()
    return rate


def durable(rounds: int, count: int) -> bool:
    """The median ratio of interleaved rounds, so that a disk that changes its mind hits both."""
    events = samples(count)
    encodable = [event.model_dump() for event in events]
    rates, ratios = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as ours_folder, tempfile.TemporaryDirectory() as bare_folder:
            peer = bare(Path(bare_folder), encodable)
            rates.append(ours(Path(ours_folder), events))
            ratios.append(rates[-1] / peer)
    ratio = statistics.median(ratios)
    return result(
        "outbox",
        "durable",
        round(statistics.median(rates)),
        "events/s",
        peer="bare sqlite3 with orjson, 20 a commit",
        ratio=round(ratio, 3),
        reach="ratio >= 0.7",
        ok=ratio >= 0.7,
    )


def drain(count: int) -> bool:
    """Fill a buffer without a server, then send it all; the peak of memory covers both."""
    sink = subprocess.Popen([sys.executable, "-m", __spec__.name, "--sink"], stdout=subprocess.PIPE, text=True)
    try:
        assert sink.stdout is not None
        url = f"http://127.0.0.1:{int(sink.stdout.readline())}"
        identity = Identity(server=url, agent_id=AGENT, organization_id=AGENT, device_token="bench")
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder), LIMITS) as store:
            for first in range(0, count, 500):
                store.commit(samples(min(500, count - first), first))
            seconds = _send(store, Path(folder), identity)
        came = httpx.get(url).json()
    finally:
        sink.kill()
        sink.communicate()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result("outbox", "drain rate", round(count / seconds), "events/s", reach="information (half duty)", ok=True)
    is_whole = result(
        "outbox", "drained in order", came["in_order"], "events", reach=f"value = {count}", ok=came["in_order"] == count
    )
    return result("outbox", "drain memory", round(peak, 1), "MB", reach="< 150 MB in all", ok=peak < 150) and is_whole


def _send(store: Store, folder: Path, identity: Identity) -> float:
    began = time.perf_counter()
    with Uplink(
        store,
        folder,
        identity,
        version="bench",
        live=Nothing,
        running=lambda: 0,
        on_configuration=lambda _: None,
    ) as uplink:
        while store.outgoing.depth:
            if time.perf_counter() - began > 600:
                raise TimeoutError(f"{store.outgoing.depth} events are still unsent: {uplink.link}")
            time.sleep(0.05)
        return time.perf_counter() - began


class Sink(BaseHTTPRequestHandler):
    """Takes what comes next and counts it; a number that was skipped is waited for as the server would."""

    in_order = 0
    """Events that came with the number after the one before."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        """Answer a heartbeat or a batch."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        answer = {"server_time": datetime.now(UTC), "configuration": 0}
        if self.path.endswith("/events"):
            answer["acknowledged_through"] = self._take([event["seq"] for event in orjson.loads(body)["events"]])
        self._answer(answer)

    def do_GET(self) -> None:
        """Say how much came."""
        self._answer({"in_order": Sink.in_order})

    def _take(self, numbers: list[int]) -> int:
        for number in numbers:
            Sink.in_order += number == Sink.in_order + 1
        return Sink.in_order

    def _answer(self, answer: dict[str, object]) -> None:
        payload = orjson.dumps(answer)
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def sink() -> None:
    """Serve both of the agent's connections until killed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    print(server.server_port, flush=True)
    server.serve_forever()


def main() -> int:
    """Run both rows; 1 when one falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sink:
        sink()
    drained = drain(100_000 if arguments.quick else 1_000_000)
    fast = durable(*((3, 4_000) if arguments.quick else (15, 20_000)))
    return 0 if drained and fast else 1


if __name__ == "__main__":
    raise SystemExit(main())
