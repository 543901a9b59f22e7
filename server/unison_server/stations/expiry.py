"""That the certificates end by which an agent trusts this server is told once in time, and once when they have ended.

Each agent says what it saw on its own connection: a proxy may show it another certificate than this server holds. Of
one that went silent before that end nobody knows what it would see now: it is told of its silence alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row, text
from unison_domain.kernel.certificates import WARNED_BEFORE
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.stations.telling import tell_of_agent

CAME_DUE = "stations.agent.certificate_came_due"

_UNHEARD = timedelta(seconds=SILENT_AFTER_SECONDS)
"""One that was heard so shortly before the end may be silent because of it."""
_ENDING = text(
    """
    select r.organization_id, r.id, r.expiry_told_at as told_at,
        least(r.certificate_ends_at, r.authority_ends_at) as ends_at
    from agent_reports as r join agents as a on a.organization_id = r.organization_id and a.id = r.id
    where least(r.certificate_ends_at, r.authority_ends_at) <= :soon and a.is_active and a.state = 'enrolled'
        and (r.silent_since is null or r.authority_ends_at <= :now
            or r.silent_since >= least(r.certificate_ends_at, r.authority_ends_at) - :unheard)
    order by r.organization_id, r.id
    """
)
_TAKE = text(
    """
    update agent_reports set expiry_told_at = :now
    where organization_id = :organization and id = :agent and expiry_told_at is not distinct from :told_at
    returning id
    """
)


def watch_certificates(_settings: Settings, system: Databases, now: datetime) -> None:
    """Tell of the agents whose certificates came due, of all organizations; a watch of the upkeep."""
    with system.operations.connect() as connection:
        ending = connection.execute(_ENDING, {"now": now, "soon": now + WARNED_BEFORE, "unheard": _UNHEARD}).all()
    for row in ending:
        if row.told_at is None or row.told_at < _mark_passed(row.ends_at, now):
            _tell(system, row, now)


def _mark_passed(ends_at: datetime, now: datetime) -> datetime:
    """The end, or the warning before it. Those of a renewed certificate are later: nothing needs to be taken back."""
    return ends_at if ends_at <= now else ends_at - WARNED_BEFORE


def _tell(system: Databases, row: Row[tuple[object, ...]], now: datetime) -> None:
    which = {"organization": row.organization_id, "agent": row.id, "told_at": row.told_at}
    with system.session(Database.OPERATIONS, Scope(row.organization_id)) as session:
        if session.execute(_TAKE, {**which, "now": now}).first() is not None:  # else another server told it meanwhile
            tell_of_agent(session, CAME_DUE, row.id)
