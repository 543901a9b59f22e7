"""Endpoints of characteristics and measurements."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from unison_domain.kernel.contracts import EARLIEST, LATEST, Page
from unison_domain.kernel.contracts import Request as Body
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.quality.contracts import (
    CharacteristicAnswer,
    CharacteristicCreate,
    CharacteristicUpdate,
    IndividualsAnswer,
    MeasurementAnswer,
    MeasurementCreate,
)

from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import Dialect
from unison_server.kernel.csv_stream import CsvStream, csv_stream
from unison_server.kernel.paging import Equals, ListRequest, Order, Search
from unison_server.kernel.resource import Resource
from unison_server.kernel.route import OperationsRoute, ServicesDep, SessionDep
from unison_server.kernel.time_span import TimeSpan
from unison_server.quality.queries import Wanted, answers_of, individuals_of, measurements
from unison_server.quality.tables import Characteristic, Measurement
from unison_server.quality.told_undos import own_router
from unison_server.quality.usecases import Demanded, check_characteristic, demand_characteristic_back, type_in, undo
from unison_server.sites.queries import in_plant

READ = [requires("quality.measurement.read")]
MOST_POINTS = 5000
"""So many values make one chart at most."""
_NEWEST = Order({"measured_at": Measurement.measured_at, "recorded_at": Measurement.recorded_at}, "-measured_at")
_COLUMNS = (
    *("id", "measured_at", "recorded_at", "characteristic_name", "measured_value", "measurement_unit"),
    *(
        "within_tolerance",
        "lsl",
        "usl",
        "uncertainty",
        "source",
        "peripheral_name",
        "station_name",
        "person",
        "confirmed_by_name",
    ),
    *("raw", "picture", "undone_at", "undone_by", "undo_confirmed_by_name"),
)

characteristics = Resource(
    table=Characteristic,
    name="inspection_characteristic",
    plural="inspection_characteristics",
    permission="quality.characteristic",
    answer=CharacteristicAnswer,
    create=CharacteristicCreate,
    update=CharacteristicUpdate,
    order=Order(
        {"characteristic_name": Characteristic.characteristic_name, "updated_at": Characteristic.updated_at},
        "characteristic_name",
    ),
    columns=("characteristic_name", "measurement_unit", "target", "lsl", "usl", "resolution", "is_active"),
    filters=(Equals(Characteristic.plant_id), Equals(Characteristic.is_active)),
    search=Search("inspection_characteristic", words=(Characteristic.characteristic_name,)),
    place=in_plant,
    demand_returnable=demand_characteristic_back,
    before_write=check_characteristic,
)

_charts = APIRouter(prefix="/inspection-characteristics", tags=["quality"], route_class=OperationsRoute)
_measurements = APIRouter(prefix="/inspection-measurements", tags=["quality"], route_class=OperationsRoute)


class MeasurementList(TimeSpan, ListRequest):
    """Which measurements; `undone` leaves those taken back out, or all others.

    Attributes:
        within_tolerance: by the limits it was measured by; what has none is neither.
    """

    plant_id: UUID | None = None
    characteristic_id: UUID | None = None
    ids: Annotated[list[UUID] | None, Field(max_length=100)] = None
    station_id: UUID | None = None
    peripheral_id: UUID | None = None
    source: Literal["gauge", "camera", "typed"] | None = None
    within_tolerance: bool | None = None
    undone: bool | None = None

    @property
    def wanted(self) -> Wanted:
        """As the query takes it."""
        return Wanted(**{name: getattr(self, name) for name in Wanted._fields})


class Stretch(TimeSpan, Body):
    """Of which values the chart is: the newest `last` in that time.

    Attributes:
        station_id, peripheral_id: of one station or gauge alone; what differs between two widens the limits of both.
    """

    last: Annotated[int, Field(ge=1, le=MOST_POINTS)] = 200
    station_id: UUID | None = None
    peripheral_id: UUID | None = None


@_charts.get("/{id}/individuals", dependencies=READ)
def get_individuals_chart(session: SessionDep, id: UUID, given: Annotated[Stretch, Query()]) -> IndividualsAnswer:  # noqa: A002 - the name in the path
    """Individuals and moving-range chart; limits from the mean moving range / 1.128."""
    wanted = Wanted(
        station_id=given.station_id,
        peripheral_id=given.peripheral_id,
        from_=given.from_ or EARLIEST,
        to=given.to or LATEST,
    )
    return individuals_of(session, characteristics.load(session, id), given.last, wanted)


@_measurements.get("", dependencies=READ)
def list_inspection_measurements(
    session: SessionDep, given: Annotated[MeasurementList, Query()]
) -> Page[MeasurementAnswer]:
    """What was measured, newest first, also what was taken back."""
    rows, cursor = _NEWEST.page(session, measurements(session, given.wanted), given, Measurement.id)
    return Page(items=answers_of(session, rows), next_cursor=cursor)


@_measurements.get("/export", dependencies=READ, response_class=CsvStream, response_model=None)
def export_inspection_measurements(
    session: SessionDep,
    services: ServicesDep,
    given: Annotated[MeasurementList, Query()],
    dialect: Dialect = CsvDialect.POINT,
) -> CsvStream:
    """The same as CSV, whole."""
    return csv_stream(
        services,
        session,
        measurements(session, given.wanted),
        _NEWEST,
        Measurement.id,
        name="inspection_measurements",
        columns=_COLUMNS,
        answers=answers_of,
        dialect=dialect,
        sort=given.sort,
    )


@_measurements.get("/{id}", dependencies=READ)
def get_inspection_measurement(session: SessionDep, id: UUID) -> MeasurementAnswer:  # noqa: A002
    """One measurement."""
    return answers_of(session, [session.need(Measurement, id, "measurement")])[0]


@_measurements.post("/{id}/undo", dependencies=[requires("quality.measurement.undo")])
def undo_inspection_measurement(session: SessionDep, id: UUID) -> MeasurementAnswer:  # noqa: A002
    """Take it back; it stays readable and leaves the chart. Said twice, the first counts."""
    return answers_of(session, [undo(session, id)])[0]


def quality_router(demanded: Demanded) -> APIRouter:
    """All of them; `demanded` knows which kinds of overrides somebody with the right stands behind."""
    typing = APIRouter(prefix="/inspection-measurements", tags=["quality"], route_class=OperationsRoute)

    @typing.post("", status_code=201, dependencies=[requires("quality.measurement.create")])
    def create_inspection_measurement(session: SessionDep, body: MeasurementCreate) -> MeasurementAnswer:
        """Type in what was measured now.

        What is far from its limits (`quality/plausible.py` of `unison_domain`) takes `quality.override.accept_value`
        besides, where the organization demands that somebody with that right stands behind it.
        """
        return answers_of(session, [type_in(session, body, demanded)])[0]

    router = APIRouter()
    router.include_router(_charts)
    router.include_router(characteristics.router("/inspection-characteristics", tag="quality"))
    router.include_router(_measurements)
    router.include_router(typing)
    router.include_router(own_router)
    return router
