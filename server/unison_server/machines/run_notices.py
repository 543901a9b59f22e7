"""Who asked for a correction in the background is told how it ended, and what it changed by then."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.machines.tag_runs import RunState

from unison_server.identity.notices import Notice, Sources, Subject
from unison_server.identity.tables import User
from unison_server.kernel.scope import ActorKind
from unison_server.machines.count_correction_tables import CountCorrection, CountCorrectionRun
from unison_server.machines.recompute_tables import RecomputeRun
from unison_server.machines.tag_runs import ENDED
from unison_server.stations.tables import Device, Tag

_READS = "machines.machine.read"
_KINDS = {
    RunState.DONE: NotificationKind.CORRECTION_DONE,
    RunState.FAILED: NotificationKind.CORRECTION_FAILED,
    RunState.CANCELLED: NotificationKind.CORRECTION_CANCELLED,
}


class _Run(NamedTuple):
    """What is told of one: `changed` of `all_of` things are others by now."""

    things: str
    tag_id: UUID
    problem: str | None
    changed: int
    all_of: int


def _ended(sources: Sources, organization_id: UUID, _entity: UUID | None) -> Subject | None:
    """Of the run that is the causation."""
    run = _recomputed(sources, organization_id) or _corrected(sources, organization_id)
    if run is None:
        return None
    tag = sources.operations.execute(
        select(Tag.name, Device.name.label("device"), Device.id)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .where(Tag.organization_id == organization_id, Tag.id == run.tag_id)
    ).one()
    said = {"changed": str(run.changed), "all": str(run.all_of), "things": run.things, "problem": run.problem or ""}
    where = {"tag": tag.name, "device": tag.device, "device_id": str(tag.id)}
    return Subject({**where, **said, "person": _person(sources, organization_id)}, "tag", run.tag_id)


def _recomputed(sources: Sources, organization_id: UUID) -> _Run | None:
    run = RecomputeRun
    statement = select(run.tag_id, run.problem, run.changed, run.samples).where(
        run.organization_id == organization_id, run.id == sources.causation
    )
    found = sources.operations.execute(statement).one_or_none()
    return None if found is None else _Run("values", *found)


def _corrected(sources: Sources, organization_id: UUID) -> _Run | None:
    """Nothing is changed by one that was not done."""
    run, made = CountCorrectionRun, CountCorrection
    statement = (
        select(run.tag_id, run.problem, func.coalesce(made.changed, 0), run.counts)
        .outerjoin(made, (made.organization_id == run.organization_id) & (made.id == run.id))
        .where(run.organization_id == organization_id, run.id == sources.causation)
    )
    found = sources.operations.execute(statement).one_or_none()
    return None if found is None else _Run("counts", *found)


def _person(sources: Sources, organization_id: UUID) -> str:
    """Who ended it, if that is a person of the organization."""
    kind, _, id_ = (sources.actor or "").partition(":")
    if kind != ActorKind.USER:
        return "somebody"
    statement = select(User.full_name).where(User.organization_id == organization_id, User.id == UUID(id_))
    return sources.identity.scalar(statement) or "somebody"


RUN_NOTICES = tuple(Notice(ENDED[state], kind, "", _ended, reads=_READS) for state, kind in _KINDS.items())
