"""Who works at each station, as told on its page or by a badge: until another is or nobody, also through restarts.

A name belongs to the workplace, not to a browser: what scanners, gauges and cameras send there stands under it too.
Who signed on by badge or PIN is signed off when nothing was done at the station for a time; a typed name stays until
the server tells a list of people, who sign on from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter
from unison_domain.codes.events import ScanTaken
from unison_domain.identity.badge_contracts import BadgeHash
from unison_domain.identity.overrides import Who
from unison_domain.quality.events import ReadingTaken
from unison_domain.stations.events import Event
from unison_domain.stations.fact import Fact, SaidByPerson, Stamp
from unison_domain.stations.picture_events import PictureKept, PictureReason

KEY = "people"

Said = TypeVar("Said", bound=Fact)

Met = tuple[str, UUID | None] | None
"""Who is met at a station: the name and the tap by which they signed on; another with every tap."""


class SignOn(BaseModel):
    """Who signed on by badge or PIN.

    Attributes:
        is_verified: the server was asked. badge: by which, where it was one; with its end the sign-on ends.
        tap: another each time somebody signs on, so that the page tells that the same person did again.
        seen_at: the last time anything was done at the station. ends_at: of a day badge, or of the person's access.
    """

    model_config = ConfigDict(frozen=True)

    person_id: UUID
    is_verified: bool
    badge: BadgeHash | None = None
    tap: UUID | None = None
    seen_at: Stamp
    idle_seconds: int
    ends_at: Stamp | None = None

    def holds(self, now: datetime) -> bool:
        """Whether they are still signed on; not where the clock went back behind the last thing that was done."""
        is_ended = self.ends_at is not None and self.ends_at <= now
        return not is_ended and timedelta() <= now - self.seen_at < timedelta(seconds=self.idle_seconds)


class Named(BaseModel):
    """Who works at a station; only a name where somebody typed one."""

    model_config = ConfigDict(frozen=True)

    name: str
    sign_on: SignOn | None = None


def _read(stored: object) -> object:
    return {"name": stored} if isinstance(stored, str) else stored


_NAMES = TypeAdapter(dict[UUID, Annotated[Named, BeforeValidator(_read)]])
"""Before there were badges a name was only its text."""


@dataclass(frozen=True)
class People:
    """Who was named at each station; stations where nobody was are not in it."""

    stations: Mapping[UUID, Named] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: Mapping[str, bytes]) -> People:
        """What `dump` gave. Raises ValueError when it is no such thing."""
        return cls(_NAMES.validate_json(stored.get(KEY, b"{}")))

    def dump(self) -> dict[str, bytes]:
        """A part of the agent's state."""
        return {KEY: _NAMES.dump_json(dict(self.stations))}

    def at(self, station_id: UUID, now: datetime) -> Named | None:
        """Who works there at this moment."""
        named = self.stations.get(station_id)
        return None if named is None or (named.sign_on is not None and not named.sign_on.holds(now)) else named

    def met_at(self, station_id: UUID) -> Met:
        """Whom one who asks the server leaves there; who is there when it answers may be another."""
        named = self.stations.get(station_id)
        return None if named is None else (named.name, named.sign_on.tap if named.sign_on else None)

    def named(self, station_id: UUID, named: Named | None) -> People:
        """With somebody else at this station; None: nobody."""
        others = {station: known for station, known in self.stations.items() if station != station_id}
        return People(others if named is None else {**others, station_id: named})

    def touched(self, station_ids: Iterable[UUID], now: datetime) -> People:
        """Something was done at these stations."""
        people = self
        for station_id in station_ids:
            named = self.at(station_id, now)
            if named is not None and named.sign_on is not None:
                seen = named.sign_on.model_copy(update={"seen_at": now})
                people = people.named(station_id, named.model_copy(update={"sign_on": seen}))
        return people

    def stamped(self, events: Iterable[Event], now: datetime) -> list[Event]:
        """The same events; scans, readings and their pictures that name nobody are of the person at their station."""
        return [self._stamped(event, now) for event in events]

    def _stamped(self, event: Event, now: datetime) -> Event:
        match event:
            case ScanTaken(person=None) | ReadingTaken(person=None):
                return said_by(event, self.at(event.station_id, now))
            case PictureKept(person=None, reason=PictureReason.SCAN | PictureReason.READING):
                return said_by(event, self.at(event.station_id, now))
        return event


def who(person: str | None, named: Named | None) -> Who:
    """Who acts under this name: the account of who is signed on, where it is theirs."""
    is_theirs = named is not None and named.sign_on is not None and named.name == person
    return Who(named.sign_on.person_id if is_theirs and named and named.sign_on else None, person)


def said_by(event: Said, named: Named | None) -> Said:
    """The event with the person behind it; one that names somebody else stays that person's."""
    if named is None or not isinstance(event, SaidByPerson) or event.person not in (None, named.name):
        return event
    sign_on = named.sign_on
    who = {"person_id": sign_on.person_id, "person_is_verified": sign_on.is_verified} if sign_on else {}
    return event.model_copy(update={"person": named.name, **who})
