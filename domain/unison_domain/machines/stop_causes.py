"""What agents hear of stops they told: why the office says a machine stood, for the operator page.

`GET /api/v1/stations/me/stop-causes?stops=…&stops=…` answers a `Page[StopCause]`, of those stops that are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from unison_domain.kernel.contracts import EARLIEST, LATEST, Answer, Instant

MOST_STOPS = 40
"""In one question, so that its address stays short."""


@dataclass(frozen=True, slots=True)
class AskedStop:
    """A stop as an agent knows it; without end while it lasts."""

    machine_id: UUID
    started_at: datetime
    ended_at: datetime | None = None

    def text(self) -> str:
        """As it stands in an address."""
        return f"{self.machine_id}/{self.started_at.isoformat()}/{self.ended_at.isoformat() if self.ended_at else ''}"

    @classmethod
    def of(cls, text: str) -> Self:
        """Read it again. Raises ValueError with what is wrong."""
        machine, _, moments = text.partition("/")
        start, _, end = moments.partition("/")
        stop = cls(UUID(machine), datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for moment in filter(None, (stop.started_at, stop.ended_at)):
            if moment.tzinfo is None or not EARLIEST <= moment < LATEST:
                raise ValueError(f"{moment.isoformat()} is no moment with its zone")
        if stop.ended_at is not None and stop.ended_at <= stop.started_at:
            raise ValueError(f"it ends at {stop.ended_at.isoformat()}, not after its start")
        return stop


class StopCause(Answer):
    """Why a machine stood, as the office has it.

    Attributes:
        machine_id, started_at: as asked.
        asks: whether a person's reason is still missing: an event of the queue ends in it, or one may that lasts.
        reason_id: what a person said, of several the one for the longest part; None where nobody did.
        person, person_id, person_is_verified: who said so.
    """

    machine_id: UUID
    started_at: Instant
    asks: bool
    reason_id: UUID | None = None
    person: str | None = None
    person_id: UUID | None = None
    person_is_verified: bool | None = None
