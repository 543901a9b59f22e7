"""Calls for help from a machine: who is called, how far the call is, and what crosses the network about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant, OpenEnum


class CallKind(OpenEnum):
    """Whom a machine needs."""

    SETTER = "setter"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    LOGISTICS = "logistics"
    UNKNOWN = "unknown"


class CallState(OpenEnum):
    """A call goes forward through these, or is withdrawn before anybody arrived."""

    CALLED = "called"
    ARRIVED = "arrived"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


OPEN = frozenset({CallState.CALLED, CallState.ARRIVED})
"""States in which somebody still waits or works."""

MOST_OPEN = 200
"""Open calls that one agent is told, the newest: more are nobody's to read."""


@dataclass(frozen=True, slots=True)
class CallLife:
    """The moments of one call; its state follows from them.

    Words come from two sides, the station and the desktop, and the station's may come hours late. So the first word of
    a step counts, a step that is behind fills in what was not known, and none leads back but the one that says so.

    Attributes:
        answered_at: when somebody said that he is coming.
    """

    called_at: datetime
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    done_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def state(self) -> CallState:
        """How far it is."""
        if self.done_at is not None:
            return CallState.DONE
        if self.withdrawn_at is not None:
            return CallState.WITHDRAWN
        return CallState.CALLED if self.arrived_at is None else CallState.ARRIVED

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits or works."""
        return self.state in OPEN

    def answered(self, at: datetime) -> CallLife:
        """Somebody is coming. Raises ValueError when nobody is waited for any more."""
        if not self.is_open:
            raise ValueError(f"the call is {self.state} already, so nobody needs to come")
        return self if self.answered_at or self.arrived_at else replace(self, answered_at=max(at, self.called_at))

    def moved(self, state: CallState, at: datetime) -> CallLife:
        """The call after a step to `state`; the same call where that was known.

        Raises:
            ValueError: it was withdrawn, or is to be withdrawn although somebody arrived.
        """
        at = max(at, self.called_at)
        match state:
            case CallState.WITHDRAWN if self.arrived_at or self.done_at:
                raise ValueError(f"the call is {self.state}: it can be ended, but no more be withdrawn")
            case CallState.WITHDRAWN:
                return self if self.withdrawn_at else replace(self, withdrawn_at=at)
            case CallState.ARRIVED | CallState.DONE if self.withdrawn_at:
                raise ValueError("the call was withdrawn; make a new one")
            case CallState.ARRIVED:
                return self if self.arrived_at else replace(self, arrived_at=min(at, self.done_at or at))
            case CallState.DONE:
                return self if self.done_at else replace(self, done_at=max(at, self.arrived_at or at))
        return self

    def taken_back(self, state: CallState) -> CallLife:
        """The call in `state` again: what was said after it was a mistake. Raises ValueError when it never got there.

        A withdrawal or an end that is taken back leaves an arrival; an arrival that is taken back leaves the call.
        """
        if state not in OPEN or (state is CallState.ARRIVED and self.arrived_at is None):
            raise ValueError(f"the call can't be {state} again: it is {self.state}")
        arrived = self.arrived_at if state is CallState.ARRIVED else None
        return replace(self, arrived_at=arrived, done_at=None, withdrawn_at=None)


class CallAnswer(Answer):
    """A call as people see it.

    Attributes:
        person: who called, as told at the station; person_id: their account, where they were signed on.
        answered_by: who said so in the desktop.
        arrived_by, done_by, withdrawn_by: accounts of who said so in the desktop, or were signed on at the station.
        arrived_by_name, done_by_name, withdrawn_by_name: what they are called, or as told at the station.
        person_is_verified, arrived_by_is_verified, done_by_is_verified, withdrawn_by_is_verified: False where only the
            list at the station names the account; None without one.
    """

    id: UUID
    machine_id: UUID
    machine_code: str
    machine_name: str
    plant_id: UUID
    called: CallKind
    state: CallState
    person: str | None = None
    person_id: UUID | None = None
    person_is_verified: bool | None = None
    note: str | None = None
    called_at: Instant
    answered_at: Instant | None = None
    answered_by: UUID | None = None
    answered_by_name: str | None = None
    arrived_at: Instant | None = None
    arrived_by: UUID | None = None
    arrived_by_name: str | None = None
    arrived_by_is_verified: bool | None = None
    done_at: Instant | None = None
    done_by: UUID | None = None
    done_by_name: str | None = None
    done_by_is_verified: bool | None = None
    withdrawn_at: Instant | None = None
    withdrawn_by: UUID | None = None
    withdrawn_by_name: str | None = None
    withdrawn_by_is_verified: bool | None = None
