"""Endpoints of work centers and machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import select
from unison_domain.kernel.contracts import EARLIEST, LATEST, Instant, Page
from unison_domain.machines.contracts import (
    CounterIncident,
    CountSeries,
    Live,
    MachineAnswer,
    MachineCreate,
    MachineReplace,
    MachineUpdate,
    SamplePoint,
    StateInterval,
    StatusChange,
    Utilization,
    WorkCenterAnswer,
    WorkCenterCreate,
    WorkCenterUpdate,
)
from unison_domain.machines.downtime_contracts import Rebuilt

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid, NotFound
from unison_server.kernel.paging import Equals, ListRequest, Order, Search
from unison_server.kernel.resource import Resource
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.kernel.time_span import TimeSpan
from unison_server.machines import tables
from unison_server.machines.downtime.reasons import configured_reasons
from unison_server.machines.history import OF_INTERVAL, intervals_of
from unison_server.machines.putting_away import hold
from unison_server.machines.queries import (
    answers_of,
    codes_of,
    configurations,
    counts_of,
    live_of,
    touching,
)
from unison_server.machines.queries import utilization_of as utilization_between
from unison_server.machines.rebuild import rebuild
from unison_server.machines.sampling import samples_of
from unison_server.machines.signals import report
from unison_server.machines.tables import Machine, StateStretch, WorkCenter
from unison_server.machines.taking_back import take_back
from unison_server.machines.told_counts import counts_told
from unison_server.machines.usecases import (
    check_work_center,
    demand_center_back,
    demand_machine,
    demand_machine_back,
    prepare_machine,
    set_status,
)
from unison_server.sites.queries import in_plant
from unison_server.stations.arrival import MachineRoom
from unison_server.stations.tables import Device, Tag

READ = [requires("machines.machine.read")]
DAY = timedelta(days=1)
LONGEST = timedelta(days=366)
_HISTORY = Order({"started_at": StateStretch.started_at}, "-started_at")
_INCIDENTS = Order({"at": tables.CounterIncident.at}, "-at")

MACHINE_ROOM = MachineRoom(configurations, report, demand_machine, codes_of, configured_reasons, counts_told)
"""What the stations room asks of this one."""

work_centers = Resource(
    table=WorkCenter,
    name="work_center",
    plural="work_centers",
    permission="machines.work_center",
    answer=WorkCenterAnswer,
    create=WorkCenterCreate,
    update=WorkCenterUpdate,
    order=Order({"code": WorkCenter.code, "name": WorkCenter.name, "updated_at": WorkCenter.updated_at}, "code"),
    columns=("code", "name", "is_active"),
    filters=(Equals(WorkCenter.plant_id), Equals(WorkCenter.is_active)),
    search=Search("work_center", codes=(WorkCenter.code,), words=(WorkCenter.name,)),
    place=in_plant,
    demand_returnable=demand_center_back,
    before_write=check_work_center,
)
machines = Resource(
    table=Machine,
    name="machine",
    plural="machines",
    permission="machines.machine",
    answer=MachineAnswer,
    create=MachineCreate,
    replace=MachineReplace,
    update=MachineUpdate,
    order=Order(
        {"machine_code": Machine.machine_code, "name": Machine.name, "updated_at": Machine.updated_at}, "machine_code"
    ),
    columns=("machine_code", "name", "plant_name", "work_center_name", "machine_type", "life_cycle", "status"),
    filters=(
        Equals(Machine.plant_id),
        Equals(Machine.work_center_id),
        Equals(Machine.life_cycle),
        Equals(Machine.is_active),
    ),
    search=Search("machine", codes=(Machine.machine_code,), words=(Machine.name,)),
    place=in_plant,
    present=answers_of,
    demand_returnable=demand_machine_back,
    before_lock=hold,
    before_write=prepare_machine,
)

router = APIRouter()
_actions = APIRouter(prefix="/machines", tags=["machines"], route_class=OperationsRoute)


class Span(TimeSpan, ListRequest):
    """A sorted list held to a stretch of time."""


class LongSpan(Span):
    """One that a whole day of a busy machine fits into."""

    limit: Annotated[int, Field(ge=1, le=2000)] = 100


From = Annotated[Instant | None, Query(alias="from", description="By default a day before `to`.")]
To = Annotated[Instant | None, Query(description="By default now.")]


@_actions.get("/live", dependencies=READ)
def list_live(session: SessionDep, ids: Annotated[list[UUID] | None, Query(max_length=1000)] = None) -> Page[Live]:
    """What machines do now, by their code; without `ids` all that are active."""
    return Page(items=live_of(session, ids))


@_actions.get("/{id}/history", dependencies=READ, response_model=Page[StateInterval])
def list_history(session: SessionDep, id: UUID, given: Annotated[LongSpan, Query()]) -> Response:  # noqa: A002
    """The state intervals that touch the time from `from` to `to`, newest first; parts are those of that time."""
    machine = machines.load(session, id)
    statement = touching(session, machine.id, given.from_, given.to).with_only_columns(*OF_INTERVAL)
    rows, cursor = _HISTORY.page_of_columns(session, statement, given, StateStretch.id)
    newest_first = given.sort != "started_at"
    intervals = intervals_of(session, machine, rows, given.from_, given.to, newest_first=newest_first)
    answer = {"items": intervals, "next_cursor": cursor}
    return Response(orjson.dumps(answer, option=orjson.OPT_UTC_Z), media_type="application/json")


@_actions.get("/{id}/counter-incidents", dependencies=READ)
def list_counter_incidents(
    session: SessionDep,
    id: UUID,  # noqa: A002
    given: Annotated[Span, Query()],
) -> Page[CounterIncident]:
    """Counters of the machine that went back or leapt from `from` to before `to`, newest first."""
    machine = machines.load(session, id)
    statement = select(tables.CounterIncident).where(
        tables.CounterIncident.organization_id == session.organization_id,
        tables.CounterIncident.machine_id == machine.id,
        tables.CounterIncident.at >= (given.from_ or EARLIEST),
        tables.CounterIncident.at < (given.to or LATEST),
    )
    rows, cursor = _INCIDENTS.page(session, statement, given, tables.CounterIncident.id)
    return Page(items=_named(session, [CounterIncident.model_validate(row) for row in rows]), next_cursor=cursor)


def _named(session: TenantSession, incidents: list[CounterIncident]) -> list[CounterIncident]:
    """With the names of counters and their devices, as far as they may be seen."""
    names = session.execute(
        select(Tag.id, Tag.name.label("tag_name"), Tag.device_id, Device.name.label("device_name"))
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .where(Tag.id.in_({one.tag_id for one in incidents}))
    )
    said = {row.id: {**row._mapping} for row in names}
    return [one.model_copy(update={**said.get(one.tag_id, {}), "id": one.id}) for one in incidents]


@_actions.put("/{id}/status", dependencies=[requires("machines.machine.set_status")])
def put_status(session: SessionDep, id: UUID, body: StatusChange) -> Live:  # noqa: A002
    """A person says what the machine does; signals never change it, a later transition ends it."""
    return set_status(session, id, body)


@_actions.post("/{id}/status/{word_id}/undo", dependencies=[requires("machines.machine.set_status")])
def undo_status(session: SessionDep, id: UUID, word_id: UUID) -> Live:  # noqa: A002
    """Who said what the machine does takes that back: its states are as if it never had been said."""
    return take_back(session, id, word_id)


@_actions.post("/{id}/rebuild", dependencies=[requires("machines.machine.rebuild")])
def rebuild_machine(session: SessionDep, id: UUID) -> Rebuilt:  # noqa: A002
    """Make the machine's state intervals anew from everything its signals and people said."""
    return rebuild(session, id)


@_actions.get("/{id}/utilization", dependencies=READ)
def get_utilization(session: SessionDep, id: UUID, from_: From = None, to: To = None) -> Utilization:  # noqa: A002
    """Share of clock time in production; `basis` says against what, until there are calendars."""
    return utilization_between(session, machines.load(session, id), *_span(from_, to))


@_actions.get("/{id}/counts", dependencies=READ)
def get_counts(
    session: SessionDep,
    id: UUID,  # noqa: A002
    from_: From = None,
    to: To = None,
    bucket: Annotated[int, Query(ge=1, le=86_400 * 31, description="Seconds of a bucket.")] = 3600,
) -> CountSeries:
    """Parts counted over time; buckets of whole quarters of an hour are the quickest."""
    machine = machines.load(session, id)
    start, end = _span(from_, to)
    return counts_of(session, machine.id, start, end, timedelta(seconds=bucket))


@_actions.get("/{id}/samples", dependencies=READ)
def list_samples(
    session: SessionDep,
    id: UUID,  # noqa: A002
    tag_id: UUID,
    from_: From = None,
    to: To = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[SamplePoint]:
    """Recorded values of one of the machine's tags, oldest first."""
    machine = machines.load(session, id)
    tag = session.find(Tag, tag_id)
    if tag is None or tag.machine_id != machine.id:
        raise NotFound(f"Machine {machine.machine_code} has no tag {tag_id}", thing="tag", id=str(tag_id))
    return samples_of(session, tag_id, *_span(from_, to), limit, cursor)


def _span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    end = end or datetime.now(UTC)
    start = start or end - DAY
    if not EARLIEST <= start < end <= start + LONGEST:
        raise Invalid(
            f"From {start.isoformat()} to {end.isoformat()} is no time of up to {LONGEST.days} days",
            code="span_invalid",
        )
    return start, end


router.include_router(_actions)
router.include_router(machines.router("/machines", tag="machines"))
router.include_router(work_centers.router("/work-centers", tag="work centers"))
