"""Runs that put something right of a tag in the background: one at a time of a tag, looked at and cancelled alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.machines.tag_runs import RunState

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, NotFound
from unison_server.kernel.keys import new_id
from unison_server.machines.count_correction_tables import CountCorrectionRun
from unison_server.machines.recompute_tables import RecomputeRun
from unison_server.stations.tables import Tag

UNDER_WAY = (RunState.WAITING, RunState.RUNNING)
Run = TypeVar("Run", CountCorrectionRun, RecomputeRun)


def enter(session: TenantSession, kind: type[Run], tag: Tag, values: Mapping[str, Any]) -> Run:
    """A new run of the tag, by who acts.

    Raises:
        Clash: another one is under way.
    """
    row = {"organization_id": session.organization_id, "id": new_id(), "tag_id": tag.id, **values}
    row |= {"created_by": session.scope.user_id}
    id_ = session.execute(upsert(kind).values(row).on_conflict_do_nothing().returning(kind.id)).scalar()
    if id_ is None:
        raise Clash(f"Another correction of tag {tag.name} is under way: wait for it, or cancel it", code="under_way")
    return session.need(kind, id_, "correction")


def run_of(session: TenantSession, kind: type[Run], tag_id: UUID, run_id: UUID) -> Run:
    """A run of this tag.

    Raises:
        NotFound: there is none.
    """
    session.need(Tag, tag_id, "tag")
    run = session.find(kind, run_id)
    if run is None or run.tag_id != tag_id:
        raise NotFound(f"There is no correction {run_id} of tag {tag_id}")
    return run


def cancel(session: TenantSession, run: CountCorrectionRun | RecomputeRun) -> None:
    """Have it end; what that leaves of it is the matter of its kind.

    Raises:
        Clash: it is over already.
    """
    is_moved = moved(session, type(run), run.id, state=RunState.CANCELLED)
    session.refresh(run)
    if not is_moved:
        raise Clash(f"The correction is {run.state} already", code="run_is_over", state=run.state)


def moved(
    session: TenantSession, kind: type[CountCorrectionRun] | type[RecomputeRun], run_id: UUID, **values: Any
) -> bool:
    """Write how a run stands that is not over; False where it is."""
    statement = update(kind).where(kind.id == run_id, kind.state.in_(UNDER_WAY))
    return bool(session.execute(statement.values(values).returning(kind.id)).all())
