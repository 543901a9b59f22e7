"""pyzbar as a second opinion, in a process of its own: zbar ends the process it runs in on some pictures.

It is no dependency of the agent. Where it is not installed the opinion is off, and that is said once.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import struct
import subprocess
import sys
import time
from typing import Any

import numpy as np
from unison_domain.codes.aim import Symbol

from unison_station.cameras.code import Code, Grey

log = logging.getLogger(__name__)

_SHAPE = struct.Struct("<II")
_AIM = {
    "EAN13": "E0",
    "EAN8": "E4",
    "UPCA": "E0",
    "UPCE": "E0",
    "ISBN13": "E0",
    "CODE128": "C0",
    "CODE39": "A0",
    "CODE93": "G0",
    "CODABAR": "F0",
    "I25": "I0",
    "DATABAR": "e0",
    "DATABAR_EXP": "e0",
    "QRCODE": "Q1",
}
"""What zbar calls a symbol and what AIM does; zbar does not tell GS1 from other Code 128 and QR."""


class SecondOpinion:
    """Asks zbar, and begins its process again when it died. For one thread.

    Attributes:
        seconds: what zbar itself needed for the last picture.
    """

    def __init__(self) -> None:
        """Nothing is started before it is asked."""
        self._process: subprocess.Popen[bytes] | None = None
        self._is_there = importlib.util.find_spec("pyzbar") is not None
        self.seconds = 0.0
        if not self._is_there:
            log.warning("no second opinion on codes: pyzbar is not installed on this PC")

    @property
    def is_there(self) -> bool:
        """Whether pyzbar is installed and works."""
        return self._is_there

    def read(self, picture: Grey) -> list[Code]:
        """What zbar sees; nothing where it dies of the picture. All of it wants confirmation."""
        if not self._is_there:
            return []
        try:
            answer = self._ask(picture)
        except (OSError, ValueError):
            self.close()
            return []
        if "error" in answer:
            log.warning("no second opinion on codes: %s", answer["error"])
            self._is_there = False
            return []
        self.seconds = answer["seconds"]
        return [
            Code(text, Symbol(_AIM.get(kind, "")), tuple((x, y) for x, y in corners), was_changed=True)
            for kind, text, corners in answer["codes"]
        ]

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def _ask(self, picture: Grey) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise OSError("the process has no pipes")
        asked.write(_SHAPE.pack(*picture.shape) + np.ascontiguousarray(picture).tobytes())
        asked.flush()
        answer: dict[str, Any] = json.loads(told.readline())
        return answer


def _serve() -> None:
    """The other process: a picture in, a line out, until the pipe ends."""
    try:
        pyzbar = importlib.import_module("pyzbar.pyzbar")
    except ImportError as error:
        print(json.dumps({"error": f"pyzbar can't be used: {error}"}), flush=True)
        return
    symbols = [one for one in pyzbar.ZBarSymbol if one.name not in ("PARTIAL", "NONE", "PDF417")]
    while len(head := sys.stdin.buffer.read(_SHAPE.size)) == _SHAPE.size:
        height, width = _SHAPE.unpack(head)
        picture = np.frombuffer(sys.stdin.buffer.read(height * width), np.uint8).reshape(height, width)
        began = time.perf_counter()
        found = pyzbar.decode(picture, symbols)
        seconds = time.perf_counter() - began
        codes = [(one.type, one.data.decode("utf-8", "replace"), _box(one.rect)) for one in found if one.data]
        print(json.dumps({"seconds": seconds, "codes": codes}), flush=True)


def _box(rect: Any) -> list[tuple[float, float]]:
    left, top, width, height = rect
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


if __name__ == "__main__":
    _serve()
