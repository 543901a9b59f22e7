"""Codes that only count together: part, serial, quantity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unison_domain.kernel.written_pattern import written_pattern
from unison_domain.stations.camera_settings import ExpectedCode

from unison_station.cameras.code import Code, reading_order


class Member(NamedTuple):
    """A code and which of the set it is."""

    part: str
    code: Code


class Gathered(NamedTuple):
    """What of a set is there.

    Attributes:
        members: one a name, in the order the set was set up.
        missing: names that have no code.
        surplus: codes that fit a name which has another one: nobody knows which of them belong together.
        strange: codes that fit no name.
    """

    members: list[Member]
    missing: list[str]
    surplus: list[Member]
    strange: list[Code]

    @property
    def is_whole(self) -> bool:
        """It counts."""
        return not self.missing and not self.surplus

    @property
    def waiting(self) -> list[Member]:
        """Members that don't count yet."""
        return [] if self.is_whole else [*self.members, *self.surplus]


class ExpectedSet:
    """The set as it was set up. It remembers nothing: only what is in sight together belongs together."""

    def __init__(self, expected: Sequence[ExpectedCode]) -> None:
        self._patterns = [(one.name, written_pattern(one.pattern)) for one in expected]

    def gather(self, codes: Iterable[Code]) -> Gathered:
        """Who is who. Each code, in reading order, goes to the first name whose pattern fits all of it and is free."""
        found: dict[str, Code] = {}
        surplus, strange = [], []
        for code in reading_order(codes):
            fitting = [name for name, pattern in self._patterns if pattern.read(code.text) is not None]
            free = next((name for name in fitting if name not in found), None)
            if free is not None:
                found[free] = code
            elif fitting:
                surplus.append(Member(fitting[0], code))
            else:
                strange.append(code)
        names = [name for name, _ in self._patterns]
        members = [Member(name, found[name]) for name in names if name in found]
        return Gathered(members, [name for name in names if name not in found], surplus, strange)
