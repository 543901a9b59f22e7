"""Endpoints of the overrides at stations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from unison_domain.kernel.contracts import Answer, Page
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.stations.override_contracts import OverrideAnswer

from unison_server.kernel import csv_stream
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import Dialect
from unison_server.kernel.csv_stream import CsvStream, csv_blocks
from unison_server.kernel.database import TenantSession
from unison_server.kernel.newest_first import cursor_of, place_of
from unison_server.kernel.route import OperationsRoute, ServicesDep, SessionDep
from unison_server.sites.person_figures import demand_person_figures
from unison_server.stations.override_acts import Describers
from unison_server.stations.override_record import OverrideRecord
from unison_server.stations.override_request import OverrideList

_COLUMNS = (
    *("at", "done_at", "outcome", "kind", "right", "station_code", "station_name", "subject", "result"),
    *("done_by", "confirmed_by", "remark"),
)


def overrides_router(describers: Describers) -> APIRouter:
    """Endpoints of overrides; `describers` know what they were done to."""
    router = APIRouter(prefix="/station-overrides", tags=["stations"], route_class=OperationsRoute)
    may_read = [requires("stations.override.read")]

    @router.get("", dependencies=may_read)
    def list_station_overrides(
        session: SessionDep, services: ServicesDep, given: Annotated[OverrideList, Query()]
    ) -> Page[OverrideAnswer]:
        """Overrides at stations and attempts at them, newest first; `person` needs the right `sites.person.evaluate`.

        A page may be shorter than `limit`; the last one has no `next_cursor`."""
        _demand(session, given)
        record = OverrideRecord(services.databases, describers)
        found, following = record.page(session.scope, given, given.limit, place_of(given.cursor))
        return Page(items=found, next_cursor=following and cursor_of(following))

    @router.get("/export", dependencies=may_read, response_class=CsvStream, response_model=None)
    def export_station_overrides(
        session: SessionDep,
        services: ServicesDep,
        given: Annotated[OverrideList, Query()],
        dialect: Dialect = CsvDialect.POINT,
    ) -> CsvStream:
        """The same as CSV, whole; `person` needs the right `sites.person.evaluate`."""
        _demand(session, given)
        record, scope = OverrideRecord(services.databases, describers), session.scope

        def block(cursor: str | None) -> tuple[Sequence[Answer], str | None]:
            found, following = record.page(scope, given, csv_stream.BLOCK, place_of(cursor))
            return found, following and cursor_of(following)

        count = record.count(scope, given)
        return csv_blocks(
            services, session, block, name="station_overrides", columns=_COLUMNS, dialect=dialect, count=count
        )

    return router


def _demand(session: TenantSession, given: OverrideList) -> None:
    if given.person:
        demand_person_figures(session)
