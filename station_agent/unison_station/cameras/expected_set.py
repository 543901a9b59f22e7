"""Codes that only count together: part, serial, quantity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unison_domain.stations.camera_settings import ExpectedCode

from unison_station.cameras.code import Code

FORGET_SECONDS = 30.0
"""So long the first code of a set waits for the others."""


class Member(NamedTuple):
    """A code and which of the set it is."""

    part: str
    code: Code


class ExpectedSet:
    """Gathers until all are there. Pure: times come from outside, in seconds.

    Each code goes to the first name whose pattern fits its whole text and that has none yet; one that fits a name that
    has one takes its place, so that the next part on the table does not mix with the last.
    """

    def __init__(self, expected: Sequence[ExpectedCode]) -> None:
        self._patterns = [(one.name, re.compile(one.pattern)) for one in expected]
        self._found: dict[str, Code] = {}
        self._since = 0.0

    def take(self, codes: Sequence[Code], at: float) -> tuple[list[Member], list[Code]]:
        """What came into sight: the whole set when it is complete, else nothing; and the codes that belong to none."""
        if self._found and at - self._since > FORGET_SECONDS:
            self._found = {}
        strange = []
        for code in codes:
            name = self._name_of(code)
            if name is None:
                strange.append(code)
                continue
            self._since = at if not self._found else self._since
            self._found[name] = code
        if len(self._found) < len(self._patterns):
            return [], strange
        whole = [Member(name, self._found[name]) for name, _ in self._patterns]
        self._found = {}
        return whole, strange

    @property
    def missing(self) -> list[str]:
        """Names that have no code yet, when some have."""
        return [name for name, _ in self._patterns if name not in self._found] if self._found else []

    def _name_of(self, code: Code) -> str | None:
        fitting = [name for name, pattern in self._patterns if pattern.fullmatch(code.text)]
        return next((name for name in fitting if name not in self._found), fitting[0] if fitting else None)
