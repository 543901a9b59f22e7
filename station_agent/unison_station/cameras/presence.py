"""Which codes came into sight: each counts once until it was gone for a while."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from unison_station.cameras.code import Code

Key = tuple[str, str]

UNWATCHED_SECONDS = 10.0
"""After so long without any picture nobody knows whether a code that is in sight is the same one; it counts."""


@dataclass(slots=True)
class _Seen:
    """`gone_at`: when the first picture showed it no more; None while it is in sight."""

    reads: int
    last: float
    gone_at: float | None = None
    is_told: bool = False


class Presence:
    """Pure: times come from outside, in seconds that only grow.

    A code with a checksum counts at its first sight; one without, or that was doubtful, after so many equal reads
    without another code of its symbology between them. It counts again when pictures showed it no more for
    `absent_seconds`; while none came, as a busy PC has it, it was not away.
    One without a checksum that is shorter than `least_length` is taken for stripes that look like a code.
    """

    def __init__(self, absent_seconds: float, confirmations: int, least_length: int) -> None:
        self._absent = absent_seconds
        self._confirmations = confirmations
        self._least_length = least_length
        self._seen: dict[Key, _Seen] = {}

    def see(self, codes: Iterable[Code], at: float, held: Container[Key] = ()) -> list[Code]:
        """Take what one picture shows; those that count now, in the same order.

        Args:
            held: keys of codes that were not read, but whose place looks as it did when they were.
        """
        self._forget(at)
        shown = {code.key: code for code in codes if code.has_checksum or len(code.text) >= self._least_length}
        for key, seen in self._seen.items():
            if key in shown:
                continue
            if key in held:
                seen.last, seen.gone_at = at, None
            elif seen.gone_at is None:
                seen.gone_at = at
            if any(other[0][:1] == key[0][:1] for other in shown):
                seen.reads = 0  # another one of its kind was read instead: reads in a row begin anew
        return [code for code in shown.values() if self._counts(code, at)]

    def take_back(self, codes: Iterable[Code]) -> None:
        """These were not kept: they count again at the next sight."""
        for code in codes:
            if code.key in self._seen:
                self._seen[code.key].is_told = False

    def _counts(self, code: Code, at: float) -> bool:
        seen = self._seen.setdefault(code.key, _Seen(0, at))
        seen.reads, seen.last, seen.gone_at = seen.reads + 1, at, None
        if seen.is_told or seen.reads < self._needed(code):
            return False
        seen.is_told = True
        return True

    def _needed(self, code: Code) -> int:
        if code.is_doubtful:
            return max(2, self._confirmations)
        return 1 if code.has_checksum else self._confirmations

    def _forget(self, at: float) -> None:
        self._seen = {key: seen for key, seen in self._seen.items() if not self._is_gone(seen, at)}

    def _is_gone(self, seen: _Seen, at: float) -> bool:
        was_away = seen.gone_at is not None and at - seen.gone_at >= self._absent
        return was_away or at - seen.last >= max(self._absent, UNWATCHED_SECONDS)
