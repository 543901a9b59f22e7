"""Short linear codes that don't count are told once: stripes look like them, but somebody may hold a real one there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unison_station.cameras.code import Code, Key
from unison_station.peripherals.unscanned import Unscanned

READS = 5
"""Looks of their own that must say the same before a person is told."""

_REMEDY = (
    "Show it flat and sharp with all of its quiet zones; or write an item pattern for such codes; or print them with a "
    "check character in a longer text, or as QR Code or Data Matrix"
)


@dataclass(slots=True)
class _Doubted:
    """Reads in a row, and when it was seen last."""

    reads: int
    seen_at: float


class ShortCodes:
    """Pure: times come from outside, in seconds that only grow."""

    def __init__(self, absent_seconds: float) -> None:
        """One is forgotten when it was out of sight for so long."""
        self._absent = absent_seconds
        self._doubted: dict[Key, _Doubted] = {}

    def see(self, doubted: Iterable[Code], at: float) -> list[Unscanned]:
        """What of the codes that are not believed is to be told now."""
        self._doubted = {key: one for key, one in self._doubted.items() if at - one.seen_at < self._absent}
        told = []
        for code in doubted:
            one = self._doubted.setdefault(code.key, _Doubted(0, at))
            one.seen_at = at
            one.reads += not code.is_again
            if one.reads == READS and not code.is_again:
                told.append(_told(code))
        return told


def _told(code: Code) -> Unscanned:
    words = f"{code.text!r} not counted: so short a code without a checksum may be stripes that look like one"
    return Unscanned(words, (code.text,), remedy=_REMEDY)
