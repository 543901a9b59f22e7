"""PCs that were revoked or enrolled anew since a backup, and codes that ended since.

A PC that was enrolled since keeps its new access where a restored server is sure to count on from where it stands: the
PC was heard since, running the configuration its agent was told last, or a newer one that an earlier restore forgot:
what was heard of the PC is carried over too, for another restore may come before it is heard again. Where another
memory took its place, the enrolment gave it new leases, so that one is newer than the backup's, and it is fenced when
it asks for the next (`stations/restoring.py`). One that had none yet would be given the leases of the PC before as they
were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import CursorResult, func, update
from sqlalchemy.dialects.postgresql import insert
from unison_domain.stations.contracts import AgentState

from unison_server.cli.former_access import Former, Kind
from unison_server.kernel.database import TenantSession
from unison_server.stations.tables import Agent, AgentCursor, AgentReport, Enrolment
from unison_server.stations.telling import tell_of_agent
from unison_server.stations.usecases import revoke

_USED = ("used_at", "silence_told_at", "code_hash", "expires_at", "created_at", "created_by")
_HEARD = ("last_seen_at", "configuration_running")
_PCS = """
    select a.organization_id, a.id, a.state, a.token_hash, a.hostname, a.agent_version, a.platform,
        used.id as enrolment_id, used.used_at, used.silence_told_at, used.code_hash, used.expires_at, used.created_at,
        used.created_by,
        coalesce(
            a.state = 'enrolled' and r.last_seen_at >= used.used_at and r.configuration_running >= a.told_version, false
        ) as is_at_home,
        r.last_seen_at, r.configuration_running,
        array(
            select epoch from agent_cursors as c
            where c.organization_id = a.organization_id and c.agent_id = a.id and acked_through > 0
                and checkpoints = '[]'
        ) as closed_epochs,
        array(
            select id from enrolments as e
            where e.organization_id = a.organization_id and e.agent_id = a.id
                and (e.used_at is not null or e.expires_at <= now())
        ) as ended_codes
    from agents as a
    left join agent_reports as r on r.organization_id = a.organization_id and r.id = a.id
    left join lateral (
        select * from enrolments as e
        where e.organization_id = a.organization_id and e.agent_id = a.id and e.used_at is not null
        order by e.used_at desc limit 1
    ) as used on true
    order by 1, a.name
"""


def _pcs(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        agent = session.find(Agent, row.id)
        if agent is None:
            continue
        words = _again(session, agent, row)
        has_code = _end_codes(session, row)
        if words:
            yield words
        elif has_code:
            yield f"the code of the PC {agent.name} has ended: give it a new one"


def _again(session: TenantSession, agent: Agent, row: Former) -> str | None:
    if row.state == AgentState.REVOKED:
        if agent.state == AgentState.REVOKED:
            return None
        revoke(session, agent)
        return f"the PC {agent.name} is revoked"
    if row.token_hash == agent.token_hash:
        return None
    if row.is_at_home:
        _keep(session, agent, row)
        return f"the PC {agent.name}, enrolled since, keeps its new access"
    revoke(session, agent)
    return f"the PC {agent.name} is revoked, for it was enrolled anew since: give it a new code"


def _keep(session: TenantSession, agent: Agent, row: Former) -> None:
    """What the enrolment wrote, and that the PC was heard after it; the token of before ends with it."""
    agent.state, agent.token_hash = AgentState.ENROLLED, row.token_hash
    agent.hostname, agent.agent_version, agent.platform = row.hostname, row.agent_version, row.platform
    enrolment = session.find(Enrolment, row.enrolment_id)
    if enrolment is None:
        enrolment = Enrolment(id=row.enrolment_id, agent_id=agent.id)
        session.add(enrolment)
    for name in _USED:
        setattr(enrolment, name, getattr(row, name))
    session.flush()
    heard = {name: getattr(row, name) for name in _HEARD}
    report = insert(AgentReport).values(organization_id=agent.organization_id, id=agent.id, **heard)
    session.execute(report.on_conflict_do_update(index_elements=["organization_id", "id"], set_=heard))
    closed = update(AgentCursor).where(AgentCursor.agent_id == agent.id, AgentCursor.epoch.in_(row.closed_epochs))
    session.execute(closed.values(checkpoints=[]))
    tell_of_agent(session, "stations.agent.enrolled", agent.id, version=agent.version)


def _end_codes(session: TenantSession, row: Former) -> bool:
    """Whether any of the agent's codes that ended since the backup was still good."""
    live = (Enrolment.id.in_(row.ended_codes), Enrolment.used_at.is_(None), Enrolment.expires_at > func.now())
    ended: CursorResult[Any] = session.execute(update(Enrolment).where(*live).values(expires_at=func.now()))  # type: ignore[assignment]
    return ended.rowcount > 0


MACHINES = (Kind("PCs and their codes", _PCS, _pcs),)
