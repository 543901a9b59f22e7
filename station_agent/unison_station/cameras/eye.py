"""The process at a camera: takes pictures, reads them, and tells. It may be killed at any moment.

Drivers and decoders hang and crash; here that harms nobody. The agent hears of each picture that was taken, so silence
means that the process hangs. It tells when a picture was taken by the monotonic clock, which all processes of a PC have
in common: how long the agent takes to hear it changes nothing. It ends when its agent does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from threading import Event, Thread
from typing import Any, BinaryIO

import cv2
import numpy as np
from unison_domain.stations.camera_settings import CameraSettings

from unison_station.cameras.code import Code, Grey, most_reads
from unison_station.cameras.decoder import Decoder
from unison_station.cameras.gate import Gate
from unison_station.cameras.held import Held
from unison_station.cameras.second_opinion import SecondOpinion
from unison_station.cameras.source import Mark, NoPictures, Picture, Shown, Source, Taken, Waiting
from unison_station.cameras.sources import open_source, unheeded
from unison_station.cameras.wire import Message, write
from unison_station.cameras.zxing import Zxing

RING_EVERY_SECONDS = 0.5
"""Two pictures a second tell what happened before a stop."""

RING_SHARE = 0.25
"""Of a processor core: a picture that takes long to be searched for badges is followed by the next one later."""

RING_WIDTH = 1280
QUALITY = 85
"""Of JPEG: codes stay readable."""

SECOND_PASS_SHARE = 0.4
"""Of the time between two pictures: the process stays below one processor core."""


class Eye:
    """The work with one open camera."""

    def __init__(self, settings: CameraSettings, out: BinaryIO) -> None:
        self._settings = settings
        self._out = out
        self._gate = Gate(settings)
        self._opinion = SecondOpinion(settings.formats) if settings.second_opinion and settings.formats else None
        self._decoder = Decoder(
            settings.formats,
            second_pass=settings.second_pass,
            confirmations=settings.confirmations,
            opinion=self._opinion.read if self._opinion is not None and self._opinion.is_there else None,
        )
        self._all_codes = Zxing(None)
        self._reads: dict[tuple[str, str], int] = {}
        self._held = Held()
        self._remarks: list[str] = []
        self._ring_due = 0.0
        self._due = 0.0
        self._patience = 0.0
        self._answered = 0
        self._asked = 0
        self._is_asked = Event()

    def ask(self, number: int) -> None:
        """Somebody wants a picture, by a number; an answer holds for all up to it. From any thread."""
        self._asked = number
        self._is_asked.set()

    def run(self, shown: Shown | None) -> None:
        """Until the source ends; of a folder, but for what was `shown`. Raises NoPictures."""
        source = open_source(self._settings, shown, self._is_asked)
        self._decoder.looks_once = source.keeps_rate
        self._remarks = self._remarks_on(source)
        write(self._out, Message({"opened": self._remarks}))
        self._tell_patience(source)
        try:
            while True:
                self._take(source)
                self._tell_remarks(source)
                self._tell_patience(source)
        finally:
            source.close()

    def _remarks_on(self, source: Source) -> list[str]:
        opinion = self._opinion.remark if self._opinion is not None else None
        return [*source.remarks, *unheeded(self._settings), *([opinion] if opinion else [])]

    def _tell_patience(self, source: Source) -> None:
        """The agent ends a process that says nothing for longer."""
        if source.patience != self._patience:
            self._patience = source.patience
            write(self._out, Message({"patience": self._patience}))

    def _tell_remarks(self, source: Source) -> None:
        """Those that hold now, where they are others than before."""
        remarks = self._remarks_on(source)
        if remarks != self._remarks:
            self._remarks = remarks
            write(self._out, Message({"opened": remarks}))

    def _take(self, source: Source) -> None:
        taken = source.newest()
        if isinstance(taken, Waiting):
            write(self._out, Message({"waiting": taken.words}))
            return
        if taken.at < self._due and not source.keeps_rate and self._asked == self._answered:
            return  # the source is faster than it was asked to be
        self._due = max(self._due, taken.at - 1.0 / self._settings.rate) + 0.98 / self._settings.rate
        number = self._asked
        self._look(taken)
        if number != self._answered:
            self._answered = number
            self._give(taken, number)
        if self._settings.ring_seconds and taken.at >= self._ring_due:
            self._give_for_ring(taken)

    def _give(self, taken: Taken, number: int) -> None:
        """The picture as it was asked for, after what it shows was told."""
        grey = _grey(taken.picture)
        _, png = cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        said = {"asked": taken.at, "number": number, "texts": self._texts(grey)}
        write(self._out, Message(said, png.tobytes()))

    def _give_for_ring(self, taken: Taken) -> None:
        """After what it shows was told. It is searched as small as it leaves."""
        picture, began = _narrowed(taken.picture, RING_WIDTH), time.thread_time()
        texts = self._texts(_grey(picture))
        self._ring_due = taken.at + max(RING_EVERY_SECONDS, (time.thread_time() - began) / RING_SHARE)
        write(self._out, Message({"ring": taken.at, "texts": texts}, _jpeg(picture)))

    def _texts(self, picture: Grey) -> list[str]:
        """All codes that are read anywhere in it, of any kind: no picture leaves this process without them, for the
        agent neither keeps nor gives away any that shows a badge.
        """
        return [code.text for code in self._all_codes.read(picture)]

    def _look(self, taken: Taken) -> None:
        grey = _grey(taken.picture)
        codes = self._codes(grey) if self._settings.formats else []
        held = self._held.take(grey, codes)
        read = {code.key: self._reads.get(code.key, 0) + (not code.is_again) for code in codes}
        self._reads = {code.key: self._reads.get(code.key, 0) for code in held} | read
        may_count = any(number <= most_reads(self._settings.confirmations) for number in read.values())
        wants_picture = self._settings.keep_scans and may_count
        said = {
            "seen": [asdict(code) for code in codes],
            "held": [code.key for code in held],
            "texts": self._texts(grey) if wants_picture else [],
            "at": taken.at,
            "done": taken.done,
            "known": taken.known,
            "last": taken.last,
            "passed": taken.passed,
        }
        write(self._out, Message(said, _jpeg(taken.picture) if wants_picture else b""))

    def _codes(self, picture: Grey) -> list[Code]:
        worth = self._gate.part(picture)
        if worth is None:
            return []
        part, left, top = worth
        found = self._decoder.read(part, SECOND_PASS_SHARE / self._settings.rate, self._is_next_due)
        return [code.moved(left, top) for code in found]

    def _is_next_due(self) -> bool:
        """Another try of the second pass would make the next picture wait."""
        return time.monotonic() + self._decoder.try_seconds > self._due


def _grey(picture: Picture) -> Grey:
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _narrowed(picture: Picture, widest: int) -> Picture:
    if picture.shape[1] <= widest:
        return picture
    size = (widest, max(1, round(picture.shape[0] * widest / picture.shape[1])))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _jpeg(picture: Picture) -> bytes:
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return jpeg.tobytes()


def _mark(said: list[Any] | None) -> Mark | None:
    return None if said is None else Mark(*said)


def _listen(eye: Eye) -> None:
    """A line asks for a picture, by a number; the end of lines is the end of the agent."""
    for line in iter(sys.stdin.buffer.readline, b""):
        eye.ask(int(line))
    os._exit(0)


def main() -> int:
    """Settings come as the first line, what was shown of a folder before as the second.

    Returns:
        1 where the camera is not there or gone, which was told before.
    """
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries may print what they like
    cv2.setNumThreads(1)
    settings = CameraSettings.model_validate_json(sys.stdin.buffer.readline())
    before = json.loads(sys.stdin.buffer.readline())
    shown = None if before is None else Shown(tuple(before["seen"]), before["last"], _mark(before["before"]))
    eye = Eye(settings, out)
    Thread(target=_listen, args=(eye,), name="agent", daemon=True).start()
    try:
        eye.run(shown)
    except NoPictures as error:
        write(out, Message({"ended": str(error)}))
    except Exception as error:
        write(out, Message({"ended": f"fault of the program: {error!r}"}))
        raise
    except KeyboardInterrupt:
        return 0
    return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads of drivers may hang
