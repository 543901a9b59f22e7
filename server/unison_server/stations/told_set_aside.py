"""What agents are told of people's entries that were set aside, so that who made them learns of it at the station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import and_, not_, or_, select
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Instant, Page
from unison_domain.machines.calls import CallKind
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.commands import CommandKind, DiscardDeadLetters
from unison_domain.stations.quarantine_contracts import Decision
from unison_domain.stations.set_aside_words import DISCARDED_FOR, MOST_WORDS, TOLD_FOR, SetAsideWord

from unison_server.kernel.access import acting_agent, requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.sites.queries import names_of
from unison_server.stations.quarantine_tables import OF_PEOPLE, QuarantineDecision, QuarantinedEvent
from unison_server.stations.tables import AgentCommand

own_router = APIRouter(prefix="/stations/me/set-aside", tags=["station protocol"], route_class=OperationsRoute)

_UNATTENDED = '"source":"camera"'
"""In an event as `json_of` writes it: nobody made it, whose words it would crowd out."""
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Instant)
_FIELDS: Mapping[str, tuple[str, TypeAdapter[Any]]] = {
    "said_at": ("at", _MOMENT),
    "person": ("person", TypeAdapter(str)),
    "machine_id": ("machine_id", _ID),
    "station_id": ("station_id", _ID),
    "state": ("state", TypeAdapter(MachineState)),
    "started_at": ("started_at", _MOMENT),
    "reason_id": ("reason_id", _ID),
    "called": ("called", TypeAdapter(CallKind)),
    "value": ("value", TypeAdapter(Decimal)),
}
"""What an entry says, each by the name it has in an event."""
_TAKING = {"scan_taken": "id", "reading_taken": "id", "scan_undone": "scan_id", "reading_undone": "reading_id"}


class _Decided(NamedTuple):
    """What somebody decided about an entry."""

    decision: Decision
    reason: str
    by: UUID | None
    at: datetime


@own_router.get("", dependencies=[requires(DeviceRight.READ_SET_ASIDE)])
def list_own_set_aside(session: SessionDep, agent_id: Annotated[UUID, Depends(acting_agent)]) -> Page[SetAsideWord]:
    """Entries of people at the agent's stations that wait for a decision, or were discarded lately; newest first."""
    now = datetime.now(UTC)
    decided = QuarantineDecision
    lately = and_(decided.decision == Decision.DISCARDED, decided.decided_at > now - DISCARDED_FOR)
    statement = (
        select(QuarantinedEvent, decided)
        .outerjoin(
            decided,
            and_(decided.organization_id == QuarantinedEvent.organization_id, decided.id == QuarantinedEvent.id),
        )
        .where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.agent_id == agent_id,
            QuarantinedEvent.received_at > now - TOLD_FOR,
            OF_PEOPLE,
            not_(QuarantinedEvent.raw.contains(_UNATTENDED)),
            or_(decided.id.is_(None), lately),
        )
        .order_by(QuarantinedEvent.received_at.desc(), QuarantinedEvent.id.desc())
        .limit(MOST_WORDS)
    )
    rows = session.execute(statement).all()
    given_up = _given_up(session, agent_id, [event for event, _ in rows if event.rejected])
    found = [(event, _decided(one) or given_up.get((event.epoch, event.seq))) for event, one in rows]
    told = [(event, one) for event, one in found if one is None or one.at > now - DISCARDED_FOR]
    people = names_of(session, (one.by for _, one in told if one is not None))
    return Page(items=[_word(event, one, people, _said(event.raw)) for event, one in told])


def _decided(row: QuarantineDecision | None) -> _Decided | None:
    return None if row is None else _Decided(Decision(row.decision), row.reason, row.decided_by, row.decided_at)


def _given_up(
    session: TenantSession, agent_id: UUID, events: Sequence[QuarantinedEvent]
) -> dict[tuple[UUID, int], _Decided]:
    """Which of these dead letters the agent was told to discard, and did; by their numbers in its epochs."""
    if not events:
        return {}
    commands = session.scalars(
        select(AgentCommand)
        .where(
            AgentCommand.agent_id == agent_id,
            AgentCommand.kind == CommandKind.DISCARD_DEAD_LETTERS,
            AgentCommand.ok.is_(True),
            AgentCommand.created_at > min(event.received_at for event in events),
        )
        .order_by(AgentCommand.created_at.desc(), AgentCommand.id)
    )
    found: dict[tuple[UUID, int], _Decided] = {}
    for command in commands:
        wanted = DiscardDeadLetters.model_validate(command.parameters)
        decided = _Decided(
            Decision.DISCARDED, wanted.reason, command.created_by, command.answered_at or command.created_at
        )
        found |= {(wanted.epoch, seq): decided for seq in wanted.sequences}
    return found


def _word(
    event: QuarantinedEvent, decided: _Decided | None, people: Mapping[Any, str], said: dict[str, Any]
) -> SetAsideWord:
    told: dict[str, Any] = {name: _read(kind, said.get(own)) for name, (own, kind) in _FIELDS.items()}
    if decided is not None:
        told |= {"decision": decided.decision, "reason": decided.reason}
        told |= {"decided_by_name": people.get(decided.by) if decided.by else None}
    return SetAsideWord(
        id=event.id,
        epoch=event.epoch,
        seq=event.seq,
        kind=event.kind,
        message=event.message,
        is_refused=event.rejected,
        taking_id=_read(_ID, said.get(_TAKING.get(event.kind, ""))),
        **told,
    )


def _said(raw: str) -> dict[str, Any]:
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _read(kind: TypeAdapter[Any], said: object) -> Any:
    """What was set aside may be so because it can't be read."""
    try:
        return kind.validate_python(said)
    except ValidationError:
        return None
