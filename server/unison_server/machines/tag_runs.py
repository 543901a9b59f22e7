"""Runs that put something right of a tag in the background: one at a time of a tag, begun, ended and cancelled alike.

A run ends once, whoever ends it, and who asked for it is told, unless they ended it themselves. What went wrong is kept
with it while it is tried again; when nobody tries any more it has failed, with that as its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError
from unison_domain.machines.tag_runs import RunState

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, NotFound, Refusal
from unison_server.kernel.jobs import Errand
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope
from unison_server.machines.count_correction_tables import CountCorrectionRun
from unison_server.machines.recompute_tables import RecomputeRun
from unison_server.machines.run_failures import why
from unison_server.stations.tables import Device, Station, Tag

UNDER_WAY = (RunState.WAITING, RunState.RUNNING)
ENDED = {
    RunState.DONE: "machines.correction.done",
    RunState.FAILED: "machines.correction.failed",
    RunState.CANCELLED: "machines.correction.cancelled",
}
"""Happens to the person who asked for it; its causation is the run."""
Run = TypeVar("Run", CountCorrectionRun, RecomputeRun)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunSort(Generic[Run]):
    """A sort of runs.

    Attributes:
        table: where they are. errand: the work on one of them, of which there is a job as long as it is under way.
        over: what else happens when one ends, in the transaction of its end.
    """

    table: type[Run]
    errand: Errand
    over: Callable[[TenantSession, Run], None]

    def end(self, session: TenantSession, run_id: UUID, state: RunState, problem: str | None = None) -> bool:
        """End one that is under way; False where it is over, or is none.

        Args:
            state: what it has come to. problem: why it failed, in words, if it did.
        """
        session.flush()
        if not moved(session, self.table, run_id, state=state, problem=problem):
            return False
        run = session.need(self.table, run_id, "correction")
        session.refresh(run)
        self.over(session, run)
        if run.created_by is not None and run.created_by != session.scope.user_id:
            plant_id = _plant_of(session, run.tag_id)
            record(session, ENDED[state], run.created_by, plant_id=plant_id, causation=run.id)
        return True

    def cancel(self, session: TenantSession, run: Run) -> None:
        """Have it end; what that leaves of it is the matter of its sort.

        Raises:
            Clash: it is over already.
        """
        is_ended = self.end(session, run.id, RunState.CANCELLED)
        session.refresh(run)
        if not is_ended:
            raise Clash(f"The correction is {run.state} already", code="run_is_over", state=run.state)

    def attempt(self, databases: Databases, scope: Scope, run_id: UUID, work: Callable[[], None]) -> None:
        """Work on one. What is refused ends it; any other failure is noted as its problem, and is tried again."""
        try:
            work()
        except Refusal as refusal:
            with databases.session(Database.OPERATIONS, scope) as session:
                self.end(session, run_id, RunState.FAILED, refusal.detail)
        except Exception as error:
            self._note(databases, scope, run_id, why(error))
            raise

    def _note(self, databases: Databases, scope: Scope, run_id: UUID, problem: str) -> None:
        try:
            with databases.session(Database.OPERATIONS, scope) as session:
                moved(session, self.table, run_id, problem=problem)
        except SQLAlchemyError as error:  # as its database may be what is wrong
            log.warning("why a run failed could not be noted", run=str(run_id), problem=problem, error=repr(error))


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


def moved(
    session: TenantSession, kind: type[CountCorrectionRun] | type[RecomputeRun], run_id: UUID, **values: Any
) -> bool:
    """Write how a run stands that is not over; False where it is."""
    statement = update(kind).where(kind.id == run_id, kind.state.in_(UNDER_WAY))
    return bool(session.execute(statement.values(values).returning(kind.id)).all())


def _plant_of(session: TenantSession, tag_id: UUID) -> UUID | None:
    statement = (
        select(Station.plant_id)
        .join(Device, (Device.organization_id == Station.organization_id) & (Device.station_id == Station.id))
        .join(Tag, (Tag.organization_id == Device.organization_id) & (Tag.device_id == Device.id))
        .where(Tag.organization_id == session.organization_id, Tag.id == tag_id)
    )
    return session.scalar(statement)
