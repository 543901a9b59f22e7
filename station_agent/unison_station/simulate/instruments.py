"""A simulated scanner, caliper and scale: they send what real ones send, also when they are in trouble."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Literal

from unison_station.simulate.cable import Cable

_HALVES_SECONDS = {"half": 0.01, "pause": 0.15}
_CALIPER_WIDTH = 9
_SCALE_WIDTH = 10

Slip = Literal["half", "pause", "double", "garbled"]
"""What may go wrong with one message: it comes in two pieces, with a long pause between them, twice at once, or with a
broken byte."""


class Scanner:
    """A handheld scanner with AIM identifiers and CR at the end; a GS stays a GS."""

    def __init__(self, link: Path) -> None:
        self.cable = Cable(link)

    def scan(self, text: str, symbology: str = "", slip: Slip | None = None) -> None:
        """The trigger is pulled on a code; `symbology` as in `C1`."""
        identifier = f"]{symbology}" if symbology else ""
        _send(self.cable, f"{identifier}{text}\r".encode(), slip)


class Caliper:
    """A Mitutoyo caliper behind a Digimatic interface; it sends when its data button is pressed."""

    def __init__(self, link: Path) -> None:
        self.cable = Cable(link)

    def press(self, value: Decimal, slip: Slip | None = None) -> None:
        """The button is pressed on a value, sent with the digits it has."""
        sign, digits = "-" if value < 0 else "+", f"{abs(value):f}".rjust(_CALIPER_WIDTH - 1, "0")
        _send(self.cable, f"01A{sign}{digits}\r".encode(), slip)

    def fail(self) -> None:
        """The button is pressed while no gauge is on the interface."""
        self.cable.send(b"911\r")


class Scale:
    """A scale that speaks MT-SICS: it swings for a while after it was loaded, and answers S only when it rests.

    Attributes:
        swing_seconds: how long.
        asked: how many commands it heard.
    """

    def __init__(self, link: Path, swing_seconds: float = 0.5, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.cable = Cable(link, self._hear)
        self.swing_seconds = swing_seconds
        self._monotonic = monotonic
        self._weight = Decimal("0.00")
        self._loaded_at = float("-inf")
        self._heard = b""
        self.asked = 0

    def load(self, weight: Decimal) -> None:
        """So many grams are put on it."""
        self._weight, self._loaded_at = weight, self._monotonic()

    def print_value(self, slip: Slip | None = None) -> None:
        """The key on the scale is pressed: it sends by itself, settled or not."""
        _send(self.cable, self._value(), slip)

    def _hear(self, content: bytes) -> None:
        *commands, self._heard = (self._heard + content).split(b"\n")
        for command in commands:
            self.asked += 1
            self.cable.send(self._answer(command.strip(b"\r")))

    def _answer(self, command: bytes) -> bytes:
        if command == b"SI":
            return self._value()
        if command == b"S":
            return self._value() if self.rests else b"S I\r\n"
        return b"ES\r\n"

    @property
    def rests(self) -> bool:
        """Whether it swings no more."""
        return self._monotonic() - self._loaded_at >= self.swing_seconds

    def _value(self) -> bytes:
        shown = self._weight if self.rests else self._weight + Decimal("0.37")
        return f"S {'S' if self.rests else 'D'} {shown:>{_SCALE_WIDTH}f} g\r\n".encode()


def _send(cable: Cable, content: bytes, slip: Slip | None) -> None:
    match slip:
        case "half" | "pause":
            middle = len(content) // 2
            cable.send(content[:middle])
            time.sleep(_HALVES_SECONDS[slip])
            cable.send(content[middle:])
        case "double":
            cable.send(content * 2)
        case "garbled":
            cable.send(content[:3] + b"\xff" + content[4:])
        case None:
            cable.send(content)
