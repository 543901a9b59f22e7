"""Samples of a tag computed anew, any number of them: part by part, and cut off anywhere it goes on.

Each part is one transaction with all that is to be known for the next one: how far it is, what came of it, and what the
judge of rates knows of the samples before. A part takes turns with cancelling at the row of the run. Samples that come
meanwhile are stored as ever; those from behind where it is make it go through all of them once more, by which nothing
changes that is right already.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import insert, select
from unison_domain.machines import recomputing as contracts
from unison_domain.machines.recomputing import Recompute, Recomputed
from unison_domain.machines.recorded_rates import RateMemory
from unison_domain.machines.tag_runs import RunState

from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.jobs import Errand
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.machines import tag_runs
from unison_server.machines.recompute_tables import RecomputeRun
from unison_server.machines.recomputing import Outcome, Place, Work, place_of, work_of
from unison_server.machines.tables import Machine
from unison_server.machines.tag_runs import RunSort
from unison_server.sites.queries import names_of
from unison_server.stations.tables import Tag

MOST_AT_ONCE = 50_000
"""In one request; some seconds of work. More are computed in the background."""
PART = 5_000
"""Samples of one transaction; about half a second."""
SHARE_SECONDS = 10.0
"""So long one job works before others have their turn."""
_CUT_OFF = (RunState.CANCELLED, RunState.FAILED)
_SO_FAR = (
    "done",
    "changed",
    "implausible",
    "plausible",
    "late",
    "memory",
    "reached_at",
    "reached_epoch",
    "reached_seq",
)
_MEMORY = TypeAdapter(RateMemory)


def begin(session: TenantSession, tag: Tag, asked: Recompute, *, only_few: bool = False) -> RecomputeRun:
    """Compute few samples anew now, and more in the background, once this transaction is committed.

    Raises:
        Invalid: the time is none; the tag counts, only tells a state, or holds text; a sample has a value whose raw
            number is not known; too many samples lie in that time, where only few will do. Nothing is changed.
        Clash: another run of the tag is under way.
    """
    work = work_of(session, tag, asked)
    counts = work.count(session)
    are_few = counts.samples <= MOST_AT_ONCE
    if only_few and not are_few:
        raise Invalid(
            f"{counts.samples} samples lie in that time, {MOST_AT_ONCE} go at once: take a shorter one, or "
            f"POST /tags/{tag.id}/recompute-runs",
            code="too_many_samples",
        )
    values = {
        "state": RunState.RUNNING if are_few else RunState.WAITING,
        "started_at": asked.from_,
        "ended_at": asked.to,
        "with_unsure": asked.unsure,
        "made_by": work.made_by,
        "samples": counts.samples,
        "others": counts.others,
        "unsure": counts.unsure,
    }
    former = _newest(session, tag)
    run = tag_runs.enter(session, RecomputeRun, tag, values | _gone_so_far(former, asked, work))
    if are_few:
        while _step(session, run):
            pass
    else:
        _note(session, tag, run)
        RECOMPUTING.defer(session.connection(), session.organization_id, run.id)
    return run


def told(session: TenantSession, made: Sequence[RecomputeRun]) -> list[contracts.RecomputeRun]:
    """How far they are, and what came of them, with the names of who asked for them."""
    names = names_of(session, (run.created_by for run in made))
    return [
        contracts.RecomputeRun.model_validate(
            {
                "id": run.id,
                "tag_id": run.tag_id,
                "state": run.state,
                "from": run.started_at,
                "to": run.ended_at,
                "unsure": run.with_unsure,
                "samples": run.samples,
                "done": run.done,
                "reached": run.reached_at,
                "late": run.late,
                "outcome": outcome_of(run),
                "problem": run.problem,
                "created_at": run.created_at,
                "created_by_name": names.get(run.created_by) if run.created_by else None,
            }
        )
        for run in made
    ]


def outcome_of(run: RecomputeRun) -> Recomputed:
    """What came of it so far."""
    return Recomputed(
        tag_id=run.tag_id,
        samples=run.samples,
        changed=run.changed,
        looked_at=run.done,
        implausible=run.implausible,
        plausible=run.plausible,
        others=run.others,
        unsure=run.unsure,
    )


def make(databases: Databases, scope: Scope, run_id: UUID) -> None:
    """Go on with it for a while, and let others have their turn; the errand. Two at once take turns, part by part."""
    until = monotonic() + SHARE_SECONDS

    def share() -> None:
        while _go_on(databases, scope, run_id):
            if monotonic() >= until:
                with databases.session(Database.OPERATIONS, scope) as session:
                    RECOMPUTING.defer(session.connection(), scope.organization_id, run_id)
                return

    RECOMPUTE_RUNS.attempt(databases, scope, run_id, share)


def _go_on(databases: Databases, scope: Scope, run_id: UUID) -> bool:
    """One part, in a transaction of its own; whether there is more to do."""
    with databases.session(Database.OPERATIONS, scope) as session:
        run = _locked(session, run_id)
        return run is not None and _step(session, run)


def _locked(session: TenantSession, run_id: UUID) -> RecomputeRun | None:
    """It, if it is not over; who cancels it waits until this transaction ends."""
    statement = select(RecomputeRun).where(RecomputeRun.id == run_id, RecomputeRun.state.in_(tag_runs.UNDER_WAY))
    return session.scalar(statement.with_for_update())


def _step(session: TenantSession, run: RecomputeRun) -> bool:
    """One part; whether there is more to do."""
    tag = session.need(Tag, run.tag_id, "tag")
    memory = None if run.memory is None else _MEMORY.validate_python(run.memory)
    work = work_of(session, tag, _asked(run), memory)
    if work.made_by != run.made_by:
        raise Invalid(
            f"Tag {tag.name} was changed meanwhile, so the rest would be made by something else than the part before: "
            "compute all of it anew",
            code="tag_changed",
        )
    run.state = RunState.RUNNING
    place = _place(run)
    if page := work.page(session, place, PART):
        found = Outcome()
        work.write(session, found.take(page, work))
        _advance(run, place_of(page[-1]), found, work)
        return True
    late = 0 if place is None else work.behind(session, place) - run.done
    if late > 0:
        run.samples, run.done, run.late = run.done + late, 0, run.late + late
        run.memory = run.reached_at = run.reached_epoch = run.reached_seq = None
        return True
    run.samples = run.done
    RECOMPUTE_RUNS.end(session, run.id, RunState.DONE)
    return False


def _advance(run: RecomputeRun, place: Place, found: Outcome, work: Work) -> None:
    run.problem = None
    run.done += found.looked_at
    run.samples = max(run.samples, run.done)
    run.changed += found.changed
    run.implausible += found.implausible
    run.plausible += found.plausible
    run.memory = _MEMORY.dump_python(work.judge.memory, mode="json")
    run.reached_at, run.reached_epoch, run.reached_seq = place


def _newest(session: TenantSession, tag: Tag) -> RecomputeRun | None:
    newest = RecomputeRun.created_at.desc(), RecomputeRun.id.desc()
    return session.scalar(select(RecomputeRun).where(RecomputeRun.tag_id == tag.id).order_by(*newest).limit(1))


def _gone_so_far(former: RecomputeRun | None, asked: Recompute, work: Work) -> dict[str, Any]:
    """How far the last run of the tag was, if it was cut off and is asked for once more alike."""
    if former is None or former.state not in _CUT_OFF or former.made_by != work.made_by or not _is_alike(former, asked):
        return {}
    return {name: getattr(former, name) for name in _SO_FAR}


def _is_alike(run: RecomputeRun, asked: Recompute) -> bool:
    return _asked(run).model_dump() == asked.model_dump()


def _asked(run: RecomputeRun) -> Recompute:
    said = {"from": run.started_at, "to": run.ended_at, "unsure": run.with_unsure}
    return Recompute.model_validate(said)


def _place(run: RecomputeRun) -> Place | None:
    if run.reached_at is None or run.reached_epoch is None or run.reached_seq is None:
        return None
    return Place(run.reached_at, run.reached_epoch, run.reached_seq)


def _tell_end(session: TenantSession, run: RecomputeRun) -> None:
    """To the audit, and to who looks at the machine. What is computed anew so far stays, however it ended."""
    tag = session.need(Tag, run.tag_id, "tag")
    _note(session, tag, run)
    if tag.machine_id is not None and run.changed and (machine := session.find(Machine, tag.machine_id)) is not None:
        record(session, "machines.machine.recomputed", machine.id, plant_id=machine.plant_id)


def _note(session: TenantSession, tag: Tag, run: RecomputeRun) -> None:
    """In the audit, as samples have no trigger: one line for all of them when it is over, and one when it is asked for
    where that is not at once. What ends by itself was done by who asked for it.
    """
    scope = session.scope
    is_job = scope.actor_kind is ActorKind.SYSTEM and run.created_by is not None
    counted = ("samples", "done", "changed", "implausible", "plausible", "late")
    told = {
        "run": str(run.id),
        "state": run.state,
        "from": run.started_at.isoformat(),
        "to": run.ended_at.isoformat(),
        "unsure": run.with_unsure,
        "scale": tag.scale,
        "offset": tag.offset,
        **{name: getattr(run, name) for name in counted},
    }
    session.execute(
        insert(audit_logs).values(
            organization_id=scope.organization_id,
            id=new_id(),
            table_name="samples",
            entity_id=tag.id,
            action="recomputed",
            new_values=told,
            actor_kind=str(ActorKind.USER if is_job else scope.actor_kind),
            actor_id=run.created_by if is_job else scope.actor_id,
            request_id=scope.request_id,
            address=scope.address,
        )
    )


RECOMPUTING = Errand("machines.samples.recompute", make)
RECOMPUTE_RUNS = RunSort(RecomputeRun, RECOMPUTING, _tell_end)
