"""What is told of overrides at stations: those that count, those that wait, and those that came to nothing."""

from __future__ import annotations

from uuid import UUID

from unison_domain.identity.overrides import OverrideKind
from unison_domain.kernel.contracts import Answer, Instant, OpenEnum


class OverrideOutcome(OpenEnum):
    """What came of an override."""

    DONE = "done"
    """Confirmed with badge and PIN, and it counts."""
    ACCEPTED = "accepted"
    """It was set aside, and who has the right let it in."""
    WAITING = "waiting"
    """Nobody confirmed it, so it was set aside; somebody is to decide."""
    DISCARDED = "discarded"
    """It was set aside, and somebody discarded it."""
    NOT_DONE = "not_done"
    """Confirmed, but its act never came, or is on its way yet."""
    REFUSED = "refused"
    """Whoever tried to confirm it was not let: `refused_for` says why."""
    UNKNOWN = "unknown"


DONE = frozenset({OverrideOutcome.DONE, OverrideOutcome.ACCEPTED})
"""What counts."""


class OverrideAnswer(Answer):
    """An override at a station, or an attempt at one.

    Attributes:
        at: when somebody stood behind it, tried to, or when it was set aside; by the server's clock.
        done_at: when the act itself was done, as its station stamped it; None where it counts not.
        refused_for: the code of the refusal, e.g. `pin_wrong`; None where nobody was refused, or it is not known.
        kind, right: what it is, and the right it takes; both None of an old refused attempt, which names no act.
        subject: what it was done to; result: what it made of that: a state, a reason, a value.
        done_by: who did it. confirmed_by: who stands behind it, or was refused to.
        remark: why it was set aside, or discarded.
    """

    id: UUID
    at: Instant
    done_at: Instant | None = None
    outcome: OverrideOutcome
    refused_for: str | None = None
    kind: OverrideKind | None = None
    right: str | None = None
    plant_id: UUID | None = None
    station_id: UUID | None = None
    station_code: str | None = None
    station_name: str | None = None
    subject: str | None = None
    result: str | None = None
    done_by: str | None = None
    confirmed_by: str | None = None
    remark: str | None = None
