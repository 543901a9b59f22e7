"""A camera of 1280 by 720 pixels at 15 pictures a second: what it costs, how soon a code is an event, what it misreads.

`processor` and `shown to event`: an agent reads MJPEG over HTTP from this PC; a code is put into a cluttered, noisy
picture again and again at any moment. Shown is when the next picture of the stream begins to bear it, so the wait for
that picture counts; the event is there when the commit that holds it is on disk. The processor is that of the process
at the camera and of the agent's threads for it. All that is of a Data Matrix; rows of EAN-13
and Code 39 are of clean labels, for which one look is enough too, as their bars are as printed. `misreads`: noise and
clutter without any code, all symbologies and the second pass on, through the decoder and the rules of confirmation as
the agent has them; in a smaller row with the second opinion too. Each piece of clutter is looked at as often in a row
as the agent does where nothing moves, with other noise; of still pictures, in a row of their own, with the very same
pixels. All have that size and the agent's time for the second pass. 100,000 of them take two cores some two hours:
`--part 1/10` to `--part 10/10` are the same pictures in ten goes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads
from typing import Any, ClassVar
from uuid import uuid5

import cv2
import numpy as np
import psutil
import zxingcpp
from unison_domain.codes.gs1.check_digit import check_digit
from unison_domain.stations.camera_settings import CameraSettings, CodeFormat
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.agent import Agent
from unison_station.cameras.camera import CameraWorker
from unison_station.cameras.decoder import Decoder
from unison_station.cameras.eye import SECOND_PASS_SHARE
from unison_station.cameras.gate import LOOKS
from unison_station.cameras.held import Held
from unison_station.cameras.presence import Presence
from unison_station.cameras.second_opinion import SecondOpinion

from tests.benchmarks.barcode_tree import Grey
from tests.benchmarks.clutter import clutter
from tests.benchmarks.report import result
from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.peripherals.station import scans, states, station
from tests.station_agent.waiting import until

WIDTH, HEIGHT, RATE = 1280, 720, 15.0
ABSENT_SECONDS = 0.3
SECOND_PASS_SECONDS = SECOND_PASS_SHARE / RATE
SHARE = 500
"""So many pictures are of one scene; the next have clutter of their own."""
LEAST_RATE = 0.93 * RATE
FORMATS = (CodeFormat.CODE_128, CodeFormat.DATA_MATRIX, CodeFormat.QR)


@dataclass(frozen=True)
class Kind:
    """Codes of one symbology that are shown: number `n` is written as `text(n)`, its modules `scale` pixels wide."""

    name: str
    written: zxingcpp.BarcodeFormat
    formats: tuple[CodeFormat, ...]
    text: Callable[[int], str]
    scale: int = 3


def _ean(number: int) -> str:
    digits = f"40{number:010d}"
    return digits + check_digit(digits)


DATA_MATRIX = Kind("Data Matrix", zxingcpp.BarcodeFormat.DataMatrix, FORMATS, "SHOWN-{}".format, 5)
OF_BARS = (
    Kind("Code 39", zxingcpp.BarcodeFormat.Code39, (CodeFormat.CODE_39,), "SHOWN-{}".format),
    Kind("EAN-13", zxingcpp.BarcodeFormat.EAN13, (CodeFormat.EAN_13,), _ean),
)


class Stream(BaseHTTPRequestHandler):
    """The camera: what is shown, fifteen times a second."""

    shown: ClassVar[bytes] = b""
    ending: ClassVar[bool] = False

    def do_GET(self) -> None:
        """Send pictures until the other side leaves."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        due = time.monotonic()
        try:
            while not self.ending:
                due += 1 / RATE
                time.sleep(max(0.0, due - time.monotonic()))
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.shown)}\r\n\r\n"
                self.wfile.write(head.encode() + self.shown + b"\r\n")
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _jpeg(picture: Grey) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def _with_code(table: Grey, kind: Kind, number: int, random: np.random.Generator) -> Grey:
    """The table with a code on a label somewhere."""
    code = zxingcpp.create_barcode(kind.text(number), kind.written)
    image = zxingcpp.write_barcode_to_image(code, scale=kind.scale, add_quiet_zones=True)
    symbol = np.asarray(image, dtype=np.uint8)
    height, width = symbol.shape[:2]
    top, left = int(random.integers(0, HEIGHT - height)), int(random.integers(0, WIDTH - width))
    seen = table.copy()
    seen[top : top + height, left : left + width] = symbol.reshape(height, width)
    return seen


@dataclass(frozen=True)
class Streamed:
    """What came of showing codes: p95 of shown to event (ms), cores, pictures a second, texts that became events."""

    p95: float
    cores: float
    rate: float
    found: list[str]


def told(shows: int) -> bool:
    """Print what showing codes costs; whether processor and latency reach their goals."""
    seen = stream(DATA_MATRIX, shows)
    right = seen.found == [DATA_MATRIX.text(n) for n in range(shows)]
    cores, rate, p95 = round(seen.cores, 3), round(seen.rate, 2), round(seen.p95, 1)
    whole = len(seen.found)
    reached = [
        result("camera", "processor", cores, "cores", reach="< 1 core", ok=cores < 1),
        result(
            "camera",
            "pictures looked at",
            rate,
            "1/s",
            reach=f">= {LEAST_RATE:.1f} of {RATE:g}",
            ok=rate >= LEAST_RATE,
        ),
        result("camera", "shown to event, p95", p95, "ms", reach="< 150 ms", ok=p95 < 150),
        result("camera", "shown codes that are events", whole, "scans", reach=f"all {shows}, once", ok=right),
    ]
    for kind in OF_BARS:
        p95 = round(stream(kind, shows).p95, 1)
        reached.append(
            result("camera", f"shown to event of {kind.name}, p95", p95, "ms", reach="< 150 ms", ok=p95 < 150)
        )
    return all(reached)


def stream(kind: Kind, shows: int) -> Streamed:
    """Show codes to an agent."""
    random = np.random.default_rng(4)
    tables = [next(clutter(random, WIDTH, HEIGHT)) for _ in range(4)]
    empty = [_jpeg(table) for table in tables]
    pictures = [_jpeg(_with_code(tables[n % 4], kind, n, random)) for n in range(shows)]
    Stream.shown, Stream.ending = empty[0], False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    camera = CameraConfiguration(
        id=uuid5(SPACE, "camera"),
        station_id=STATION,
        name="camera",
        source=f"http://127.0.0.1:{server.server_port}/video",
        formats=kind.formats,
        absent_seconds=ABSENT_SECONDS,
    )
    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Agent(Path(folder), configuration=station(camera)) as agent:
        until(lambda: states(agent) == ["online"])
        time.sleep(2.0)
        eye = next(child for child in psutil.Process().children() if "unison_station.cameras.eye" in child.cmdline())
        commits: list[tuple[float, int]] = []
        agent.store.listen(lambda _urgent: commits.append((time.monotonic(), agent.store.outgoing.depth)))
        looks = _counted(agent, camera)
        used, began = _spent(eye), time.monotonic()
        for number, picture in enumerate(pictures):
            commits.clear()
            Stream.shown, shown = picture, time.monotonic()
            text = kind.text(number)
            until(lambda text=text: text in scans(agent))  # type: ignore[misc]  # the loop's value
            place = max(
                n for n, row in enumerate(agent.store.outgoing.pending(10**6, 1 << 40)) if row.kind == "scan_taken"
            )
            until(lambda place=place: any(depth > place for _, depth in commits))  # type: ignore[misc]  # the loop's value
            delays.append(next(at for at, depth in commits if depth > place) - shown)
            Stream.shown = empty[number % 4]
            time.sleep(ABSENT_SECONDS + float(random.uniform(0.1, 0.3)))
        seconds = time.monotonic() - began
        cores, rate = (_spent(eye) - used) / seconds, next(looks) / seconds
        found = scans(agent)
    Stream.ending = True
    server.shutdown()
    return Streamed(statistics.quantiles(delays, n=20)[-1] * 1e3, cores, rate, found)


def _counted(agent: Agent, camera: CameraConfiguration) -> Iterator[int]:
    """Count pictures from now on that were looked at; the next of it is how many there were before."""
    worker = agent.peripherals.find(camera.id)
    assert isinstance(worker, CameraWorker)
    take, looks = worker.camera._take_codes, itertools.count()

    def counted(said: dict[str, Any], jpeg: bytes) -> None:
        next(looks)
        take(said, jpeg)

    worker.camera._take_codes = counted  # type: ignore[method-assign]  # nothing else tells of a picture without a code
    return looks


def _spent(eye: psutil.Process) -> float:
    """Seconds of processor time of the process at the camera and the agent's two threads for it."""
    ours = {thread.native_id for thread in enumerate_threads() if thread.name in ("eye", "peripheral camera")}
    threads = [thread for thread in psutil.Process().threads() if thread.id in ours]
    return sum(eye.cpu_times()[:2]) + sum(thread.user_time + thread.system_time for thread in threads)


@dataclass(frozen=True)
class Share:
    """Some of the pictures for `misreads`."""

    seed: int
    count: int
    has_opinion: bool
    is_still: bool = False


def _shown(share: Share) -> Iterator[Grey]:
    """Each piece `LOOKS` times, with other noise; of a still one the very same pixels."""
    chance = np.random.default_rng(share.seed)
    if not share.is_still:
        return clutter(chance, WIDTH, HEIGHT, LOOKS)
    return itertools.chain.from_iterable(itertools.repeat(piece, LOOKS) for piece in clutter(chance, WIDTH, HEIGHT))


def _misread(share: Share) -> list[str]:
    """What counts in so many pictures without a code."""
    cv2.setNumThreads(1)
    rules = CameraSettings(name="camera", source="clutter")
    opinion = SecondOpinion() if share.has_opinion else None
    decoder, held = Decoder(opinion=opinion.read if opinion else None), Held()
    presence = Presence(rules.absent_seconds, rules.confirmations, rules.least_length)
    told = []
    for number, picture in enumerate(itertools.islice(_shown(share), share.count)):
        codes = decoder.read(picture, SECOND_PASS_SECONDS)
        still_there = {code.key for code in held.take(picture, codes)}
        counting = presence.see(codes, number / RATE, still_there)
        told += [f"{code.symbol.identifier} {code.text}" for code in counting]
    if opinion:
        opinion.close()
    return told


def misreads(count: int, *, has_opinion: bool = False, is_still: bool = False, part: tuple[int, int] = (1, 1)) -> bool:
    """Look at `count` pictures of noise and clutter, or at part 1 to n of n of them, on two processor cores."""
    first = 5_000 if has_opinion else 9_000 if is_still else 1_000
    kind = {"has_opinion": has_opinion, "is_still": is_still}
    whole = max(2, count // SHARE)
    shares = [Share(first + n, count // whole, **kind) for n in range(whole) if n % part[1] == part[0] - 1]
    began = time.monotonic()
    # a copy of this process would wait for threads of OpenCV that were not copied with it
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        told = [one for share in pool.map(_misread, shares) for one in share]
    if told:
        print(json.dumps({"misread": told}))
    seconds = time.monotonic() - began
    seen = sum(share.count for share in shares)
    unit = f"in {seen} pictures, each piece {LOOKS} times, in {seconds:.0f} s"
    name = "misreads" + (" with a second opinion" if has_opinion else " of still pictures" if is_still else "")
    return result("camera", name, len(told), unit, reach="0", ok=not told)


def _part(said: str) -> tuple[int, int]:
    number, _, of = said.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise argparse.ArgumentTypeError(f"'{said}' is no part: the third of ten is 3/10")
    return int(number), int(of)


def main() -> int:
    """Run all rows; 1 when one falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pictures")
    parser.add_argument("--part", type=_part, metavar="K/N", help="nothing but this part of the misreads, which add up")
    asked = parser.parse_args()
    quick = asked.quick
    if asked.part:
        return 0 if misreads(100_000, part=asked.part) else 1
    streamed = told(15 if quick else 60)
    silent = misreads(1_600 if quick else 100_000)
    silent &= misreads(400 if quick else 4_000, is_still=True)
    if SecondOpinion().is_there:
        silent &= misreads(160 if quick else 1_600, has_opinion=True)
    return 0 if streamed and silent else 1


if __name__ == "__main__":
    raise SystemExit(main())
