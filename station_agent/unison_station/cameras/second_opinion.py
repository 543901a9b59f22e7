"""pyzbar as a second opinion, in a process of its own: zbar ends the process it runs in on some pictures.

It is no dependency of the agent. Where it is not installed the opinion is off, and `remark` says so.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import json
import os
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Timer
from typing import Any, TypeAlias

import numpy as np
from unison_domain.codes.aim import Symbol
from unison_domain.stations.camera_settings import CodeFormat

from unison_station.cameras.code import Code, Grey

ANSWER_SECONDS = 2.0
"""So long zbar may look at a picture before its process is ended: no camera waits for one that hangs."""

START_SECONDS = 5.0
"""So long its process may take for the first picture: it is begun for that."""

DEATHS, REST_SECONDS = 3, 60.0
"""After so many ends within so many seconds it is asked nothing for as long."""

_SHAPE = struct.Struct("<II")

_Told: TypeAlias = tuple[str, str, int, list[tuple[int, int]], bool]
"""Name, text, modifiers, corners, and whether so many lines said so that it may be believed."""

_NAMES = {
    CodeFormat.CODABAR: "CODABAR",
    CodeFormat.CODE_39: "CODE39",
    CodeFormat.CODE_93: "CODE93",
    CodeFormat.CODE_128: "CODE128",
    CodeFormat.DATA_BAR: "DATABAR",
    CodeFormat.EAN_8: "EAN8",
    CodeFormat.EAN_13: "EAN13",
    CodeFormat.ITF: "I25",
    CodeFormat.QR: "QRCODE",
    CodeFormat.UPC_A: "UPCA",
    CodeFormat.UPC_E: "UPCE",
}
"""How zbar calls what it can read. GS1 DataBar Expanded is not among it: of blurred ones it makes other texts."""

_AIM = {
    "EAN13": "E0",
    "EAN8": "E4",
    "UPCA": "E0",
    "UPCE": "E0",
    "CODE128": "C0",
    "CODE39": "A0",
    "CODE93": "G0",
    "CODABAR": "F0",
    "I25": "I0",
    "DATABAR": "e0",
    "QRCODE": "Q1",
}
_AIM_OF_GS1 = {"CODE128": "C1", "QRCODE": "Q3"}

_UPC = ("EAN13", "UPCA", "UPCE")
_LEAST_LINES = 2
"""So many of its scan lines must say the same of a linear code; a symbol of QR Code corrects its own errors."""

_GS1 = 1
"""Bit of zbar's modifiers (`zbar_modifier_t`): FNC1 in the first place."""


class SecondOpinion:
    """Asks zbar, and begins its process again when it died. For one thread.

    Attributes:
        seconds: what zbar itself needed for the last picture.
    """

    def __init__(self, formats: Iterable[CodeFormat] | None = None) -> None:
        """None as formats asks for everything zbar can read. Nothing is started before it is asked."""
        wanted = _NAMES if formats is None else formats
        self._names = sorted(_NAMES[one] for one in wanted if one in _NAMES)
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = deque[float](maxlen=DEATHS)
        self._rests_until = float("-inf")
        self._lack = self._what_lacks()
        self.seconds = 0.0

    @property
    def is_there(self) -> bool:
        """Whether pyzbar is installed, works, and reads some of these formats."""
        return self._lack is None

    @property
    def remark(self) -> str | None:
        """Why there is no second opinion at the moment, in words; None where there is one."""
        why = self._lack
        if why is None and time.monotonic() < self._rests_until:
            why = f"pyzbar ended or hung {DEATHS} times within a minute, and is asked again after another one"
        return why and f"no second opinion on codes: {why}"

    def read(self, picture: Grey) -> list[Code]:
        """What zbar sees; nothing where it dies of the picture. All wants confirmation; one line alone gives none."""
        if self._lack is not None or time.monotonic() < self._rests_until:
            return []
        try:
            answer = self._ask(picture)
        except (OSError, ValueError):
            self._mourn()
            return []
        if "error" in answer:
            self._lack = answer["error"]
            self.close()
            return []
        self.seconds = answer["seconds"]
        return [
            Code(
                _text(kind, text),
                _symbol(kind, modifiers),
                tuple((x, y) for x, y in corners),
                was_changed=True,
                is_again=not is_sure,
            )
            for kind, text, modifiers, corners, is_sure in answer["codes"]
        ]

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def _ask(self, picture: Grey) -> dict[str, Any]:
        seconds = ANSWER_SECONDS
        if self._process is None:
            seconds = START_SECONDS
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, *self._names],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise OSError("the process has no pipes")
        patience = Timer(seconds, self._process.kill)  # a pipe that is full would wait for ever as well
        patience.daemon = True
        patience.start()
        try:
            asked.write(_SHAPE.pack(*picture.shape) + np.ascontiguousarray(picture).tobytes())
            asked.flush()
            answer: dict[str, Any] = json.loads(told.readline())
        finally:
            patience.cancel()
        return answer

    def _mourn(self) -> None:
        """Its process ended, or was ended."""
        self.close()
        now = time.monotonic()
        self._deaths.append(now)
        if len(self._deaths) == DEATHS and now - self._deaths[0] <= REST_SECONDS:
            self._rests_until = now + REST_SECONDS
            self._deaths.clear()

    def _what_lacks(self) -> str | None:
        if importlib.util.find_spec("pyzbar") is None:
            return "pyzbar is not installed on this PC"
        return None if self._names else "pyzbar reads none of the codes that are looked for"


def _symbol(kind: str, modifiers: int) -> Symbol:
    return Symbol((_AIM_OF_GS1.get(kind) if modifiers & _GS1 else None) or _AIM[kind])


def _text(kind: str, text: str) -> str:
    """As zxing-cpp gives it: UPC-A and UPC-E in the 13 digits they stand for."""
    return f"0{upc_a(text)}" if kind == "UPCE" else text.rjust(13, "0") if kind == "UPCA" else text


def upc_a(text: str) -> str:
    """The 12 digits of UPC-A that the 8 of a UPC-E stand for (GS1 General Specifications 5.2.2.4.2)."""
    system, body, check = text[0], text[1:7], text[7]
    match body[5]:
        case "0" | "1" | "2":
            whole = f"{body[:2]}{body[5]}0000{body[2:5]}"
        case "3":
            whole = f"{body[:3]}00000{body[3:5]}"
        case "4":
            whole = f"{body[:4]}00000{body[4]}"
        case last:
            whole = f"{body[:5]}0000{last}"
    return f"{system}{whole}{check}"


def _serve(names: Sequence[str]) -> None:
    """The other process: a picture in, a line out, until the pipe ends."""
    try:
        zbar = importlib.import_module("pyzbar.wrapper")
    except ImportError as error:
        print(json.dumps({"error": f"pyzbar can't be used: {error}"}), flush=True)
        return
    scanner = _scanner(zbar, names)
    wanted = {*names, "UPCA"} if "EAN13" in names else {*names}  # a UPC-A is an EAN-13 that begins with 0
    while len(head := sys.stdin.buffer.read(_SHAPE.size)) == _SHAPE.size:
        height, width = _SHAPE.unpack(head)
        picture = sys.stdin.buffer.read(height * width)
        began = time.perf_counter()
        patience = Timer(START_SECONDS, os._exit, (1,))  # who asked has ended it by then, or is no more
        patience.daemon = True
        patience.start()
        codes = _read(zbar, scanner, picture, width, height)
        patience.cancel()
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "codes": [one for one in codes if one[0] in wanted]}), flush=True)


def _scanner(zbar: Any, names: Sequence[str]) -> Any:
    """A scanner of zbar for these. UPC comes under its own name only where EAN-13 and both UPC are looked for."""
    scanner = zbar.zbar_image_scanner_create()
    enabled = {*names, *_UPC} if {*names} & {*_UPC} else {*names}
    for symbol in zbar.ZBarSymbol:
        zbar.zbar_image_scanner_set_config(scanner, symbol, zbar.ZBarConfig.CFG_ENABLE, symbol.name in enabled)
    return scanner


def _read(zbar: Any, scanner: Any, picture: bytes, width: int, height: int) -> list[_Told]:
    image = zbar.zbar_image_create()
    try:
        zbar.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
        zbar.zbar_image_set_size(image, width, height)
        zbar.zbar_image_set_data(image, ctypes.cast(ctypes.c_char_p(picture), ctypes.c_void_p), len(picture), None)
        zbar.zbar_scan_image(scanner, image)
        return list(_symbols(zbar, image))
    finally:
        zbar.zbar_image_destroy(image)


def _symbols(zbar: Any, image: Any) -> Iterator[_Told]:
    modifiers = _modifiers(zbar)
    lines = zbar.zbar_function("zbar_symbol_get_quality", ctypes.c_int, ctypes.POINTER(zbar.zbar_symbol))
    symbol = zbar.zbar_image_first_symbol(image)
    while symbol:
        data = ctypes.string_at(zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol))
        count = zbar.zbar_symbol_get_loc_size(symbol)
        name = zbar.ZBarSymbol(symbol.contents.type).name
        if data and count:
            x = [zbar.zbar_symbol_get_loc_x(symbol, number) for number in range(count)]
            y = [zbar.zbar_symbol_get_loc_y(symbol, number) for number in range(count)]
            corners = [(min(x), min(y)), (max(x), min(y)), (max(x), max(y)), (min(x), max(y))]
            is_sure = name == "QRCODE" or lines(symbol) >= _LEAST_LINES
            yield name, data.decode("utf-8", "replace"), modifiers(symbol), corners, is_sure
        symbol = zbar.zbar_symbol_next(symbol)


def _modifiers(zbar: Any) -> Callable[[Any], int]:
    """How zbar tells GS1 from other codes; before 0.23 it could not."""
    try:
        told: Callable[[Any], int] = zbar.zbar_function(
            "zbar_symbol_get_modifiers", ctypes.c_uint, ctypes.POINTER(zbar.zbar_symbol)
        )
    except AttributeError:
        return lambda _symbol: 0
    return told


if __name__ == "__main__":
    _serve(sys.argv[1:])
