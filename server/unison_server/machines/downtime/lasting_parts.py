"""Of what a word is that was given at a station for a stop while it lasted, where the office parted that stop unheard.

A page that knew of a state set elsewhere would not have said that the stop before it lasts. So what is said is of all
that was one stop to the person in front of the machine. Where the state set elsewhere is none of a stop, and in setup
and cleaning, the word is of no time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import NO_STOP
from unison_domain.machines.stop_ends import WORK_OF_ITS_OWN

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import end_of_stop

_BEGUN = text(
    """
    select state, source, started_at, agent_id is distinct from :agent as is_elsewhere from machine_states
    where organization_id = :organization and machine_id = :machine and started_at > :start and started_at < :until
    order by started_at
    """
)


class Part(NamedTuple):
    """A stretch of a stop that a word is of; the last has no end while it lasts.

    `lasted_at`: as in `DowntimeCause`.
    """

    started_at: datetime
    ended_at: datetime | None
    lasted_at: datetime | None = None


def lasting_parts(
    session: TenantSession, agent_id: UUID, machine_id: UUID, start: datetime, said_at: datetime
) -> list[Part]:
    """The parts of the stop that began at `start`, of which the agent's page said then that it lasts; at least one."""
    given = {"organization": session.organization_id, "machine": machine_id, "agent": agent_id}
    begun = session.execute(_BEGUN, given | {"start": start, "until": said_at}).all()
    set_elsewhere = [row.started_at for row in begun if row.source == StateSource.PERSON and row.is_elsewhere]
    if not set_elsewhere:
        return [Part(start, end_of_stop(session, machine_id, start))]
    parts = list[Part]()
    since: datetime | None = start
    for row in begun:
        is_of_stop = MachineState(row.state) not in NO_STOP | WORK_OF_ITS_OWN
        if since is None and is_of_stop:
            since = row.started_at
        elif since is not None and not is_of_stop:
            parts.append(Part(since, row.started_at, _last_between(set_elsewhere, since, row.started_at)))
            since = None
    if since is None:
        return parts
    lasted_at = _last_between(set_elsewhere, since, said_at)
    return [*parts, Part(since, end_of_stop(session, machine_id, since, lasted_at), lasted_at)]


def _last_between(moments: Iterable[datetime], start: datetime, end: datetime) -> datetime | None:
    return max((moment for moment in moments if start < moment < end), default=None)
