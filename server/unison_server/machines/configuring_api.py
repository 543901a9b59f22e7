"""Endpoints that set machines up from others, and put right what was recorded or counted under a wrong scale."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from unison_domain.kernel.contracts import Page
from unison_domain.machines.copying import MachineCopied, MachineCopy
from unison_domain.machines.count_corrections import (
    CountCorrect,
    CountCorrection,
    CountCorrectionRun,
    CountPreview,
    CountSpan,
)
from unison_domain.machines.recomputing import Recompute, Recomputed, RecomputeRun

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep, demand_too
from unison_server.machines import correction_runs, recompute_runs, recompute_tables, recomputing, tag_runs
from unison_server.machines import count_correction_tables as tables
from unison_server.machines.api import MACHINE_ROOM, machines
from unison_server.machines.copying import copy_machine
from unison_server.machines.count_correcting import correct, corrections_told, preview
from unison_server.sites.queries import demand_writable
from unison_server.stations.api import devices, tags_resource
from unison_server.stations.tables import Device, Station, Tag

router = APIRouter(tags=["machines"], route_class=OperationsRoute)
_tags = tags_resource(MACHINE_ROOM)
_CORRECTIONS = Order({"position": tables.CountCorrection.position}, "-position")
_COUNT_RUNS = Order({"created_at": tables.CountCorrectionRun.created_at}, "-created_at")
_RECOMPUTE_RUNS = Order({"created_at": recompute_tables.RecomputeRun.created_at}, "-created_at")


@router.post("/machines/{id}/copy", status_code=201, dependencies=[requires("machines.machine.create")])
def post_machine_copy(session: SessionDep, id: UUID, body: MachineCopy) -> MachineCopied:  # noqa: A002
    """A machine like this one, with its tags; asks for the right to create tags, and devices where some are copied.

    Rules that say what its alarms mean are copied by who may make such rules; else the answer counts those left out.
    """
    if body.devices:
        demand_too(session, "stations.tag.create")
    if any(place.copy_as is not None for place in body.devices):
        demand_too(session, "stations.device.create")
    session.look_up_by("machines.machine.read")
    return copy_machine(session, machines.load(session, id), body, machines, devices, _tags)


@router.post("/tags/{id}/recompute", dependencies=[requires("machines.sample.recompute")])
def recompute_samples(session: SessionDep, id: UUID, body: Recompute) -> Recomputed:  # noqa: A002
    """The tag's samples of that time anew, if they are few, from what was read and the tag's present scale, offset and
    limits. Those that were read from something else than it reads now stay as they are.
    """
    run = recompute_runs.begin(session, _writable_tag(session, id), body, only_few=True)
    return recompute_runs.outcome_of(run)


@router.post("/tags/{id}/recompute-runs", status_code=202, dependencies=[requires("machines.sample.recompute")])
def post_recompute_run(session: SessionDep, id: UUID, body: Recompute) -> RecomputeRun:  # noqa: A002
    """The same of any number of samples: few at once, more in the background, part by part. One that was cut off and is
    asked for once more alike goes on from where it was.
    """
    run = recompute_runs.begin(session, _writable_tag(session, id), body)
    return recompute_runs.told(session, [run])[0]


@router.get("/tags/{id}/recompute-runs", dependencies=[requires("machines.machine.read")])
def list_recompute_runs(
    session: SessionDep,
    id: UUID,  # noqa: A002
    given: Annotated[ListRequest, Query()],
) -> Page[RecomputeRun]:
    """What was computed anew of the tag, or is, newest first."""
    tag, kind = session.need(Tag, id, "tag"), recompute_tables.RecomputeRun
    statement = select(kind).where(kind.organization_id == session.organization_id, kind.tag_id == tag.id)
    rows, cursor = _RECOMPUTE_RUNS.page(session, statement, given, kind.id)
    return Page(items=recompute_runs.told(session, rows), next_cursor=cursor)


@router.get("/tags/{id}/recompute-runs/{run_id}", dependencies=[requires("machines.machine.read")])
def get_recompute_run(session: SessionDep, id: UUID, run_id: UUID) -> RecomputeRun:  # noqa: A002
    """How far it is, and what came of it so far."""
    return recompute_runs.told(session, [tag_runs.run_of(session, recompute_tables.RecomputeRun, id, run_id)])[0]


@router.post("/tags/{id}/recompute-runs/{run_id}/cancel", dependencies=[requires("machines.sample.recompute")])
def cancel_recompute_run(session: SessionDep, id: UUID, run_id: UUID) -> RecomputeRun:  # noqa: A002
    """End it where it is, which it says: what is computed anew so far stays. 409 `run_is_over` where it is too late."""
    _writable_tag(session, id)
    run = tag_runs.run_of(session, recompute_tables.RecomputeRun, id, run_id)
    recompute_runs.RECOMPUTE_RUNS.cancel(session, run)
    return recompute_runs.told(session, [run])[0]


@router.post("/tags/{id}/recompute/preview", dependencies=[requires("machines.sample.recompute")])
def preview_recompute(session: SessionDep, id: UUID, body: Recompute) -> Recomputed:  # noqa: A002
    """What `recompute` would make of the samples of that time, judged by the first of them; nothing is changed."""
    return recomputing.preview(session, _writable_tag(session, id), body)


@router.post("/tags/{id}/count-corrections/preview", dependencies=[requires("machines.count.correct")])
def preview_count_correction(session: SessionDep, id: UUID, body: CountSpan) -> CountPreview:  # noqa: A002
    """What a correction of the counter's scale would make of its counts of that time; nothing is changed."""
    return preview(session, _writable_tag(session, id), body)


@router.post("/tags/{id}/count-corrections", status_code=201, dependencies=[requires("machines.count.correct")])
def post_count_correction(session: SessionDep, id: UUID, body: CountCorrect) -> CountCorrection:  # noqa: A002
    """Put right what a counter counted under a wrong scale, from what its register showed. What was booked stays in the
    ledger; another correction, or one to no scale, takes it back.
    """
    made = correct(session, _writable_tag(session, id), body)
    return corrections_told(session, [made])[0]


@router.post("/tags/{id}/count-correction-runs", status_code=202, dependencies=[requires("machines.count.correct")])
def post_count_correction_run(
    session: SessionDep,
    id: UUID,  # noqa: A002
    body: CountCorrect,
) -> CountCorrectionRun:
    """The same of any number of counts: few are put right at once, more in the background, wholly or not at all. While
    it runs, counts of the tag are not taken (503 `counts_withheld`); whoever brings them comes again.
    """
    return correction_runs.told(session, [correction_runs.begin(session, _writable_tag(session, id), body)])[0]


@router.get("/tags/{id}/count-correction-runs", dependencies=[requires("machines.machine.read")])
def list_count_correction_runs(
    session: SessionDep,
    id: UUID,  # noqa: A002
    given: Annotated[ListRequest, Query()],
) -> Page[CountCorrectionRun]:
    """Those of the counter, newest first."""
    tag, kind = session.need(Tag, id, "tag"), tables.CountCorrectionRun
    statement = select(kind).where(kind.organization_id == session.organization_id, kind.tag_id == tag.id)
    rows, cursor = _COUNT_RUNS.page(session, statement, given, kind.id)
    return Page(items=correction_runs.told(session, rows), next_cursor=cursor)


@router.get("/tags/{id}/count-correction-runs/{run_id}", dependencies=[requires("machines.machine.read")])
def get_count_correction_run(session: SessionDep, id: UUID, run_id: UUID) -> CountCorrectionRun:  # noqa: A002
    """How far it is, and what came of it."""
    return correction_runs.told(session, [tag_runs.run_of(session, tables.CountCorrectionRun, id, run_id)])[0]


@router.post("/tags/{id}/count-correction-runs/{run_id}/cancel", dependencies=[requires("machines.count.correct")])
def cancel_count_correction_run(session: SessionDep, id: UUID, run_id: UUID) -> CountCorrectionRun:  # noqa: A002
    """End it without any effect; 409 `run_is_over` where it is too late."""
    _writable_tag(session, id)
    run = tag_runs.run_of(session, tables.CountCorrectionRun, id, run_id)
    correction_runs.CORRECTION_RUNS.cancel(session, run)
    return correction_runs.told(session, [run])[0]


@router.get("/tags/{id}/count-corrections", dependencies=[requires("machines.machine.read")])
def list_count_corrections(
    session: SessionDep,
    id: UUID,  # noqa: A002
    given: Annotated[ListRequest, Query()],
) -> Page[CountCorrection]:
    """What was put right of the counter, newest first."""
    tag = session.need(Tag, id, "tag")
    statement = select(tables.CountCorrection).where(
        tables.CountCorrection.organization_id == session.organization_id, tables.CountCorrection.tag_id == tag.id
    )
    rows, cursor = _CORRECTIONS.page(session, statement, given, tables.CountCorrection.id)
    return Page(items=corrections_told(session, rows), next_cursor=cursor)


def _writable_tag(session: TenantSession, id_: UUID) -> Tag:
    tag = session.need(Tag, id_, "tag")
    device = session.need(Device, tag.device_id, "device")
    demand_writable(session, session.need(Station, device.station_id, "station").plant_id)
    return tag
