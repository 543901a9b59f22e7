"""What agents are told of the states that people set at their machines: in the office, or at another PC."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import text
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.machines.set_states import SetState

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.own_machines import own_machines
from unison_server.machines.speakers import speakers_of
from unison_server.stations.api import ActingAgent

own_router = APIRouter(prefix="/stations/me/set-states", tags=["station protocol"], route_class=OperationsRoute)

_SET = text(
    """
    select open.id, m.id as machine_id, open.state, open.started_at, open.agent_id is null as is_of_office
    from machines as m
    cross join lateral (
        select s.id, s.state, s.source, s.started_at, s.agent_id from machine_states as s
        where s.organization_id = m.organization_id and s.machine_id = m.id and s.ended_at is null
        order by s.started_at desc limit 1
    ) as open
    where m.organization_id = :organization and m.id = any (:machines) and m.is_active and open.source = 'person'
        and open.state <> 'unknown'
    order by m.machine_code
    """
)


@own_router.get("", dependencies=[requires(DeviceRight.READ_SET_STATES)])
def list_own_set_states(session: SessionDep, agent_id: ActingAgent) -> Page[SetState]:
    """The agent's machines that are in a state a person set, so that its page shows what was said elsewhere."""
    return Page(items=set_states_at(session, agent_id))


def set_states_at(session: TenantSession, agent_id: UUID) -> list[SetState]:
    """One for each machine in use that the agent speaks of and that is in such a state."""
    asked = {"organization": session.organization_id, "machines": list(own_machines(session, agent_id))}
    rows = session.execute(_SET, asked).all()
    said = speakers_of(session, [row.id for row in rows])
    return [
        SetState(
            machine_id=row.machine_id,
            state=row.state,
            started_at=row.started_at,
            is_of_office=row.is_of_office,
            person=said[row.id].name if row.id in said else None,
        )
        for row in rows
    ]
