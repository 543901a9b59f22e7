"""What crosses the network about events that were set aside: each with its reason, and what people decide of them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from unison_domain.kernel.contracts import Answer, Instant, OpenEnum, Request, Text
from unison_domain.machines.contracts import CountKind, MachineState

MOST_DECIDED = 200
"""Events that are decided in one request."""


class Decision(OpenEnum):
    """What a person decided about an event that could not be used."""

    ACCEPTED = "accepted"
    DISCARDED = "discarded"
    UNKNOWN = "unknown"


class QuarantineDecide(Request):
    """Take a quarantined event after all, or let it be; for good."""

    reason: Annotated[Text, Field(min_length=3)]


def _once_each(ids: tuple[UUID, ...]) -> tuple[UUID, ...]:
    if len(set(ids)) < len(ids):
        raise ValueError("names an event twice")
    return ids


class QuarantineDecideMany(QuarantineDecide):
    """`POST /agents/{id}/quarantine/accept` and `…/discard`: the same of several events of one agent."""

    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_DECIDED), AfterValidator(_once_each)]


class QuarantinedAnswer(Answer):
    """An event the server could not use, with its reason, kept as the JSON text it came as.

    Attributes:
        rejected: the agent was told, and keeps it among its dead letters too.
        may_accept: whether accepting it would be taken now.
        consequence: what accepting it would do, or why it can't be accepted.
        decision, reason, decided_at, decided_by, decided_by_name: what was decided; None until then. Nobody
            decided where the server settled it, because its parts are in a later count.
        parts, count: of a count, how many and whether good ones or scrap.
        state: of what tells a machine's state.
        value: of a signal's value or a reading, with its unit, or the text of a scan, as it came.
        told_of: the moment it tells of: when the state or the stop began, else when it happened; None where this
            server can't read it.
        machine_id, machine_code, station_id, station_code, station_name: what it is about, as its tag is assigned now.
    """

    id: UUID
    epoch: UUID
    seq: int
    kind: str
    code: str
    message: str
    rejected: bool
    raw: str
    received_at: Instant
    may_accept: bool = False
    consequence: str | None = None
    decision: Decision | None = None
    reason: str | None = None
    decided_at: Instant | None = None
    decided_by: UUID | None = None
    decided_by_name: str | None = None
    parts: int | None = None
    count: CountKind | None = None
    state: MachineState | None = None
    value: str | None = None
    told_of: Instant | None = None
    machine_id: UUID | None = None
    machine_code: str | None = None
    station_id: UUID | None = None
    station_code: str | None = None
    station_name: str | None = None


class DecidedEvent(Answer):
    """What came of one of several events.

    Attributes:
        is_done: whether it is decided now; else it stands as it stood, and `code` and `problem` say why.
    """

    event: QuarantinedAnswer
    is_done: bool
    code: str | None = None
    problem: str | None = None


class QuarantineDecided(Answer):
    """What came of each, in the order they arrived."""

    items: list[DecidedEvent]
