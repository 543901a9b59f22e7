"""Codes that are seen again and again and don't count are told once: somebody may hold a real one there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unison_station.cameras.code import Code, Key
from unison_station.peripherals.unscanned import Unscanned

LOOKS = 12
"""So often it must be seen: more than any code that is confirmed wants."""

_SHORT = (
    "Show it flat and sharp with all of its quiet zones; or write an item pattern for such codes; or print them with a "
    "check character in a longer text, or as QR Code or Data Matrix"
)
_ONE_WAY = "Turn it a little, bring it nearer or into better light, or clean it: it must be read in more than one way"


@dataclass(slots=True)
class _Doubted:
    """In how many looks it was seen, and when last."""

    looks: int
    seen_at: float


class DoubtedCodes:
    """Pure: times come from outside, in seconds that only grow."""

    def __init__(self, absent_seconds: float) -> None:
        """One is forgotten when it was out of sight for so long."""
        self._absent = absent_seconds
        self._doubted: dict[Key, _Doubted] = {}

    def see(self, short: Iterable[Code], unsure: Iterable[Code], at: float) -> list[Unscanned]:
        """What is to be told now.

        Args:
            short: so short, without a checksum, that they are not believed.
            unsure: others that have not been confirmed.
        """
        self._doubted = {key: one for key, one in self._doubted.items() if at - one.seen_at < self._absent}
        return [*(_short(code) for code in short if self._is_due(code, at)),
                *(_one_way(code) for code in unsure if self._is_due(code, at))]  # fmt: skip

    def _is_due(self, code: Code, at: float) -> bool:
        one = self._doubted.setdefault(code.key, _Doubted(0, at))
        one.looks, one.seen_at = one.looks + 1, at
        return one.looks == LOOKS


def _short(code: Code) -> Unscanned:
    words = f"{code.text!r} not counted: so short a code without a checksum may be stripes that look like one"
    return Unscanned(words, (code.text,), remedy=_SHORT)


def _one_way(code: Code) -> Unscanned:
    words = f"{code.text!r} not counted: it is read in one way only, and nothing else confirms it"
    return Unscanned(words, (code.text,), remedy=_ONE_WAY)
