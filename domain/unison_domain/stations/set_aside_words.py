"""What agents hear of entries of people that their server set aside, for the operator page.

`GET /api/v1/stations/me/set-aside` answers a `Page[SetAsideWord]`: what waits for a person, and what one discarded.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant
from unison_domain.machines.calls import CallKind
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.quarantine_contracts import Decision

MOST_WORDS = 40
"""In one answer: the newest."""
TOLD_FOR = timedelta(days=30)
"""So long after it arrived, what nobody decided yet is told."""
DISCARDED_FOR = timedelta(days=7)
"""So long after it was discarded, that is told."""

KINDS = (
    "state_set",
    "stop_reasoned",
    "call_changed",
    "scan_taken",
    "scan_undone",
    "reading_taken",
    "reading_undone",
)
"""Kinds of events that somebody at a station stands behind."""


class SetAsideWord(Answer):
    """An entry that does not count: not yet, or for good. Moments are by the server's time.

    Attributes:
        seq: its number in the agent's epoch.
        message: why it was set aside.
        is_refused: the agent keeps it among its dead letters, where alone it is decided, by a command too.
        decision: discarded, for `reason`, by `decided_by_name`; None while nobody decided.
        said_at: when it was said; None where that can't be read, as all below.
        person: who said it. machine_id, station_id: of what. taking_id: of which scan or reading.
        state, started_at: of a state, and the begin of that or of the stop it gives a reason.
        reason_id: None also where it takes a reason back.
    """

    id: UUID
    epoch: UUID
    seq: int
    kind: str
    message: str
    is_refused: bool = False
    decision: Decision | None = None
    reason: str | None = None
    decided_by_name: str | None = None
    said_at: Instant | None = None
    person: str | None = None
    machine_id: UUID | None = None
    station_id: UUID | None = None
    taking_id: UUID | None = None
    state: MachineState | None = None
    started_at: Instant | None = None
    reason_id: UUID | None = None
    called: CallKind | None = None
    value: Decimal | None = None
