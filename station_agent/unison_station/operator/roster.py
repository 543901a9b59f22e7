"""The list of people as the server told it last: it names who taps a badge while the server is away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from unison_domain.identity.badge_contracts import BadgeState, Roster, RosterBadge, RosterPerson
from unison_domain.identity.badge_text import badge_hash
from unison_domain.kernel.contracts import Instant

from unison_station.platform.files import write_private

FILE = "roster.json"
_AHEAD = timedelta(minutes=1)
"""A list from further in the future than this was told to another clock: how old it is nobody knows."""

log = logging.getLogger(__name__)


class NamesNobody(Exception):
    """It is a badge, but it signs nobody on; the words say why, and the code says it to the server."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class KeptRoster(BaseModel):
    """The list of an organization, its mark, and when the server last said (by its own time) that it holds."""

    model_config = ConfigDict(frozen=True)

    organization_id: UUID
    roster: Roster
    etag: str | None
    heard_at: Instant

    @cached_property
    def people(self) -> dict[UUID, RosterPerson]:
        """By id."""
        return {person.id: person for person in self.roster.people}

    @cached_property
    def badges(self) -> dict[str, RosterBadge]:
        """By hash."""
        return {badge.hash: badge for badge in self.roster.badges}

    def badge_of(self, text: str) -> RosterBadge | None:
        """The badge a text was read from; None: it is no badge that is known here."""
        return self.badges.get(self.hash_of(text))

    def hash_of(self, text: str) -> str:
        """By which a badge is found."""
        return badge_hash(bytes.fromhex(self.roster.key), text)

    def at(self, station_id: UUID) -> list[RosterPerson]:
        """Who can sign on at the station."""
        return [one for one in self.roster.people if one.stations is None or station_id in one.stations]

    def whose(self, badge: RosterBadge, station_id: UUID, now: datetime) -> BadgeHolder:
        """Whom a badge names at the station, at this moment of the server's time.

        Raises:
            NamesNobody: it is lost, over, of another plant, or the list is too old to be believed.
        """
        if badge.state is BadgeState.LOST:
            raise NamesNobody("badge_lost", "This badge was reported lost: hand it in")
        person = self.people.get(badge.user_id) if badge.user_id else None
        if badge.is_elsewhere or (person and person not in self.at(station_id)):
            words = "This badge is good in other plants only: an administrator gives access to this one"
            raise NamesNobody("badge_elsewhere", words)
        ends = [end for end in (badge.ends_at, person.ends_at if person else None) if end is not None]
        if person is None or any(end <= now for end in ends):
            raise NamesNobody("badge_not_valid", "This badge is not valid any more: hand it in")
        if not -_AHEAD <= now - self.heard_at < timedelta(seconds=self.roster.roster_seconds):
            words = "The list of people is too old: badges name nobody until the server answers again"
            raise NamesNobody("list_too_old", words)
        return BadgeHolder(person, min(ends, default=None))

    def names(self, badge: str, person_id: UUID, station_id: UUID, now: datetime) -> bool:
        """Whether a badge, by its hash, names this person at the station."""
        found = self.badges.get(badge)
        try:
            return found is not None and self.whose(found, station_id, now).person.id == person_id
        except NamesNobody:
            return False


@dataclass(frozen=True, slots=True)
class BadgeHolder:
    """Whom a badge names, and until when."""

    person: RosterPerson
    ends_at: datetime | None


def load_roster(folder: Path) -> KeptRoster | None:
    """What was kept; None where there is nothing that can be read: the server tells it again."""
    try:
        return KeptRoster.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.error("the list of people can not be read, the server is asked again: %s", type(error).__name__)
        return None


def save_roster(folder: Path, kept: KeptRoster) -> None:
    """Keep it whole, for the owner alone: it holds the key of the hashes."""
    write_private(folder / FILE, kept.model_dump_json().encode())
