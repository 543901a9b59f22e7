"""What agents are told of the states their machines are in: by a word in the office or at another PC, or by signals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import Row, text
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.silence import Voice

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.overriding import told_by_signals
from unison_server.machines.own_machines import own_machines
from unison_server.machines.speakers import speakers_of
from unison_server.machines.voices import stated_by_tags, voices_of
from unison_server.stations.api import ActingAgent

own_router = APIRouter(prefix="/stations/me/set-states", tags=["station protocol"], route_class=OperationsRoute)

_OPEN = text(
    """
    select open.id, m.id as machine_id, open.state, open.source, open.started_at, open.agent_id
    from machines as m
    left join lateral (
        select s.id, s.state, s.source, s.started_at, s.agent_id from machine_states as s
        where s.organization_id = m.organization_id and s.machine_id = m.id and s.ended_at is null
            and (s.source, s.state) <> ('person', 'unknown')
        order by s.started_at desc limit 1
    ) as open on true
    where m.organization_id = :organization and m.id = any (:machines) and m.is_active
    order by m.machine_code
    """
)
"""That a machine was put away (`putting_away`) is no state of one that is in use again."""


@own_router.get("", dependencies=[requires(DeviceRight.READ_SET_STATES)])
def list_own_open_states(session: SessionDep, agent_id: ActingAgent) -> Page[OpenState]:
    """Which state each of the agent's machines is in, so that its page shows what stands elsewhere."""
    return Page(items=open_states_at(session, agent_id))


def open_states_at(session: TenantSession, agent_id: UUID) -> list[OpenState]:
    """One for each machine in use that the agent speaks of."""
    asked = {"organization": session.organization_id, "machines": list(own_machines(session, agent_id))}
    rows = session.execute(_OPEN, asked).all()
    said = speakers_of(session, [row.id for row in rows if row.source == StateSource.PERSON])
    ids = [row.machine_id for row in rows]
    voices, now = voices_of(session, ids), datetime.now(UTC)
    by_signals = told_by_signals(session, stated_by_tags(session, ids))
    return [
        OpenState(
            machine_id=row.machine_id,
            state=_believed(row, voices[row.machine_id], now),
            source=row.source,
            started_at=row.started_at,
            is_of_office=row.source == StateSource.PERSON and row.agent_id is None,
            person=said[row.id].name if row.id in said else None,
            by_signals=by_signals[row.machine_id].state if row.machine_id in by_signals else None,
        )
        for row in rows
    ]


def _believed(row: Row[Any], voice: Voice, now: datetime) -> MachineState:
    """The state, or unknown where the signals that told it fell silent; its row stays open and tells who began it."""
    if row.started_at is None:
        return MachineState.UNKNOWN
    state = MachineState(row.state)
    silent = voice.silent_since(state, StateSource(row.source), row.started_at, now)
    return state if silent is None else MachineState.UNKNOWN
