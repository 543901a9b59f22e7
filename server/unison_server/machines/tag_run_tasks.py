"""Runs over all that was stored of a tag, as background work of the server; those that nobody tries any more end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from unison_domain.machines.tag_runs import RunState

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.jobs import at_work
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.machines.correction_runs import CORRECTION_RUNS
from unison_server.machines.recompute_runs import RECOMPUTE_RUNS
from unison_server.machines.run_failures import given_up
from unison_server.machines.tag_runs import UNDER_WAY, RunSort
from unison_server.stations.tables import Tag

TAG_RUNS = (CORRECTION_RUNS, RECOMPUTE_RUNS)


def end_given_up_runs(_settings: Settings, system: Databases, _now: datetime) -> None:
    """Let those fail that are under way and have no job any more: all attempts failed, or their server died each time.

    A watch of the upkeep. A run and its job are begun by one commit, and a job makes the next before it ends, so which
    runs there are is looked at before the jobs: one whose job has ended well meanwhile is over.
    """
    for sort in TAG_RUNS:
        kind = sort.table
        with system.operations.connect() as connection:
            runs = connection.execute(select(kind.organization_id, kind.id).where(kind.state.in_(UNDER_WAY))).all()
            alive = at_work(connection, sort.errand, [run.id for run in runs]) if runs else set()
        for organization_id, run_id in runs:
            if run_id not in alive:
                _end(system, sort, organization_id, run_id)


def _end(system: Databases, sort: RunSort[Any], organization_id: UUID, run_id: UUID) -> None:
    with system.session(Database.OPERATIONS, Scope(organization_id)) as session:
        kind = sort.table
        found = session.execute(
            select(kind.problem, Tag.name)
            .join(Tag, (Tag.organization_id == kind.organization_id) & (Tag.id == kind.tag_id))
            .where(kind.organization_id == organization_id, kind.id == run_id)
        ).one_or_none()
        if found is not None:
            problem = given_up(found.name, sort.errand.attempts, found.problem)
            sort.end(session, run_id, RunState.FAILED, problem)
