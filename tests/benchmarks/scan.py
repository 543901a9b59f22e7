"""From the bytes of a scanner to an event on disk, to the operator page, and to whoever hears of it from the server.

Scanner and port are simulated by a pseudo-terminal, all else is real: agent, SQLite with fsync, page over HTTP, and for
what comes from the server, that on PostgreSQL. Every time begins right before the bytes are written to the port.

- durable ends in the agent when the commit has returned, which is when it may beep;
- on the operator page ends when it has the text in its hand and sounds its tone;
- heard from the server ends when a person's client hears of the scan on the event stream, after its commit there;
- read from the server ends when that client has the scan, as its list of scans tells it: this is what a page shows.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from unison_dev.api import Api, Listener, Told
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD
from unison_dev.floor import Floor, wait_for
from unison_domain.stations.configuration import AgentConfiguration, StationConfiguration
from unison_domain.stations.peripherals import PeripheralState, ScannerConfiguration
from unison_domain.stations.scanner_settings import ScannerSettings
from unison_domain.stations.serial_settings import SerialSettings
from unison_station.agent import Agent
from unison_station.simulate.instruments import Scanner

from tests.benchmarks.report import result

SCENARIO = Path(__file__).with_name("scan_shop.toml")
STATION = UUID(int=1)
DURABLE_P95, PAGE_P95, SERVER_P95 = 0.050, 0.150, 0.500
BURST, BURST_SECONDS = 10, 0.3
PATIENCE_SECONDS = 60.0
TAKEN = "codes.scan.taken"


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 0 when the rows reach their goals."""
    parser = argparse.ArgumentParser(prog="bench scan", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="60 scans instead of 500")
    scans = 60 if parser.parse_args(arguments).quick else 500
    with tempfile.TemporaryDirectory(prefix="unison-scan-") as folder:
        rows = list(at_the_station(Path(folder), scans))
    rows += through_the_server(scans // 5)
    result("scan", "load average", round(os.getloadavg()[0], 1), "processes", reach="information", ok=True)
    return 0 if all(rows) else 1


def at_the_station(folder: Path, scans: int) -> Iterator[bool]:
    """Bytes to durable, to the page, and ten at once."""
    with _plugged(folder / "scanner") as scanner, Agent(folder / "agent", configuration=_station(scanner)) as agent:
        _until(lambda: [one.state for one in agent.peripherals.reports] == [PeripheralState.ONLINE], "the port is open")
        durable: list[float] = []
        agent.store.listen(lambda urgent: durable.append(time.perf_counter()) if urgent else None)
        page = _Page(agent.health.url)
        _until(lambda: page.is_open, "the page is open")
        sent = []
        for number in range(scans):
            time.sleep(random.Random(number).uniform(0.005, 0.12))
            sent.append(time.perf_counter())
            scanner.scan(f"SCAN-{number}", "C0")
            _until(lambda: len(durable) > number, "the scan is on disk")  # noqa: B023 - called at once
        _until(lambda: f"SCAN-{scans - 1}" in page.heard, "the page has the last scan")
        yield from _told("durable", [end - begin for begin, end in zip(sent, durable, strict=True)], DURABLE_P95)
        on_page = [page.heard[f"SCAN-{number}"] - sent[number] for number in range(scans)]
        yield from _told("on the operator page", on_page, PAGE_P95)
        yield _burst_on_disk(agent, scanner, durable)
        page.close()


def _burst(scanner: Scanner) -> None:
    """Ten scans in 0.3 s; some come in two pieces."""
    for number in range(BURST):
        scanner.scan(f"BURST-{number}", "C0", "half" if number % 3 == 1 else None)
        time.sleep(BURST_SECONDS / BURST)


def _told_burst(row: str, texts: Iterable[str]) -> bool:
    """Whether they are ten, and in their order."""
    kept = [text for text in texts if text.startswith("BURST")]
    is_right = kept == [f"BURST-{number}" for number in range(BURST)]
    return result("scan", f"ten in 300 ms, {row}", len(kept), "scans", reach="10, in order", ok=is_right)


def _burst_on_disk(agent: Agent, scanner: Scanner, durable: list[float]) -> bool:
    before = len(durable)
    _burst(scanner)
    _until(lambda: len(durable) >= before + BURST, "all of them are on disk")
    rows = agent.store.outgoing.pending(10**6, 1 << 40)
    return _told_burst("on disk", (orjson.loads(row.body)["text"] for row in rows if row.kind == "scan_taken"))


def _burst_at_the_server(api: Api, scanner: Scanner, listener: Listener) -> Iterator[bool]:
    """Ten rows in the history, and each was told once."""
    before = len(_taken(listener))
    _burst(scanner)
    _until(lambda: len(_taken(listener)) >= before + BURST, "the server told of all of them")
    newest = _history(api, BURST + 1)
    yield _told_burst("at the server", (row["qr_code_data"] for row in reversed(newest)))
    told = [one.entity for one in _taken(listener)[before:]]
    is_right = len(told) == BURST and set(told) == {UUID(row["id"]) for row in newest[:BURST]}
    yield result("scan", "ten in 300 ms, told", len(told), "events", reach="10, each once", ok=is_right)


def through_the_server(scans: int) -> list[bool]:
    """Bytes to a client of the real server that hears of the scan and reads it; ten at once too."""
    folder = Path(tempfile.mkdtemp(prefix="unison-scan-floor-"))
    floor = Floor(folder, str(SCENARIO), lambda what: print(what, file=sys.stderr, flush=True))
    try:
        with floor, _plugged(folder / "scanner") as scanner, Api(floor.url) as own:
            api = floor.start()
            station = api.get("/stations")["items"][0]["id"]
            settings = _settings(scanner).model_dump(mode="json")
            row = api.post("/peripherals", {"station_id": station, "settings": settings})
            own.sign_in(ORGANIZATION, ADMIN.username, PASSWORD)
            listener = Listener(own)
            _until(lambda: api.get(f"/peripherals/{row['id']}")["state"] == PeripheralState.ONLINE, "the port is open")
            _until(listener.begun.is_set, "the event stream is open")
            times = [_heard_after(api, scanner, listener, number) for number in range(scans)]
            rows = list(_burst_at_the_server(api, scanner, listener))
            listener.end()
        heard, read = zip(*times, strict=True)
        rows += _told("heard from the server", heard, SERVER_P95)
        return [*rows, *_told("read from the server", read, SERVER_P95)]
    finally:
        floor.forget()


def _heard_after(api: Api, scanner: Scanner, listener: Listener, number: int) -> tuple[float, float]:
    """Seconds until the server told of the scan, and until a person's client had it."""
    time.sleep(random.Random(number).uniform(0.005, 0.12))
    begun = time.time()
    scanner.scan(f"SCAN-{number}", "C0")
    _until(lambda: len(_taken(listener)) > number, "the server told of the scan")
    (newest,) = _history(api, 1)
    ended, told = time.time(), _taken(listener)[number]
    if newest["qr_code_data"] != f"SCAN-{number}" or UUID(newest["id"]) != told.entity:
        raise ValueError(f"SCAN-{number} was told as {told.entity}, but the newest in the history is {newest}")
    return told.at - begun, ended - begun


def _taken(listener: Listener) -> list[Told]:
    return [told for told in listener.heard if told.topic == TAKEN]


def _history(api: Api, count: int) -> list[dict[str, Any]]:
    """The newest scans, as the page of scans reads them."""
    items: list[dict[str, Any]] = api.get("/qr-scans/history", limit=count)["items"]
    return items


class _Page:
    """An operator page's stream, read in a thread.

    Attributes:
        heard: when each text was first in hand.
    """

    def __init__(self, url: str) -> None:
        self.heard: dict[str, float] = {}
        self.is_open = False
        host = url.removeprefix("http://").strip("/")
        self._connection = HTTPConnection(host, timeout=PATIENCE_SECONDS)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the stream end with the agent."""
        self._connection.close()

    def _read(self) -> None:
        self._connection.request("GET", "/station/S1/news")
        name = b""
        for line in self._connection.getresponse():
            if line.startswith(b"event: "):
                name = line.removeprefix(b"event: ").strip()
            elif line.startswith(b"data: ") and name == b"takings":
                at = time.perf_counter()
                self.is_open = True
                for scan in orjson.loads(line.removeprefix(b"data: "))["scans"]:
                    self.heard.setdefault(scan["text"], at)


def _settings(scanner: Scanner) -> ScannerSettings:
    return ScannerSettings(name="bench", serial=SerialSettings(port=str(scanner.cable.link)))


def _station(scanner: Scanner) -> AgentConfiguration:
    peripheral = ScannerConfiguration(id=uuid4(), station_id=STATION, **_settings(scanner).model_dump())
    return AgentConfiguration(
        agent_id=UUID(int=0),
        organization_id=UUID(int=0),
        version=1,
        name="bench",
        stations=(StationConfiguration(id=STATION, code="S1", name="Station"),),
        peripherals=(peripheral,),
    )


@contextmanager
def _plugged(link: Path) -> Iterator[Scanner]:
    scanner = Scanner(link)
    scanner.cable.plug()
    try:
        yield scanner
    finally:
        scanner.cable.unplug()


def _told(row: str, seconds: Sequence[float], p95: float) -> Iterator[bool]:
    """Median and 95th percentile; a goal holds for the second."""
    highest = statistics.quantiles(seconds, n=20)[-1]
    yield result("scan", f"{row}, median", _ms(statistics.median(seconds)), "ms", reach="information", ok=True)
    yield result("scan", f"{row}, p95", _ms(highest), "ms", reach=f"< {_ms(p95):g}", ok=highest < p95)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _until(ready: Callable[[], bool], what: str) -> None:
    if not wait_for(ready, PATIENCE_SECONDS, 0.001):
        raise TimeoutError(f"not within {PATIENCE_SECONDS:g} s: {what}")


if __name__ == "__main__":
    raise SystemExit(main())
