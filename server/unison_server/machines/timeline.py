"""One machine's states as stretches that tile time: what a signal's transition or a person's word does to them. Pure.

A person's word wins where it stands: signals never change or cover it, they only end it by a later transition. What was
said but covers no time (a word over it, a transition of the same moment) stands in no stretch; `heard` has everything
in its order, so that the stretches can be made again (`rebuild.py`).

What a former holder tells late is of a time before the present one's: it lies where it began, up to the next boundary
that is known, in the time of signals only. It ends no word and holds nothing that is told afterwards to its start.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from unison_domain.machines.contracts import MachineState, StateSource

from unison_server.machines.speakers import NOBODY, Speaker


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state from `started_at` to after it, `ended_at`; the open one has no end.

    Attributes:
        by: who said it at a station.
        is_late: told by a former holder after more was known of the machine, or might have been.
    """

    id: UUID
    state: MachineState
    started_at: datetime
    ended_at: datetime | None = None
    source: StateSource = StateSource.SIGNAL
    reason: str | None = None
    alarms: tuple[str, ...] = ()
    note: str | None = None
    by: Speaker = NOBODY
    is_late: bool = False

    def covers(self, moment: datetime) -> bool:
        """Whether it was the state at that moment."""
        return self.started_at <= moment and (self.ended_at is None or moment < self.ended_at)


@dataclass(frozen=True, slots=True)
class Detail:
    """What became known of a signal's stretch after it began."""

    of: UUID
    reason: str | None
    alarms: tuple[str, ...]


@dataclass(slots=True)
class Timeline:
    """The end of a machine's history, in order of time.

    Attributes:
        stretches: the newest stretch of signals in their order and everything after it; without gap, the last one
            open. Where something late is to be told, also those around it, whole up to the one after it.
        floor: newest start of any transition but late ones. Signals come in their order, so no later one begins before
            it.
        ahead: a start later than that is still to come (`disproof.py`); None where the present is not known.
        is_disproved: something earlier was heard after such a start. From then on it only hears: all stretches are to
            be made again.
        known: ids that were heard before, as far as they matter here.
        heard, heard_more: what was said, in its order, as it was said; to be stored.
        changed, added: stretches to be stored, by id; of `changed` a row is there.
        removed: stored stretches that lost all their time.
    """

    stretches: list[Stretch] = field(default_factory=list)
    floor: datetime | None = None
    ahead: datetime | None = None
    is_disproved: bool = False
    known: set[UUID] = field(default_factory=set)
    heard: list[Stretch] = field(default_factory=list)
    heard_more: list[Detail] = field(default_factory=list)
    changed: dict[UUID, Stretch] = field(default_factory=dict)
    added: dict[UUID, Stretch] = field(default_factory=dict)
    removed: set[UUID] = field(default_factory=set)

    def signalled(self, opened: Stretch, closed: Stretch | None) -> bool:
        """Signals went to `opened`, and were in `closed` before.

        A start before `floor` (a clock that went back) is taken to be at it. A `closed` that never came itself is
        filled in, so an event lost on the way leaves no hole. Both are late, or none.

        Returns:
            False when it was known already.
        """
        if opened.id in self.known:
            return False
        if closed is not None and closed.id not in self.known:
            self._open(closed)
        self._open(opened)
        return True

    def detailed(self, detail: Detail) -> None:
        """More became known of a stretch, perhaps of one that is not in this end of the history."""
        stretch = self._of(detail.of)
        if stretch is not None:
            known = stretch.reason, stretch.alarms
            stretch = replace(stretch, reason=detail.reason or stretch.reason, alarms=detail.alarms or stretch.alarms)
            if known == (stretch.reason, stretch.alarms):
                return
            self._store(stretch)
        if detail.reason or detail.alarms:
            self.heard_more.append(detail)

    def said(self, word: Stretch) -> None:
        """A person's word from `word.started_at` on.

        Raises:
            ValueError: it would begin before the open stretch.
        """
        if self._disproves(word.started_at):
            self._hear(word)
            return
        if self.stretches:
            last = self.stretches[-1]
            if word.started_at < last.started_at:
                raise ValueError(
                    f"the present state began at {last.started_at.isoformat()}; another can't begin before that"
                )
            self._end(last, word.started_at)
        self._hear(word)
        self._add(word, len(self.stretches))

    def _hear(self, said: Stretch) -> None:
        self.heard.append(said)
        self.known.add(said.id)

    def _disproves(self, start: datetime) -> bool:
        """Whether what begins at `start` and is heard now can't follow what is known."""
        if self.ahead is not None:
            begun = [stretch.started_at for stretch in self.stretches if not stretch.is_late]
            newest = begun[-1:] + ([self.floor] if self.floor else [])
            self.is_disproved |= any(moment > max(start, self.ahead) for moment in newest)
        return self.is_disproved

    def _open(self, opened: Stretch) -> None:
        self._hear(opened)
        if opened.is_late:
            self._squeeze(opened)
            return
        if self._disproves(opened.started_at):
            return
        start = self.floor = max(opened.started_at, self.floor or opened.started_at)
        covering = next((stretch for stretch in self.stretches if stretch.covers(start)), None)
        if covering is None:
            first = self.stretches[0].started_at if self.stretches else None
            self._add(replace(opened, started_at=start, ended_at=first), 0)
        elif covering.source is not StateSource.PERSON or (covering.ended_at is None and start > covering.started_at):
            place = self.stretches.index(covering) + 1
            self._add(replace(opened, started_at=start, ended_at=covering.ended_at), place)
            self._end(covering, start)

    def _squeeze(self, late: Stretch) -> None:
        """Where no word stands and nothing begins, up to what is known next."""
        start = late.started_at
        if self.is_disproved:
            return
        covering = next((stretch for stretch in self.stretches if stretch.covers(start)), None)
        if covering is None:
            first = self.stretches[0].started_at if self.stretches else None
            self._add(replace(late, ended_at=first), 0)
        elif covering.source is not StateSource.PERSON and covering.started_at < start:
            self._add(replace(late, ended_at=covering.ended_at), self.stretches.index(covering) + 1)
            self._end(covering, start)

    def _end(self, stretch: Stretch, moment: datetime) -> None:
        if moment > stretch.started_at:
            self._store(replace(stretch, ended_at=moment))
            return
        self.stretches.remove(stretch)
        self.changed.pop(stretch.id, None)
        if self.added.pop(stretch.id, None) is None:
            self.removed.add(stretch.id)

    def _add(self, stretch: Stretch, place: int) -> None:
        self.added[stretch.id] = stretch
        self.stretches.insert(place, stretch)

    def _store(self, stretch: Stretch) -> None:
        (self.added if stretch.id in self.added else self.changed)[stretch.id] = stretch
        self.stretches = [stretch if old.id == stretch.id else old for old in self.stretches]

    def _of(self, id_: UUID) -> Stretch | None:
        return next((stretch for stretch in self.stretches if stretch.id == id_), None)
