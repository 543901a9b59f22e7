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
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep, demand_too
from unison_server.machines import correction_runs, recompute_runs, recomputing
from unison_server.machines import count_correction_tables as tables
from unison_server.machines.api import MACHINE_ROOM, machines
from unison_server.machines.copying import copy_machine
from unison_server.machines.count_correcting import correct, corrections_told, preview
from unison_server.machines.tag_run_api import RunRoutes, writable_tag
from unison_server.stations.api import devices, tags_resource
from unison_server.stations.tables import Tag

router = APIRouter(tags=["machines"], route_class=OperationsRoute)
_tags = tags_resource(MACHINE_ROOM)
_NEWEST = Order({"position": tables.CountCorrection.position}, "-position")


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
    run = recompute_runs.begin(session, writable_tag(session, id), body, only_few=True)
    return recompute_runs.outcome_of(run)


@router.post("/tags/{id}/count-corrections", status_code=201, dependencies=[requires("machines.count.correct")])
def post_count_correction(session: SessionDep, id: UUID, body: CountCorrect) -> CountCorrection:  # noqa: A002
    """Put right what a counter counted under a wrong scale, from what its register showed. What was booked stays in the
    ledger; another correction, or one to no scale, takes it back.
    """
    made = correct(session, writable_tag(session, id), body)
    return corrections_told(session, [made])[0]


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
    rows, cursor = _NEWEST.page(session, statement, given, tables.CountCorrection.id)
    return Page(items=corrections_told(session, rows), next_cursor=cursor)


_RECOMPUTES = RunRoutes(
    recompute_runs.RECOMPUTE_RUNS,
    name="recompute",
    path="recompute-runs",
    permission="machines.sample.recompute",
    look_path="recompute/preview",
    looked=Recompute,
    seen=Recomputed,
    look=recomputing.preview,
    asked=Recompute,
    answer=RecomputeRun,
    begin=recompute_runs.begin,
    told=recompute_runs.told,
    looks="What `recompute` would make of the samples of that time, judged by the first of them; nothing is changed.",
    begins="The same of any number of samples: few at once, more in the background, part by part. One that was cut off "
    "and is asked for once more alike goes on from where it was.",
    cancels="End it where it is, which it says: what is computed anew so far stays. 409 `run_is_over` where it is too "
    "late.",
)
_CORRECTIONS = RunRoutes(
    correction_runs.CORRECTION_RUNS,
    name="count_correction",
    path="count-correction-runs",
    permission="machines.count.correct",
    look_path="count-corrections/preview",
    looked=CountSpan,
    seen=CountPreview,
    look=preview,
    asked=CountCorrect,
    answer=CountCorrectionRun,
    begin=correction_runs.begin,
    told=correction_runs.told,
    looks="What a correction of the counter's scale would make of its counts of that time; nothing is changed.",
    begins="The same of any number of counts: few are put right at once, more in the background, wholly or not at all. "
    "While it runs, counts of the tag are not taken (503 `counts_withheld`); whoever brings them comes again.",
    cancels="End it without any effect; 409 `run_is_over` where it is too late.",
)
_RECOMPUTES.add_to(router)
_CORRECTIONS.add_to(router)
