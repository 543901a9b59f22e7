"""Parts of the plant's day: those counted here, folded from events, and those the server knows of besides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import TypeAdapter
from unison_domain.kernel.contracts import EARLIEST
from unison_domain.machines.contracts import CountKind
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.machines.counter import needs_review
from unison_domain.machines.day_counts import MOST_EPOCHS, ElsewhereDay
from unison_domain.stations.events import Counted

from unison_station.clock import SETTLED, Line

UNSETTLED_KEPT = 30
"""Hours of a machine; more than a day has."""

_KINDS = (CountKind.GOOD, CountKind.SCRAP, CountKind.TOTAL)


@dataclass(frozen=True, slots=True)
class DayCount:
    """Parts of one day of the plant; parts of a part only where counts were put right.

    Attributes:
        waiting: those of a gap that wait for a person in the office (`needs_review`), which the others leave out. As
            they are kept they are all that ever waited; what was decided of them is told beside (`made_on`).
    """

    day: date
    good: int | Decimal = 0
    scrap: int | Decimal = 0
    total: int | Decimal = 0
    waiting: Mapping[CountKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HourCount:
    """Parts that were counted before the server's time was known, of which nobody knows the day yet.

    Attributes:
        at: the stamp of the first of them.
        made: parts of an hour by this PC's clock, whose day says nothing.
    """

    at: datetime
    made: DayCount


@dataclass(frozen=True)
class DayCounts:
    """All machines of an agent.

    Attributes:
        here: what this PC counted.
        unsettled: what it counted besides, as long as this boot has not heard the server's time, oldest first.
        corrected: what the server put right of that, to be added.
        elsewhere: what others counted that day, or this PC before its buffer began, to be added; the server tells it.
        since: when this PC began to count each machine.
        epochs: lives of the buffer that `here` was counted in, the newest last.
    """

    here: Mapping[UUID, DayCount] = field(default_factory=dict)
    unsettled: Mapping[UUID, tuple[HourCount, ...]] = field(default_factory=dict)
    corrected: Mapping[UUID, CorrectedDay] = field(default_factory=dict)
    elsewhere: Mapping[UUID, ElsewhereDay] = field(default_factory=dict)
    since: Mapping[UUID, datetime] = field(default_factory=dict)
    epochs: tuple[UUID, ...] = ()

    @classmethod
    def load(cls, owner: str, stored: Mapping[str, bytes]) -> Self:
        """What `dump_machine` and `dump_told` gave under this owner's keys. Raises ValueError where it is none."""
        here = {id_: _COUNT.validate_json(value) for id_, value in _under(f"{owner}:counts:", stored)}
        hours = {id_: _HOURS.validate_json(value) for id_, value in _under(f"{owner}:unsettled:", stored)}
        known = {name: stored.get(f"{owner}:{name}") for name in ("corrected", "elsewhere", "since", "epochs")}
        return cls(
            here,
            {id_: every for id_, every in hours.items() if every},
            _CORRECTED.validate_json(known["corrected"] or b"{}"),
            _ELSEWHERE.validate_json(known["elsewhere"] or b"{}"),
            _SINCE.validate_json(known["since"] or b"{}"),
            _EPOCHS.validate_json(known["epochs"] or b"[]"),
        )

    def dump_machine(self, owner: str, machine: UUID) -> dict[str, bytes]:
        """What was counted here of a machine, by key."""
        here = {f"{owner}:counts:{machine}": _COUNT.dump_json(self.here[machine])} if machine in self.here else {}
        return {**here, f"{owner}:unsettled:{machine}": _HOURS.dump_json(self.unsettled.get(machine, ()))}

    def dump_changed(self, owner: str, before: Self) -> dict[str, bytes]:
        """The same of all machines of which others were counted before."""
        known = {*self.here, *self.unsettled, *before.unsettled}
        every = (self.dump_machine(owner, id_) for id_ in known if self._of(id_) != before._of(id_))
        return {key: value for dumped in every for key, value in dumped.items()}

    def _of(self, machine: UUID) -> tuple[DayCount | None, tuple[HourCount, ...]]:
        return self.here.get(machine), self.unsettled.get(machine, ())

    def dump_told(self, owner: str) -> dict[str, bytes]:
        """All that no event says, by key."""
        return {
            f"{owner}:corrected": _CORRECTED.dump_json(dict(self.corrected)),
            f"{owner}:elsewhere": _ELSEWHERE.dump_json(dict(self.elsewhere)),
            f"{owner}:since": _SINCE.dump_json(dict(self.since)),
            f"{owner}:epochs": _EPOCHS.dump_json(self.epochs),
        }

    def after(self, machine: UUID, event: Counted, zone: tzinfo | None, line: Line = SETTLED) -> Self:
        """With what a counter advanced by; `zone`: of the machine's plant, `line`: of the boot that runs."""
        if line.correction is None:
            hours = _in_hours(self.unsettled.get(machine, ()), event)
            return replace(self, unsettled={**self.unsettled, machine: hours})
        settled = self.settled(machine, zone, line)
        count = _counted(settled.here.get(machine), event, _day(event.at, zone, line))
        return replace(settled, here={**settled.here, machine: count})

    def settled(self, machine: UUID, zone: tzinfo | None, line: Line) -> Self:
        """With all that was counted of a machine on its day, as far as the server's time is known."""
        hours = self.unsettled.get(machine, ())
        if not hours:
            return self
        count = self.here.get(machine)
        for one in hours:
            count = _joined(count, replace(one.made, day=_day(one.at, zone, line)))
        left = {id_: every for id_, every in self.unsettled.items() if id_ != machine}
        return replace(self, here=self.here if count is None else {**self.here, machine: count}, unsettled=left)

    def following(self, machines: Collection[UUID], now: datetime) -> Self:
        """With these machines alone counted here from now on, where they were not before.

        A buffer without a life is from before this was kept: what was counted in it is the whole of its day.
        """
        known = {} if self.epochs else dict.fromkeys(self.here, EARLIEST)
        since = {machine: self.since.get(machine) or known.get(machine, now) for machine in machines}
        return self if since == self.since else replace(self, since=since)

    def living(self, epoch: UUID) -> Self:
        """In this life of the buffer, which goes on with what was counted in those before."""
        others = tuple(one for one in self.epochs if one != epoch)
        epochs = (*others, epoch)[-MOST_EPOCHS:]
        return self if epochs == self.epochs else replace(self, epochs=epochs)

    def begun_anew(self, epoch: UUID, now: datetime) -> Self:
        """In this life of the buffer alone: all that was counted in those before is the server's to tell.

        It was settled then which memory goes on, and nobody knows what of the others' parts this one has.
        """
        none = {machine: DayCount(count.day) for machine, count in self.here.items()}
        return replace(
            self,
            here=none,
            unsettled={},
            corrected={},
            elsewhere={},
            since=dict.fromkeys(self.since, now),
            epochs=(epoch,),
        )

    def told(self, days: Iterable[ElsewhereDay]) -> Self:
        """With what the server knows that was counted elsewhere; what it told before no longer holds."""
        return replace(self, elsewhere={one.machine_id: one for one in days})

    def made_on(self, machine: UUID, day: date) -> DayCount:
        """Parts of that day as far as they are known, without what was decided among those that wait."""
        count, corrected, elsewhere = self.here.get(machine), self.corrected.get(machine), self.elsewhere.get(machine)
        made = count if count is not None and count.day == day else DayCount(day)
        if corrected is not None and corrected.day == day:
            left = {kind: parts - corrected.settled.get(kind, 0) for kind, parts in made.waiting.items()}
            made = replace(_sum(made, corrected), waiting={kind: parts for kind, parts in left.items() if parts > 0})
        return _sum(made, elsewhere) if elsewhere is not None and elsewhere.day == day else made

    def known_since(self, machine: UUID, now: datetime, zone: tzinfo | None, line: Line = SETTLED) -> datetime | None:
        """Since when today's parts are known, where nobody told what others counted before; None: all of them are.

        Both moments are by this PC's clock, whose `line` says what they are by the server's.
        """
        today = line.settled(now).astimezone(zone)
        elsewhere, since = self.elsewhere.get(machine), self.since.get(machine)
        if since is None or (elsewhere is not None and elsewhere.day == today.date()):
            return None
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return since if line.settled(since) > midnight else None


_COUNT = TypeAdapter(DayCount)
_HOURS = TypeAdapter(tuple[HourCount, ...])
_CORRECTED = TypeAdapter(dict[UUID, CorrectedDay])
_ELSEWHERE = TypeAdapter(dict[UUID, ElsewhereDay])
_SINCE = TypeAdapter(dict[UUID, datetime])
_EPOCHS = TypeAdapter(tuple[UUID, ...])


def _sum(made: DayCount, more: CorrectedDay | ElsewhereDay) -> DayCount:
    return replace(made, **{kind: getattr(made, kind) + getattr(more, kind) for kind in _KINDS})


def _under(head: str, stored: Mapping[str, bytes]) -> Iterable[tuple[UUID, bytes]]:
    return ((UUID(key.removeprefix(head)), value) for key, value in stored.items() if key.startswith(head))


def _day(stamp: datetime, zone: tzinfo | None, line: Line) -> date:
    return line.settled(stamp).astimezone(zone).date()


def _in_hours(hours: tuple[HourCount, ...], event: Counted) -> tuple[HourCount, ...]:
    last = hours[-1] if hours else None
    if last is not None and event.at - last.at < timedelta(hours=1):
        return (*hours[:-1], replace(last, made=_counted(last.made, event, last.made.day)))
    begun = HourCount(event.at, _counted(None, event, event.at.date()))
    return (*hours, begun)[-UNSETTLED_KEPT:]


def _joined(before: DayCount | None, more: DayCount) -> DayCount:
    """The newer of two days, or both where it is one."""
    if before is None or before.day < more.day:
        return more
    if before.day > more.day:
        return before
    kinds = {*before.waiting, *more.waiting}
    waiting = {kind: before.waiting.get(kind, 0) + more.waiting.get(kind, 0) for kind in kinds}
    return replace(before, **{kind: getattr(before, kind) + getattr(more, kind) for kind in _KINDS}, waiting=waiting)


def _counted(before: DayCount | None, event: Counted, day: date) -> DayCount:
    """A count of an earlier day than the newest is of a part that is told late; it belongs to no day shown any more."""
    count = before if before is not None and before.day >= day else DayCount(day)
    if count.day > day or event.count is CountKind.UNKNOWN:
        return count
    if needs_review(event) is not None:
        waiting = {**count.waiting, event.count: count.waiting.get(event.count, 0) + event.delta}
        return replace(count, waiting=waiting)
    return replace(count, **{event.count: getattr(count, event.count) + event.delta})
