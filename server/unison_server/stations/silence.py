"""Agents that went silent are told once, and once more when they are heard again; those never heard are told once too.

Silence is judged by this server's clock from the last heartbeat, and only while it could have heard one: a server that
was down itself, or stood still, says nothing of anybody's silence until it has listened as long.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.stations.tables import AgentReport, Enrolment
from unison_server.stations.telling import tell_of_agent

SILENT, HEARD_AGAIN = "stations.agent.silent", "stations.agent.heard_again"
NEVER_HEARD = "stations.agent.never_heard"
NEVER_HEARD_AFTER = timedelta(minutes=15)
"""Who enrols a PC starts its agent next, and looks for it on the fleet page; told is what was forgotten."""
STOOD_STILL_SECONDS = SILENT_AFTER_SECONDS / 2
"""From round to round, three times what is due: what was sent meanwhile may have found nobody."""

_SILENT = text(
    """
    select r.organization_id, r.id from agent_reports as r
    join agents as a on a.organization_id = r.organization_id and a.id = r.id
    where r.silent_since is null and r.last_seen_at < :before
        and a.is_active and a.state in ('enrolled', 'conflict')
    """
)
"""PCs that share an identity are to be heard as well: they go on collecting until a person decides."""
_NEVER_HEARD = text(
    """
    select e.organization_id, e.id, e.agent_id from enrolments as e
    join agents as a on a.organization_id = e.organization_id and a.id = e.agent_id
    where e.silence_told_at is null and e.used_at < :before and a.is_active and a.state in ('enrolled', 'conflict')
        and not exists (
            select from agent_reports as r
            where r.organization_id = e.organization_id and r.id = e.agent_id and r.last_seen_at >= e.used_at
        )
        and not exists (
            select from enrolments as later
            where later.organization_id = e.organization_id and later.agent_id = e.agent_id
                and later.used_at > e.used_at
        )
    """
)
"""By the last code that was used: a PC that took another's place counts from then on."""


class SilenceWatch:
    """A chore of the upkeep, done every few seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic` tells seconds that nobody sets."""
        self._monotonic = monotonic
        self._listening_since = self._last_round = monotonic()
        self._last_now: datetime | None = None

    def __call__(self, _settings: Settings, system: Databases, now: datetime) -> None:
        """Find the agents that went silent, of all organizations."""
        if not self._has_listened(now):
            return
        before = now - timedelta(seconds=SILENT_AFTER_SECONDS)
        found: defaultdict[UUID, list[UUID]] = defaultdict(list)
        with system.operations.connect() as connection:
            for organization_id, agent_id in connection.execute(_SILENT, {"before": before}):
                found[organization_id].append(agent_id)
            unheard = connection.execute(_NEVER_HEARD, {"before": now - NEVER_HEARD_AFTER}).all()
        for organization_id, agents in found.items():
            for agent_id in agents:
                _tell(system, organization_id, agent_id, before)
        for organization_id, enrolment_id, agent_id in unheard:
            _tell_never_heard(system, organization_id, enrolment_id, agent_id, now)

    def _has_listened(self, now: datetime) -> bool:
        """Whether it did, long enough and without a gap.

        The monotonic clock tells of a stopped process; `now` of a paused machine, whose monotonic clock may stand too.
        """
        this_round = self._monotonic()
        gap = this_round - self._last_round
        if self._last_now is not None:
            gap = max(gap, (now - self._last_now).total_seconds())
        if gap > STOOD_STILL_SECONDS:
            self._listening_since = this_round
        self._last_round, self._last_now = this_round, now
        return this_round - self._listening_since >= SILENT_AFTER_SECONDS


def _tell(system: Databases, organization_id: UUID, agent_id: UUID, before: datetime) -> None:
    with system.session(Database.OPERATIONS, Scope(organization_id)) as session:
        report = session.scalars(
            select(AgentReport)
            .where(AgentReport.organization_id == organization_id, AgentReport.id == agent_id)
            .with_for_update()
        ).one_or_none()
        if report is None or report.silent_since is not None or report.last_seen_at >= before:
            return  # heard meanwhile, or told by another server
        report.silent_since = report.last_seen_at
        tell_of_agent(session, SILENT, agent_id)


def _tell_never_heard(
    system: Databases, organization_id: UUID, enrolment_id: UUID, agent_id: UUID, now: datetime
) -> None:
    with system.session(Database.OPERATIONS, Scope(organization_id)) as session:
        enrolment = session.scalars(
            select(Enrolment)
            .where(Enrolment.organization_id == organization_id, Enrolment.id == enrolment_id)
            .with_for_update()
        ).one_or_none()
        if enrolment is None or enrolment.silence_told_at is not None:
            return  # told by another server
        enrolment.silence_told_at = now
        tell_of_agent(session, NEVER_HEARD, agent_id)
