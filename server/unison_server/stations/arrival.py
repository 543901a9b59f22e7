"""What the rooms that understand station events are given, and how they refuse one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pydantic import BaseModel
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.configuration import MachineConfiguration, ReasonConfiguration
from unison_domain.stations.contracts import MachineReport
from unison_domain.stations.fact import Backing, Fact

from unison_server.kernel.database import TenantSession
from unison_server.kernel.scope import Scope
from unison_server.stations.tables import Station

CLOCK_TOLERANCE = timedelta(seconds=60)
"""So far ahead of its arrival an event may be stamped."""


class Service(NamedTuple):
    """A time in which an agent served a station, by the server's clock.

    Attributes:
        is_own: it was the agent that is asked about. began_at: None where nothing is known of before.
    """

    is_own: bool
    began_at: datetime | None
    ended_at: datetime

    def surely_has(self, event: Fact, error: timedelta) -> bool:
        """Whether that was recorded within it, as far as a clock tells that may be wrong by `error`."""
        is_after = self.began_at is None or event.at - error >= self.began_at
        return is_after and is_before(event, self.ended_at, error)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What an agent may speak of.

    Attributes:
        tags: its tags, also those no longer active, each with the machine it belongs to.
        stations: the stations it serves.
        former: of the stations it served before, who did one after the other, before who does now.
    """

    tags: Mapping[UUID, UUID | None]
    stations: frozenset[UUID]
    former: Mapping[UUID, Sequence[Service]] = field(default_factory=dict)


class Witness(Protocol):
    """What is asked of the room identity, whose database is another; `scope` is that of the agent."""

    def demanded(self, scope: Scope) -> Collection[OverrideKind]:
        """The kinds that are to be confirmed in the organization."""
        ...

    def who_confirmed(self, scope: Scope, backing: Backing, override: Override) -> UUID | None:
        """Whose countersignature it is; None where it was given for something else, to another agent, or never."""
        ...


BadgesAmong = Callable[[Scope, Collection[str]], Collection[str]]
"""Which texts are those of badges of the scope's organization; asked of the room identity too."""


def no_badges(_scope: Scope, _texts: Collection[str]) -> Collection[str]:
    """Where there are none."""
    return ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch that is being taken.

    Attributes:
        clock_error: how far stamps of its events may be from the server's time, where they are known at all.
        witness: knows who confirmed overrides.
        badges_among: knows the texts of badges.
        reviewed: a person decided that these events hold: none of them is set aside for review again.
        late: which of them, by `seq`, are of a former holder's time and land there, whatever is known of later.
    """

    agent_id: UUID
    epoch: UUID
    received_at: datetime
    assignment: Assignment
    witness: Witness
    clock_error: timedelta = timedelta(0)
    badges_among: BadgesAmong = no_badges
    reviewed: bool = False
    late: frozenset[int] = frozenset()

    def may_take_back(self, told_by: UUID | None, station_id: UUID | None, event: Fact) -> bool:
        """Whether the agent may undo what was told at the station: it told it itself, or may speak of the station."""
        return (
            told_by == self.agent_id or (station_id is not None and self._speaks_of(station_id, event)) or self.reviewed
        )

    def stranger(self, seq: int, station_id: UUID, event: Fact) -> Refused | None:
        """Why the agent has no say about this at a station; None where it has."""
        if self._speaks_of(station_id, event):
            return None
        services = self.assignment.former.get(station_id, ())
        words = f"The station {station_id} is not assigned to this agent"
        if (other := self._in_anothers(services, event)) is not None:
            words = (
                f"The station {station_id} was another PC's up to {other.ended_at:%Y-%m-%d %H:%M:%S} UTC, and this was "
                "recorded in that time"
            )
        elif services:
            ended_at = max(service.ended_at for service in services if service.is_own)
            words = (
                f"The station {station_id} is another PC's since {ended_at:%Y-%m-%d %H:%M:%S} UTC, and this was "
                "recorded after that, or by a clock that never heard the server's time"
            )
        return Refused(seq, "not_assigned", words)

    def _speaks_of(self, station_id: UUID, event: Fact) -> bool:
        """It serves the station or did when that was recorded, not another one in between; or a person let it in."""
        services = self.assignment.former.get(station_id, ())
        if self.reviewed or station_id in self.assignment.stations:
            return self.reviewed or self._in_anothers(services, event) is None
        return any(service.is_own and service.surely_has(event, self.clock_error) for service in services)

    def _in_anothers(self, services: Iterable[Service], event: Fact) -> Service | None:
        """The time of another PC in which it was surely recorded: one whose begin is known."""
        others = (service for service in services if not service.is_own and service.began_at is not None)
        return next((service for service in others if service.surely_has(event, self.clock_error)), None)

    @property
    def latest(self) -> datetime:
        """The latest stamp that is believed."""
        return self.received_at + CLOCK_TOLERANCE

    def moment_of(self, stamped: datetime) -> datetime:
        """When it happened: what is stamped too far ahead is taken to have happened when it arrived."""
        return stamped if stamped <= self.latest else self.received_at


def is_before(event: Fact, moment: datetime, error: timedelta) -> bool:
    """Whether it was surely recorded before this moment, by a clock that heard the server's time but for `error`."""
    return not (event.model_extra or {}).get("clock_unsynced") and event.at + error <= moment


class Arrived(NamedTuple):
    """One event of it: `event` is of the model its kind was registered with."""

    seq: int
    event: Any


COUNT_ACROSS_GAP = "count_across_gap"
COUNTER_WITHOUT_MACHINE = "counter_without_machine"
LEASE_LOST = "lease_lost"
COUNTED_ANEW = "counted_anew"
BADGE_TEXT = "badge_text"
"""Of a scan that was a badge: what is kept of it is without its text."""
FENCED_OFF = frozenset({LEASE_LOST, COUNTED_ANEW})
"""Codes of what came under a lease that holds no more: of another's tag, or counted by the same agent once more."""
STOOD_BEYOND = frozenset({COUNT_ACROSS_GAP, COUNTER_WITHOUT_MACHINE})
"""Codes of what a person is to say something about while its counter stands beyond it either way: no baseline was ever
before it, so it can be taken whoever counts by then."""


class Refused(NamedTuple):
    """An event that can't be used, or not without a person. It goes to quarantine.

    Attributes:
        permanent: the agent is told to keep it as well.
        for_review: it could be used; a person is to decide. Its counter stands beyond it either way.
        hidden: fields of the event that are not kept.
    """

    seq: int
    code: str
    message: str
    permanent: bool = False
    for_review: bool = False
    hidden: tuple[str, ...] = ()


class CountWindow(NamedTuple):
    """A time of a counter.

    Attributes:
        most: so many counts are told of it. A count over a gap is the only one of its time, so it is among the first
            that end in it or after it.
    """

    tag_id: UUID
    started_at: datetime
    at: datetime
    most: int = 50


class BookedStep(NamedTuple):
    """What was booked of a counter: parts, or that it went back or leapt, which has no beginning and no parts.

    Attributes:
        since: where it went back or leapt, when it was booked last before that; None where it never was.
        is_sure: nothing of it was put right since, and its PC knew the time.
    """

    kind: str
    tag_id: UUID
    agent_id: UUID
    delta: int
    started_at: datetime | None
    at: datetime
    raw_from: int | None
    raw_to: int
    steps: int | None
    rolled_over: bool
    across_gap: bool
    since: datetime | None = None
    is_sure: bool = True


def _no_objections(_session: TenantSession, events: Sequence[Any]) -> Sequence[str | None]:
    return [None] * len(events)


def _nothing_booked(_session: TenantSession, _windows: Collection[CountWindow]) -> Sequence[BookedStep]:
    return ()


def _of_no_plant(_session: TenantSession, _event: Any) -> None:
    pass


@dataclass(frozen=True, slots=True)
class EventRoom:
    """A room's say in what stations send.

    Attributes:
        kinds: models of the kinds it understands.
        take: writes the effects of events of these kinds, in order of `seq`, in the session's transaction. Called again
            with fewer events when the database refuses what it was given, after a rollback.
        objections: why each of these late events can't be taken any more, in words; None where it can.
        demand_writable: raises NotAllowed where what such an event is about is of a plant a person may not change.
        booked: what was booked of counters in these times, last before and first after each, and where they went back
            or leapt from there on.
    """

    kinds: Mapping[str, type[BaseModel]]
    take: Callable[[TenantSession, Arrival, Sequence[Arrived]], Iterable[Refused]]
    objections: Callable[[TenantSession, Sequence[Any]], Sequence[str | None]] = _no_objections
    demand_writable: Callable[[TenantSession, Any], None] = _of_no_plant
    booked: Callable[[TenantSession, Collection[CountWindow]], Sequence[BookedStep]] = _nothing_booked


@dataclass(frozen=True, slots=True)
class MachineRoom:
    """What the stations room asks of machines, which it must not know.

    Attributes:
        configurations: of the machines with these ids, and of those that stand at these stations.
        report: what an agent says machines do now, outside the sequence; unknown ones are passed over.
        demand: raises a Refusal when a tag can't belong to this machine, or not anew, where the machine is out of use
            or in another plant than the station; given that station where the tag gets the machine anew, else None.
        codes: of the machines that may be read, also of those no longer in use, by id.
        reasons: the reasons of stops that stations offer.
        corrected: what was put right, and decided, of an agent's counts of today; given the agent and the epoch of its
            buffer.
    """

    configurations: Callable[[TenantSession, Collection[UUID], Collection[UUID]], Sequence[MachineConfiguration]]
    report: Callable[[TenantSession, Assignment, Sequence[MachineReport]], None]
    demand: Callable[[TenantSession, UUID, Station | None], None]
    codes: Callable[[TenantSession], Mapping[UUID, str]]
    reasons: Callable[[TenantSession], Sequence[ReasonConfiguration]]
    corrected: Callable[[TenantSession, UUID, UUID | None], Sequence[CorrectedDay]]


Characteristics = Callable[[TenantSession, Collection[UUID]], Sequence[CharacteristicConfiguration]]
"""What stations of these plants measure: asked of the room quality, which the stations room must not know."""
ItemPatterns = Callable[[TenantSession], Sequence[ItemPattern]]
"""By which the organization's own barcodes are read: asked of the room codes, which the stations room must not know."""
