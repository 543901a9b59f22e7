"""PCs that were revoked or enrolled anew since a backup, and codes that ended since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select, update
from unison_domain.stations.contracts import AgentState

from unison_server.cli.former_access import Former, Kind
from unison_server.kernel.database import TenantSession
from unison_server.stations.tables import Agent, Enrolment
from unison_server.stations.usecases import revoke


def _agents(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        agent = session.find(Agent, row.id)
        if agent is None or agent.state == AgentState.REVOKED:
            continue
        if row.state != AgentState.REVOKED and agent.token_hash in (None, row.token_hash):
            continue
        revoke(session, agent)
        why = "" if row.state == AgentState.REVOKED else ", for it was enrolled anew since: give it a new code"
        yield f"the PC {agent.name} is revoked{why}"


def _codes(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    ended = [row.id for row in rows]
    live = (Enrolment.id.in_(ended), Enrolment.used_at.is_(None), Enrolment.expires_at > func.now())
    over = update(Enrolment).where(*live).values(expires_at=func.now()).returning(Enrolment.agent_id)
    of = session.scalars(over).all()
    told = select(Agent.name).where(Agent.id.in_(of), Agent.state != AgentState.REVOKED)
    for name in session.scalars(told.order_by(Agent.name)):
        yield f"the code of the PC {name} has ended: give it a new one"


MACHINES = (
    Kind("PCs", "select organization_id, id, state, token_hash from agents order by 1", _agents),
    Kind(
        "codes of PCs",
        "select organization_id, id from enrolments where used_at is not null or expires_at <= now() order by 1",
        _codes,
    ),
)
