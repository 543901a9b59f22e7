"""Endpoints of what scanners, gauges and cameras were refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Select, select
from unison_domain.kernel.contracts import Page, Storable
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.stations.peripherals import PeripheralKind
from unison_domain.stations.refused_values import LONGEST_SECONDS, RefusedValueAnswer

from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import Dialect
from unison_server.kernel.csv_stream import CsvStream, csv_stream
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, ServicesDep, SessionDep
from unison_server.kernel.time_span import TimeSpan
from unison_server.stations.refused_tables import RefusedRow
from unison_server.stations.refused_values import has_text, is_of_kind, refused_answers

READ = [requires("stations.peripheral.read")]
_NEWEST = Order({"first_at": RefusedRow.first_at}, "-first_at")
_COLUMNS = (
    *("first_at", "last_at", "times", "station_code", "station_name", "peripheral_name", "kind"),
    *("raw", "reason", "remedy", "others", "received_at"),
)


class RefusedList(TimeSpan, ListRequest):
    """Which refused values: of a plant, station or peripheral, between two moments, what they were.

    Attributes:
        from_: those that went on to this moment or after it.
        q: a part of what came or of the reason, in whatever case.
    """

    q: Annotated[Storable, Field(max_length=2000)] | None = None
    plant_id: UUID | None = None
    station_id: UUID | None = None
    peripheral_id: UUID | None = None
    kind: PeripheralKind | None = None

    def selected(self) -> Select[RefusedRow]:
        """The rows that are asked for."""
        return select(RefusedRow).where(*self._conditions())

    def _conditions(self) -> Iterator[ColumnElement[bool]]:
        for column in (RefusedRow.plant_id, RefusedRow.station_id, RefusedRow.peripheral_id):
            value = getattr(self, column.key)
            if value is not None:
                yield column == value
        if self.kind is not None:
            yield is_of_kind(self.kind)
        if self.from_ is not None:
            yield RefusedRow.last_at >= self.from_
            yield RefusedRow.first_at >= self.from_ - timedelta(seconds=LONGEST_SECONDS)  # for the index
        if self.to is not None:
            yield RefusedRow.first_at < self.to
        if self.q:
            yield has_text(self.q)


router = APIRouter(prefix="/refused-values", tags=["stations"], route_class=OperationsRoute)


@router.get("", dependencies=READ)
def list_refused_values(session: SessionDep, given: Annotated[RefusedList, Query()]) -> Page[RefusedValueAnswer]:
    """What scanners, gauges and cameras brought that became no scan and no reading, newest first."""
    rows, cursor = _NEWEST.page(session, given.selected(), given, RefusedRow.id)
    return Page(items=refused_answers(session, rows), next_cursor=cursor)


@router.get("/export", dependencies=READ, response_class=CsvStream, response_model=None)
def export_refused_values(
    session: SessionDep,
    services: ServicesDep,
    given: Annotated[RefusedList, Query()],
    dialect: Dialect = CsvDialect.POINT,
) -> CsvStream:
    """The same as CSV, whole."""
    return csv_stream(
        services,
        session,
        given.selected(),
        _NEWEST,
        RefusedRow.id,
        name="refused_values",
        columns=_COLUMNS,
        answers=refused_answers,
        dialect=dialect,
    )
