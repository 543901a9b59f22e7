"""Codes in pictures: how many we read beside zxing-cpp and pyzbar alone, how many wrongly, and how long it takes.

Given a folder, it reads every picture in it and below that has its text beside it, in a file of the same stem ending in
`.txt`: several lines are several codes (or one code of several lines), an empty file says that there is none. Without a
folder it makes its own pictures with zint, spoilt in many ways. All readers see the same grey pixels.

`ours` is what a camera does with a picture that lies before it for up to a second: looks with their share of time,
and the rules of confirmation as the agent has them. `ms_to_count` is the sum of its looks until the last code counted,
the mean of pictures in which one did; `ms_per_image` is the sum of all its looks. Of the others
both are their one look.

`decoded` are pictures of which everything expected was read, `missed` the others; `wrong` are pictures in which
something was read that nobody expected, whichever of both they are.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import zxingcpp
from unison_domain.stations.camera_settings import CameraSettings
from unison_station.cameras.code import Code, Grey
from unison_station.cameras.decoder import Decoder
from unison_station.cameras.eye import SECOND_PASS_SHARE
from unison_station.cameras.picture_files import ENDINGS, NoPicture, load_grey
from unison_station.cameras.presence import Presence
from unison_station.cameras.second_opinion import SecondOpinion

from tests.benchmarks.barcode_tree import ZintMissing, make_tree
from tests.benchmarks.expected_codes import expected_of, judged
from tests.benchmarks.report import result

RATE = 15.0
"""Pictures a second of the camera."""

MORE_LOOKS = 3
"""So many are made at a picture after something counted: there may be more in it."""


class Read(NamedTuple):
    """What a reader made of a picture.

    Attributes:
        seconds: of all its looks.
        to_count: seconds until the last of the texts counted; all of them where there is none.
    """

    texts: list[str]
    seconds: float
    to_count: float


Reader = Callable[[Grey], Read]


@dataclass
class Tally:
    """What one reader did."""

    decoded: int = 0
    wrong: int = 0
    missed: int = 0
    counted: int = 0
    seconds: float = 0.0
    seconds_to_count: float = 0.0
    by_folder: Counter[str] = field(default_factory=Counter)

    def add(self, expected: str, read: Read, folder: str) -> None:
        """Count one picture."""
        is_complete, strange = judged(expected, read.texts)
        self.decoded += is_complete
        self.missed += not is_complete
        self.wrong += strange > 0
        self.seconds += read.seconds
        if read.texts:
            self.counted += 1
            self.seconds_to_count += read.to_count
        self.by_folder[folder] += is_complete

    def shown(self) -> dict[str, object]:
        """As it is printed."""
        images = self.decoded + self.missed
        return {
            "decoded": self.decoded,
            "wrong": self.wrong,
            "missed": self.missed,
            "ms_to_count": round(self.seconds_to_count / max(self.counted, 1) * 1e3, 2),
            "ms_per_image": round(self.seconds / max(images, 1) * 1e3, 2),
            "decoded_by_folder": dict(sorted(self.by_folder.items())),
        }


def pictures_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Pictures with what is expected in them; the others are told on standard error."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in ENDINGS or not path.is_file():
            continue
        expected = expected_of(path)
        if expected is None:
            print(f"{path}: left out, there is no text beside it", file=sys.stderr)
            continue
        yield path, expected


def _zxing_alone(picture: Grey) -> Read:
    began = time.perf_counter()
    found = zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain)
    seconds = time.perf_counter() - began
    return Read([one.text for one in found if one.text], seconds, seconds)


def _as_camera(opinion: SecondOpinion | None) -> Reader:
    rules = CameraSettings(name="camera", source="pictures")

    def read(picture: Grey) -> Read:
        decoder = Decoder(opinion=opinion.read if opinion is not None else None)
        presence = Presence(rules.absent_seconds, rules.confirmations, rules.least_length)
        texts: list[str] = []
        spent = to_count = 0.0
        patience = 0
        for number in range(round(RATE)):
            codes, seconds = _look(decoder, picture)
            spent += seconds
            new = [code.text for code in presence.see(codes, number / RATE)]
            texts += new
            to_count = spent if new or not texts else to_count
            patience = MORE_LOOKS if new else patience - 1
            if texts and patience == 0:
                break
        return Read(texts, spent, to_count)

    return read


def _look(decoder: Decoder, picture: Grey) -> tuple[list[Code], float]:
    began = time.perf_counter()
    due = began + 1 / RATE
    codes = decoder.read(picture, SECOND_PASS_SHARE / RATE, lambda: time.perf_counter() + decoder.try_seconds > due)
    return codes, time.perf_counter() - began


def _pyzbar_alone(opinion: SecondOpinion) -> Reader:
    """In a process of its own, which zbar may end; timed in there."""

    def read(picture: Grey) -> Read:
        opinion.seconds = 0.0
        texts = [code.text for code in opinion.read(picture)]
        return Read(texts, opinion.seconds, opinion.seconds)

    return read


def measure(folder: Path, out: Path | None = None) -> bool:
    """Read the tree with all readers; one JSON document, then the rows. Whether they reach their goals."""
    opinion = SecondOpinion()
    ours = "ours"
    readers: dict[str, Reader] = {"zxing-cpp": _zxing_alone, ours: _as_camera(opinion if opinion.is_there else None)}
    if opinion.is_there:
        readers |= {"ours without pyzbar": _as_camera(None), "pyzbar": _pyzbar_alone(opinion)}
    tallies = {name: Tally() for name in readers}
    hits: dict[str, list[float]] = {ours: [], "zxing-cpp": []}
    unreadable, errors = 0, []
    for path, expected in pictures_of(folder):
        try:
            picture = load_grey(path)
        except NoPicture as error:
            print(error, file=sys.stderr)
            unreadable += 1
            continue
        place = str(path.parent.relative_to(folder))
        read = {name: reader(picture) for name, reader in readers.items()}
        for name, one in read.items():
            tallies[name].add(expected, one, place)
            if name == ours and judged(expected, one.texts)[1]:
                errors.append({"picture": str(path), "expected": expected, "read": one.texts})
        if read["zxing-cpp"].texts:
            for name in hits:
                hits[name].append(min(read[name].to_count, readers[name](picture).to_count))
    opinion.close()
    shown = {name: tally.shown() for name, tally in tallies.items()}
    images = tallies[ours].decoded + tallies[ours].missed
    print(
        json.dumps({"bench": "barcodes", "images": images, "unreadable": unreadable, **shown, "wrongly_read": errors})
    )
    if images == 0:
        print(f"{folder} holds no picture with its text beside it", file=sys.stderr)
        return False
    return _rows(tallies, hits, opinion.is_there)


def _rows(tallies: dict[str, Tally], hits: dict[str, list[float]], has_pyzbar: bool) -> bool:
    peers = ["zxing-cpp", *(["pyzbar"] if has_pyzbar else [])]
    best = max(peers, key=lambda name: (tallies[name].decoded, -tallies[name].wrong))
    lacking = "" if has_pyzbar else "; pyzbar is not installed"
    ours, peer = tallies["ours"], tallies[best]
    everything = peer.missed == 0 and ours.missed == 0
    more = result(
        "barcodes",
        "decoded",
        ours.decoded,
        "pictures",
        peer=f"{best} alone: {peer.decoded}{lacking}",
        ratio=round(ours.decoded / max(peer.decoded, 1), 3),
        reach="more than the best alone, or all",
        ok=ours.decoded > peer.decoded or everything,
    )
    right = result(
        "barcodes",
        "wrong",
        ours.wrong,
        "pictures",
        peer=f"{best} alone: {peer.wrong}{lacking}",
        reach="no more than the best alone",
        ok=ours.wrong <= peer.wrong,
    )
    spent, alone = sum(hits["ours"]), sum(hits["zxing-cpp"])
    ratio = spent / alone if alone else 1.0
    fast = result(
        "barcodes",
        "time to what counted, per image on a hit",
        round(spent / max(len(hits["ours"]), 1) * 1e3, 2),
        "ms",
        peer=f"zxing-cpp alone, on the {len(hits['ours'])} pictures in which it finds something",
        ratio=round(ratio, 3),
        reach="ratio <= 1.3",
        ok=ratio <= 1.3,
    )
    return more and right and fast


def main() -> int:
    """Run; 1 when a row falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="pictures with their texts beside them")
    parser.add_argument("--quick", action="store_true", help="fewer pictures of its own")
    arguments = parser.parse_args()
    if arguments.folder is not None:
        if not arguments.folder.is_dir():
            print(f"{arguments.folder} is no folder", file=sys.stderr)
            return 2
        return 0 if measure(arguments.folder.absolute()) else 1
    with tempfile.TemporaryDirectory() as made:
        try:
            make_tree(Path(made), 1 if arguments.quick else 4)
        except ZintMissing as error:
            print(error, file=sys.stderr)
            return 2
        return 0 if measure(Path(made)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
