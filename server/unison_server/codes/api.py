"""Endpoints of scans and of item patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Select, select
from starlette.convertors import StringConvertor, register_url_convertor
from unison_domain.codes.contracts import (
    ItemPatternAnswer,
    ItemPatternReplace,
    ScanAnswer,
    ScanCreate,
    ScanKind,
    ScanLookup,
    ScanLookupAsk,
    ScanUndo,
)
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.kernel.contracts import Page, Storable
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.codes import usecases
from unison_server.codes.queries import answers_of, has_text, has_warnings, is_by, is_code, is_undone
from unison_server.codes.tables import CodeScan, ItemCodePattern
from unison_server.codes.understanding import Resolvers
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import Dialect
from unison_server.kernel.csv_stream import CsvStream, csv_stream
from unison_server.kernel.database import TenantSession
from unison_server.kernel.paging import Equals, ListRequest, Order, Search
from unison_server.kernel.resource import Resource
from unison_server.kernel.route import OperationsRoute, ServicesDep, SessionDep
from unison_server.kernel.time_span import TimeSpan
from unison_server.sites.person_figures import demand_person_figures
from unison_server.sites.queries import demand_all_plants
from unison_server.stations.arrival import BadgesAmong

READ = [requires("codes.scan.read")]
_NEWEST = Order({"scanned_at": CodeScan.scanned_at}, "-scanned_at")


class _WholeText(StringConvertor):
    """The rest of a path, whatever characters it has: a text of several lines can be scanned too, and a badge."""

    regex = "(?s:.+)"
    keeps_out_of_logs = True


register_url_convertor("whole_text", _WholeText())


class History(TimeSpan, ListRequest):
    """Which scans: of a plant or station, from a moment on and before another, by whom, how understood.

    Attributes:
        q: a part of the text, in whatever case.
        code: the whole text as a scanner sends it, with or without AIM identifier.
        group_id: codes that counted together.
        person: a part of the name of who scanned; with the right to figures about single persons.
        undone: only those that do not count, or only those that do.
        warned: only those with, or without, a warning.
    """

    q: Annotated[Storable, Field(max_length=4096)] | None = None
    code: Annotated[Storable, Field(min_length=1, max_length=4096)] | None = None
    plant_id: UUID | None = None
    station_id: UUID | None = None
    group_id: UUID | None = None
    person: Annotated[Storable, Field(max_length=200)] | None = None
    kind: Annotated[str, Field(pattern=f"^({'|'.join(ScanKind)})$")] | None = None
    undone: bool | None = None
    warned: bool | None = None

    def selected(self) -> Select[CodeScan]:
        """The scans that are asked for."""
        return select(CodeScan).where(*self._conditions())

    def _conditions(self) -> Iterator[ColumnElement[bool]]:
        for column in (CodeScan.plant_id, CodeScan.station_id, CodeScan.group_id, CodeScan.kind):
            value = getattr(self, column.key)
            if value is not None:
                yield column == value
        yield from self.between(CodeScan.scanned_at)
        if self.q:
            yield has_text(self.q)
        if self.code:
            yield is_code(self.code)
        if self.person:
            yield is_by(self.person)
        if self.undone is not None:
            yield is_undone() if self.undone else ~is_undone()
        if self.warned is not None:
            yield has_warnings() if self.warned else ~has_warnings()


_COLUMNS = (
    *("id", "scanned_at", "received_at", "station_code", "station_name", "peripheral_name", "source"),
    *("qr_code_data", "reading.symbology", "reading.symbology_name", "reading.kind", "reading.words"),
    *("reading.warnings", "part", "group_id", "person", "scanned_by_name", "notes", "reference_type", "reference_id"),
    *("undone_at", "undone_person", "undone_by_name", "undo_reason", "undo_confirmed_by_name"),
)
"""Of a file; `qr_code_data` is what was scanned."""


def scans_router(resolvers: Resolvers, badges_among: BadgesAmong) -> APIRouter:
    """Endpoints of scans; `resolvers` find what own codes name, `badges_among` knows what is no scan."""
    router = APIRouter(prefix="/qr-scans", tags=["codes"], route_class=OperationsRoute)

    @router.post("", status_code=201, dependencies=[requires("codes.scan.create")])
    def create_qr_scan(session: SessionDep, body: ScanCreate) -> ScanAnswer:
        """Keep a scan that was typed, or taken with a phone or at the desktop."""
        return _answer(session, usecases.take(session, body, resolvers, badges_among))

    @router.get("/history", dependencies=READ)
    def list_qr_scans(session: SessionDep, given: Annotated[History, Query()]) -> Page[ScanAnswer]:
        """Scans, newest first; `person` needs the right `sites.person.evaluate`."""
        if given.person:
            demand_person_figures(session)
        rows, cursor = _NEWEST.page(session, given.selected(), given, CodeScan.id)
        return Page(items=answers_of(session, rows), next_cursor=cursor)

    @router.get("/export", dependencies=READ, response_class=CsvStream, response_model=None)
    def export_qr_scans(
        session: SessionDep,
        services: ServicesDep,
        given: Annotated[History, Query()],
        dialect: Dialect = CsvDialect.POINT,
    ) -> CsvStream:
        """The same as CSV, whole; `person` needs the right `sites.person.evaluate`."""
        if given.person:
            demand_person_figures(session)
        return csv_stream(
            services,
            session,
            given.selected(),
            _NEWEST,
            CodeScan.id,
            name="scans",
            columns=_COLUMNS,
            answers=answers_of,
            dialect=dialect,
        )

    @router.get("/lookup/{code:whole_text}", dependencies=READ)
    def look_up_qr_code(session: SessionDep, code: str) -> ScanLookup:
        """What a code is. 404 with the parameter `reading` where it names nothing that is known here.

        The text as a scanner sends it, all but letters and digits percent-encoded, e.g. `%1D` for GS. A proxy before
        the server may log addresses: `POST /qr-scans/lookup` keeps it out of them.
        """
        return usecases.look_up(session, code, resolvers, badges_among)

    @router.post("/lookup", dependencies=READ)
    def look_up_scanned_text(session: SessionDep, body: ScanLookupAsk) -> ScanLookup:
        """The same of a text in the body, which no log holds. It keeps nothing."""
        return usecases.look_up(session, body.code, resolvers, badges_among)

    @router.get("/{id}", dependencies=READ)
    def get_qr_scan(session: SessionDep, id: UUID) -> ScanAnswer:  # noqa: A002 - the name in the path
        """One scan."""
        return _answer(session, session.need(CodeScan, id, "scan"))

    @router.post("/{id}/undo", dependencies=[requires("codes.scan.undo")])
    def undo_qr_scan(session: SessionDep, id: UUID, body: ScanUndo) -> ScanAnswer:  # noqa: A002
        """Say that a scan does not count, nor the codes of its set (`group_id`): they only count together.

        They stay in the history; said twice, the first counts.
        """
        return _answer(session, usecases.undo(session, id, body.reason))

    return router


def _answer(session: TenantSession, scan: CodeScan) -> ScanAnswer:
    return answers_of(session, [scan])[0]


def _of_all_plants(session: TenantSession, _row: ItemCodePattern) -> None:
    demand_all_plants(session, "An item pattern is")


patterns = Resource(
    table=ItemCodePattern,
    name="item_code_pattern",
    plural="item_code_patterns",
    permission="codes.pattern",
    answer=ItemPatternAnswer,
    create=ItemPattern,
    replace=ItemPatternReplace,
    order=Order({"name": ItemCodePattern.name, "updated_at": ItemCodePattern.updated_at}, "name"),
    columns=("name", "pattern", "symbologies", "is_active"),
    filters=(Equals(ItemCodePattern.is_active),),
    search=Search("item_code_pattern", words=(ItemCodePattern.name,)),
    before_write=_of_all_plants,
)
patterns_router = patterns.router("/item-code-patterns", tag="codes")
