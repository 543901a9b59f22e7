"""What of all that a camera reads counts, and what a person has to be told about the rest."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from unison_domain.stations.camera_settings import CameraSettings

from unison_station.cameras.code import Code, Key
from unison_station.cameras.expected_set import ExpectedSet, Gathered, Member
from unison_station.cameras.presence import Presence

PATIENCE_SECONDS = 2.0
"""So long the rest of a set may take to be read before a person is told what it waits for."""


class Counted(NamedTuple):
    """What counts now, as one group where codes are expected together, and what to say."""

    members: list[Member]
    words: list[str]


class Counting:
    """Pure: times come from outside, in seconds that only grow."""

    def __init__(self, settings: CameraSettings, counted: Iterable[Code] = ()) -> None:
        """Begin; `counted` was in sight and had counted before."""
        self._presence = Presence(settings.absent_seconds, settings.confirmations, settings.least_length, counted)
        self._expected = ExpectedSet(settings.expected) if settings.expected else None
        self._waiting_since: float | None = None
        self._is_told = False

    def see(self, codes: Iterable[Code], at: float, held: Container[Key] = ()) -> Counted:
        """Take what one picture shows.

        Args:
            held: keys of codes that were not read, but whose place looks as it did when they were.
        """
        seen = self._presence.see(codes, at, held)
        lost = self._presence.lost()
        if self._expected is None:
            return Counted([Member("", code) for code in seen], _away(lost, "") if lost else [])
        gathered = self._expected.gather(seen)
        words = [f"{code.text!r} is none of the expected codes" for code in gathered.strange]
        if lost:
            words += _away(lost, _lack(self._expected.gather(lost)))
        self._presence.take_back(member.code for member in gathered.waiting)
        words += self._impatient(gathered, at)
        if not gathered.is_whole:
            return Counted([], words)
        self._presence.bind(member.code for member in gathered.members)
        return Counted(gathered.members, words)

    def take_back(self, members: Iterable[Member]) -> None:
        """These were not kept: they count again while they are there."""
        self._presence.take_back(member.code for member in members)

    @property
    def counted(self) -> frozenset[Key]:
        """Codes that are in sight and don't count again."""
        return self._presence.counted

    def _impatient(self, gathered: Gathered, at: float) -> list[str]:
        """Once what a set waits for, when it does so for long."""
        if not gathered.waiting:
            self._waiting_since, self._is_told = None, False
            return []
        if self._waiting_since is None:
            self._waiting_since = at
        if self._is_told or at - self._waiting_since < PATIENCE_SECONDS:
            return []
        self._is_told = True
        return [f"{_texts(member.code for member in gathered.waiting)} not counted yet: {_lack(gathered)}"]


def _away(lost: Sequence[Code], lack: str) -> list[str]:
    if not lack:
        return [f"{_texts(lost)} not counted, then taken away; show it again"]
    return [f"{_texts(lost)} not counted, then taken away: {lack}; show all of it again"]


def _lack(gathered: Gathered) -> str:
    """Why a set is not whole; nothing where it is."""
    if gathered.missing:
        return f"{', '.join(gathered.missing)} not read"
    found = dict(gathered.members)
    return next((f"{found[part].text!r} and {code.text!r} both fit {part}" for part, code in gathered.surplus), "")


def _texts(codes: Iterable[Code]) -> str:
    return ", ".join(repr(code.text) for code in codes)
