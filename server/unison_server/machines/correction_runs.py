"""Corrections of any number of counts, made in the background as one transaction: wholly, or not at all.

Counts are looked through part by part, and how far it is is told by transactions beside it. Meanwhile counts of the tag
are withheld: who brings some is told to come again. Killed in its midst nothing is there of it, and it begins again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select, text
from unison_domain.machines import count_corrections as contracts
from unison_domain.machines.count_corrections import CountCorrect
from unison_domain.machines.tag_runs import RunState

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.jobs import Errand
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope
from unison_server.machines import tag_runs
from unison_server.machines.count_correcting import (
    MOST_COUNTS,
    correct,
    corrections_told,
    next_position,
    rule_of,
    writable_machines,
)
from unison_server.machines.count_correction_tables import CountCorrection, CountCorrectionRun
from unison_server.machines.count_judging import Rule, sum_up, write_part
from unison_server.machines.signals import hold_signals
from unison_server.machines.tables import Machine
from unison_server.machines.tag_runs import RunSort
from unison_server.stations.leases import leases_of, withhold
from unison_server.stations.tables import Tag

AT_ONCE = 20_000
"""Counts between two looks at whether it is still wanted."""
WITHHELD_SECONDS = 60.0
"""So long after the last word of a run that was killed its tag is counted again."""

_MACHINES = text(
    """
    select distinct machine_id from machine_counts
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end
    """
)
_BORDER = text(
    """
    select at from machine_counts
    where organization_id = :organization and tag_id = :tag and at > :after and at < :end
    order by at offset :many limit 1
    """
)

log = structlog.get_logger(__name__)


class _CancelledError(Exception):
    """Nobody wants it any more."""


@dataclass
class _Sums:
    """What was found so far."""

    counts: int = 0
    changed: int = 0
    unread: int = 0
    parts_before: Decimal = Decimal(0)
    parts_after: Decimal = Decimal(0)
    machines: set[UUID] = field(default_factory=set)

    def add(self, found: Row[Any]) -> None:
        for name in ("counts", "changed", "unread", "parts_before", "parts_after"):
            setattr(self, name, getattr(self, name) + getattr(found, name))
        self.machines.update(found.machines or ())

    def told(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "machines"}


def begin(session: TenantSession, tag: Tag, body: CountCorrect) -> CountCorrectionRun:
    """Correct few counts now, and more in the background, once this transaction is committed.

    Raises:
        Invalid, NotAllowed, NotFound: as `correct`, however many counts there are.
        Clash: another correction of the tag is under way.
    """
    rule, counts = rule_of(session, tag, body)
    run: dict[str, Any] = {
        "state": RunState.WAITING,
        "started_at": body.from_,
        "ended_at": body.to,
        "scale": body.scale,
        "reason": body.reason,
        "counts": counts,
    }
    if counts <= MOST_COUNTS:
        made = correct(session, tag, body)
        run |= {"id": made.id, "state": RunState.DONE, "done": counts}
    else:
        asked = {"organization": session.organization_id, "tag": tag.id, "start": rule.start, "end": rule.end}
        writable_machines(session, session.execute(_MACHINES, asked).scalars())
    entered = tag_runs.enter(session, CountCorrectionRun, tag, run)
    if entered.state == RunState.WAITING:
        CORRECTING.defer(session.connection(), session.organization_id, entered.id)
    return entered


def told(session: TenantSession, runs: Sequence[CountCorrectionRun]) -> list[contracts.CountCorrectionRun]:
    """How far they are, and what came of them."""
    done = [run.id for run in runs if run.state == RunState.DONE]
    made = session.scalars(select(CountCorrection).where(CountCorrection.id.in_(done))).all() if done else []
    corrections = {one.id: one for one in corrections_told(session, made)}
    return [
        contracts.CountCorrectionRun.model_validate(
            {
                "id": run.id,
                "tag_id": run.tag_id,
                "state": run.state,
                "done": run.done,
                "problem": run.problem,
                "counts": run.counts,
                **_said(run),
                "correction": corrections.get(run.id),
            }
        )
        for run in runs
    ]


def make(databases: Databases, scope: Scope, run_id: UUID) -> None:
    """Make the correction; the errand."""
    with databases.session(Database.OPERATIONS, scope) as session:
        run = session.find(CountCorrectionRun, run_id)
        if run is None or not tag_runs.moved(session, CountCorrectionRun, run_id, state=RunState.RUNNING, done=0):
            return
        withhold(session, run.tag_id, WITHHELD_SECONDS)

    def whole() -> None:
        try:
            with databases.session(Database.OPERATIONS, scope) as session:
                _make(databases, session, run)
        except _CancelledError:
            log.info("a correction was cancelled", run=str(run_id))

    CORRECTION_RUNS.attempt(databases, scope, run_id, whole)


def _make(databases: Databases, session: TenantSession, run: CountCorrectionRun) -> None:
    leases_of(session, [run.tag_id], anyway=True)
    session.execute(text("set constraints fk_corrected_counts_correction deferred"))
    tag = session.need(Tag, run.tag_id, "tag")
    rule = replace(rule_of(session, tag, CountCorrect.model_validate(_said(run)))[0], correction_id=run.id)
    sums = _Sums()
    for start, end in _parts(session, rule):
        sums.add(write_part(session, rule, start, end))
        _tell(databases, session.scope, run, sums.counts)
    machines = [session.need(Machine, id_, "machine") for id_ in sorted(sums.machines)]
    session.add(_correction(session, run, rule, sums))
    session.flush()
    hold_signals(session, {machine.id: None for machine in machines})
    sum_up(session, rule, [machine.id for machine in machines])
    for machine in machines:
        record(session, "machines.machine.recomputed", machine.id, plant_id=machine.plant_id)
    if not CORRECTION_RUNS.end(session, run.id, RunState.DONE):
        raise _CancelledError


def _said(run: CountCorrectionRun) -> dict[str, Any]:
    return {"from": run.started_at, "to": run.ended_at, "scale": run.scale, "reason": run.reason}


def _correction(session: TenantSession, run: CountCorrectionRun, rule: Rule, sums: _Sums) -> CountCorrection:
    return CountCorrection(
        organization_id=session.organization_id,
        id=run.id,
        tag_id=run.tag_id,
        position=next_position(session, run.tag_id),
        started_at=run.started_at,
        ended_at=run.ended_at,
        former_scale=rule.former_scale,
        scale=run.scale,
        reason=run.reason,
        created_by=run.created_by,
        **sums.told(),
    )


def _parts(session: TenantSession, rule: Rule) -> Iterator[tuple[datetime, datetime]]:
    """The rule's time, cut so that about `AT_ONCE` counts lie in each stretch."""
    asked = {"organization": session.organization_id, "tag": rule.tag_id, "end": rule.end, "many": AT_ONCE}
    start = rule.start
    while (border := session.execute(_BORDER, {**asked, "after": start}).scalar()) is not None:
        yield start, border
        start = border
    yield start, rule.end


def _tell(databases: Databases, scope: Scope, run: CountCorrectionRun, done: int) -> None:
    """How far it is, in a transaction of its own, which hears too whether it is still wanted."""
    with databases.session(Database.OPERATIONS, scope) as session:
        if not tag_runs.moved(session, CountCorrectionRun, run.id, state=RunState.RUNNING, done=done, problem=None):
            raise _CancelledError
        withhold(session, run.tag_id, WITHHELD_SECONDS)


def _over(session: TenantSession, run: CountCorrectionRun) -> None:
    """The tag is counted again."""
    withhold(session, run.tag_id, 0)


CORRECTING = Errand("machines.counts.correct", make)
CORRECTION_RUNS = RunSort(CountCorrectionRun, CORRECTING, _over)
