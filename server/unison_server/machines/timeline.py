"""One machine's states as stretches that tile time: what a signal's transition or a person's word does to them. Pure.

A person's word wins where it stands: signals never change or cover it, they only end it by a later transition. What
signals said meanwhile is kept as stretches of no length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from unison_domain.machines.contracts import MachineState, StateSource


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state from `started_at` to `ended_at`; the open one has no end."""

    id: UUID
    state: MachineState
    started_at: datetime
    ended_at: datetime | None = None
    source: StateSource = StateSource.SIGNAL
    reason: str | None = None
    alarms: tuple[str, ...] = ()
    note: str | None = None

    @property
    def has_length(self) -> bool:
        """False for what only records what signals said under a person's word."""
        return self.ended_at is None or self.ended_at > self.started_at

    def covers(self, moment: datetime) -> bool:
        """Whether it was the state at that moment."""
        return self.started_at <= moment and (self.ended_at is None or moment < self.ended_at)


@dataclass(slots=True)
class Timeline:
    """The end of a machine's history, in order of time.

    Attributes:
        stretches: the newest stretch of signals that has length and everything with length after it; without gap, the
            last one open.
        floor: newest start of any stretch of signals. Signals come in their order, so no later one begins before it.
        known: ids of stretches that are stored, as far as they matter here.
        changed, added: stretches to be stored, by id; of `changed` a row is there.
    """

    stretches: list[Stretch] = field(default_factory=list)
    floor: datetime | None = None
    known: set[UUID] = field(default_factory=set)
    changed: dict[UUID, Stretch] = field(default_factory=dict)
    added: dict[UUID, Stretch] = field(default_factory=dict)

    def signalled(self, opened: Stretch, closed: Stretch | None) -> bool:
        """Signals went to `opened`, and were in `closed` before.

        A start before `floor` (a clock that went back) is taken to be at it. A `closed` that never came itself is
        filled in, so an event lost on the way leaves no hole.

        Returns:
            False when it was known already.
        """
        if opened.id in self.known:
            return False
        if closed is not None and closed.id not in self.known:
            self._open(closed)
        self._open(opened)
        return True

    def detailed(self, id_: UUID, reason: str | None, alarms: Sequence[str]) -> bool:
        """More became known of a stretch. Returns False when it is not in this end of the history."""
        stretch = self.added.get(id_) or self.changed.get(id_) or self._of(id_)
        if stretch is None:
            return False
        self._store(replace(stretch, reason=reason or stretch.reason, alarms=tuple(alarms) or stretch.alarms))
        return True

    def said(self, word: Stretch) -> None:
        """A person's word from `word.started_at` on.

        Raises:
            ValueError: it would begin before the open stretch.
        """
        if self.stretches:
            last = self.stretches[-1]
            if word.started_at < last.started_at:
                raise ValueError(
                    f"the present state began at {last.started_at.isoformat()}; another can't begin before that"
                )
            self._end(last, word.started_at)
        self._add(word, len(self.stretches))

    def _open(self, opened: Stretch) -> None:
        start = self.floor = max(opened.started_at, self.floor or opened.started_at)
        covering = next((stretch for stretch in self.stretches if stretch.covers(start)), None)
        if covering is None:
            first = self.stretches[0].started_at if self.stretches else None
            self._add(replace(opened, started_at=start, ended_at=first), 0)
        elif covering.source is StateSource.PERSON and not (covering.ended_at is None and start > covering.started_at):
            self._add(replace(opened, started_at=start, ended_at=start), len(self.stretches))
        else:
            place = self.stretches.index(covering) + 1
            self._add(replace(opened, started_at=start, ended_at=covering.ended_at), place)
            self._end(covering, start)

    def _end(self, stretch: Stretch, moment: datetime) -> None:
        self._store(replace(stretch, ended_at=moment))

    def _add(self, stretch: Stretch, place: int) -> None:
        self.known.add(stretch.id)
        self.added[stretch.id] = stretch
        if stretch.has_length:
            self.stretches.insert(place, stretch)

    def _store(self, stretch: Stretch) -> None:
        """Replace what is known of it; one that lost its length leaves the tiling."""
        (self.added if stretch.id in self.added else self.changed)[stretch.id] = stretch
        same = [stretch] if stretch.has_length else []
        self.stretches = [part for old in self.stretches for part in (same if old.id == stretch.id else [old])]

    def _of(self, id_: UUID) -> Stretch | None:
        return next((stretch for stretch in self.stretches if stretch.id == id_), None)
