"""What of all that a camera reads counts, and what a person has to be told about the rest."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

from unison_domain.kernel.written_pattern import written_pattern
from unison_domain.stations.camera_settings import CameraSettings

from unison_station.cameras.code import Code, Key
from unison_station.cameras.doubted_codes import DoubtedCodes
from unison_station.cameras.expected_set import ExpectedSet, Gathered, Member
from unison_station.cameras.presence import Presence
from unison_station.peripherals.unscanned import Unscanned

PATIENCE_SECONDS = 2.0
"""So long the rest of a set may take to be read before a person is told what it waits for."""


_STRANGE = "Show the expected codes alone, or let its settings expect this one too"
_WHOLE = "Show all codes of the set together, each clear of glare and of the edge of the picture"
_ALONE = "Take away what was shown before, then show this set alone and whole"
_LONGER = "Show it again, and longer"


class Stayed(NamedTuple):
    """What counted before and is in sight where a set that waits has a label missing.

    Attributes:
        codes: by the name of the missing label.
        others: what they counted with.
    """

    codes: dict[str, Code]
    others: list[Code]


class Counted(NamedTuple):
    """What counts now, as one group where codes are expected together, and what to say of the rest."""

    members: list[Member]
    others: list[Unscanned]


class Counting:
    """Pure: times come from outside, in seconds that only grow."""

    def __init__(
        self, settings: CameraSettings, counted: Iterable[str] = (), knows: Callable[[Code], bool] = lambda _: False
    ) -> None:
        """Begin.

        Args:
            counted: fingerprints of what was in sight and had counted before.
            knows: whether a pattern of the station is of such a code; codes that are expected are known too.
        """
        expected = [written_pattern(one.pattern) for one in settings.expected]
        self._presence = Presence(
            settings.absent_seconds,
            settings.confirmations,
            settings.least_length,
            counted,
            lambda code: any(one.read(code.text) is not None for one in expected) or knows(code),
        )
        self._doubted = DoubtedCodes(settings.absent_seconds)
        self._expected = ExpectedSet(settings.expected) if settings.expected else None
        self._waiting_since: float | None = None
        self._is_told = False
        self._stayed = Stayed({}, [])

    def see(self, codes: Iterable[Code], at: float, held: Container[Key] = ()) -> Counted:
        """Take what one picture shows.

        Args:
            held: keys of codes that were not read, but whose place looks as it did when they were.
        """
        codes = list(codes)
        seen = self._presence.see(codes, at, held)
        believed = [code for code in codes if self._presence.believes(code)]
        unsure = [code for code in believed if self._presence.is_unsure(code)]
        doubted = self._doubted.see([code for code in codes if code not in believed], unsure, at)
        lost = self._presence.lost()
        if self._expected is None:
            return Counted([Member("", code) for code in seen], [*doubted, *([_away(lost, "")] if lost else [])])
        gathered = self._expected.gather(seen)
        others = [*doubted, *(_strange(code) for code in gathered.strange)]
        if lost:
            others.append(_away(lost, *_lack(self._expected.gather(lost), self._stayed)))
        members = gathered.members if gathered.is_whole else self._next_set(gathered, {code.key for code in codes})
        if members:
            gathered = gathered._replace(members=members, missing=[], surplus=[])
            self._presence.bind(member.code for member in members)
        self._presence.take_back(member.code for member in gathered.waiting)
        others += self._impatient(gathered, at)
        return Counted(members, others)

    def take_back(self, members: Iterable[Member]) -> None:
        """These were not kept: they count again while they are there."""
        self._presence.take_back(member.code for member in members)

    @property
    def counted(self) -> frozenset[str]:
        """Fingerprints of codes that are in sight and don't count again."""
        return self._presence.counted

    def _next_set(self, gathered: Gathered, read: Container[Key]) -> list[Member]:
        """The set after one that counted, with labels equal to some of it; none while it is not sure to be another one.

        It is when all that is in sight makes one set, and every label of it was read in this very picture: what was
        there of the last set alone is neither read nor held.
        """
        if self._expected is None or not gathered.waiting:
            return []
        together = self._expected.gather(self._presence.in_sight)
        if together.is_whole and all(member.code.key in read for member in together.members):
            return together.members
        waiting = {member.code.key for member in gathered.waiting}
        stayed = {part: code for part, code in together.members if part in gathered.missing and code.key not in waiting}
        self._stayed = Stayed(stayed, self._presence.counted_with(stayed.values()))
        return []

    def _impatient(self, gathered: Gathered, at: float) -> list[Unscanned]:
        """Once what a set waits for, when it does so for long."""
        if not gathered.waiting:
            self._waiting_since, self._is_told = None, False
            return []
        if self._waiting_since is None:
            self._waiting_since = at
        if self._is_told or at - self._waiting_since < PATIENCE_SECONDS:
            return []
        self._is_told = True
        waiting = [member.code for member in gathered.waiting]
        lack, named = _lack(gathered, self._stayed)
        remedy = _ALONE if named else _WHOLE
        return [Unscanned(f"{_texts(waiting)} not counted yet: {lack}", _said([*waiting, *named]), remedy=remedy)]


def _strange(code: Code) -> Unscanned:
    return Unscanned(f"{code.text!r} is none of the expected codes", _said([code]), remedy=_STRANGE)


def _away(lost: Sequence[Code], lack: str, named: Sequence[Code] = ()) -> Unscanned:
    if not lack:
        return Unscanned(f"{_texts(lost)} not counted, then taken away; show it again", _said(lost), remedy=_LONGER)
    words = f"{_texts(lost)} not counted, then taken away: {lack}; show all of it again"
    return Unscanned(words, _said([*lost, *named]), remedy=_ALONE if named else _WHOLE)


def _said(codes: Iterable[Code]) -> tuple[str, ...]:
    return tuple(code.text for code in codes)


def _lack(gathered: Gathered, stayed: Stayed) -> tuple[str, list[Code]]:
    """Why a set is not whole, and the codes of another set the words name; nothing where it is whole."""
    there = [stayed.codes[part] for part in gathered.missing if part in stayed.codes]
    unread = ", ".join(part for part in gathered.missing if part not in stayed.codes)
    if there:
        words = _stayed(there, stayed.others)
        return f"{words}; {unread} not read" if unread else words, [*there, *stayed.others]
    if unread:
        return f"{unread} not read", []
    found = dict(gathered.members)
    return next((f"{found[part].text!r} and {code.text!r} both fit {part}" for part, code in gathered.surplus), ""), []


def _stayed(there: Sequence[Code], others: Sequence[Code]) -> str:
    if others:
        return f"{_texts(there)} counted with {_texts(others)} and did not leave the sight"
    return f"{_texts(there)} counted before and did not leave the sight"


def _texts(codes: Iterable[Code]) -> str:
    return ", ".join(repr(code.text) for code in codes)
