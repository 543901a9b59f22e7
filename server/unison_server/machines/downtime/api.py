"""Endpoints of downtime events."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field
from unison_domain.kernel.contracts import EARLIEST, LATEST, FieldError, Known, Page
from unison_domain.kernel.contracts import Request as Body
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.machines.contracts import Seconds
from unison_domain.machines.downtime_contracts import (
    DowntimeAnnotate,
    DowntimeAssign,
    DowntimeCategory,
    DowntimeChange,
    DowntimeCreate,
    DowntimeEvent,
    DowntimeMerge,
    DowntimeSplit,
    DowntimeSummary,
)

from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import MOST_EXPORTED, CsvAnswer, Dialect, csv_answer
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.resource import IfMatch, seen_version
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.kernel.time_span import TimeSpan
from unison_server.machines.downtime import known_alarms, reasons, usecases
from unison_server.machines.downtime.answers import answer_of, change_answers
from unison_server.machines.downtime.finding import Asked, Stop, find_stops
from unison_server.machines.downtime.meanings import Meanings, meanings
from unison_server.machines.downtime.reading import Found, events_of
from unison_server.machines.downtime.summary import Limits, period_of, summarize

READ = [requires("machines.downtime.read")]
CHANGE = [requires("machines.downtime.assign")]
_STOPS_AT_ONCE = 500
_FEWEST_AT_ONCE = 100
"""However short a page is: filters may leave one event of thousands of stops, and each look costs three queries."""
_MOST_STOPS_A_PAGE = 5000
"""So many stops are looked at for one page; where the filters leave fewer events, it is short."""
_COLUMNS = (
    "machine_code",
    "started_at",
    "ended_at",
    "duration_minutes",
    "downtime_reason_code",
    "downtime_reason_name",
    "downtime_category",
    "cause_source",
    "stop_class",
    "first_out_alarm",
    "notes",
    "resolution_notes",
    "reported_by_name",
    "reported_by_is_verified",
)


class Which(TimeSpan, Body):
    """Of which machines, and when."""

    machine_id: UUID | None = None
    plant_id: UUID | None = None


class Filters(Which):
    """What else a list of events can be narrowed by."""

    min_seconds: Seconds = 0.0
    downtime_category: Known[DowntimeCategory] | None = None
    downtime_reason_id: UUID | None = None
    unassigned: bool = False
    """Only stops beyond a micro-stop that have no reason: faults and emergency stops too, whose states are none."""

    def let_pass(self, event: DowntimeEvent, found: Found) -> bool:
        """Whether an event is listed."""
        return (
            (self.from_ is None or event.ended_at is None or event.ended_at > self.from_)
            and (self.to is None or event.started_at < self.to)
            and event.duration_seconds >= self.min_seconds
            and (self.downtime_category is None or event.downtime_category == self.downtime_category)
            and (self.downtime_reason_id is None or event.downtime_reason_id == self.downtime_reason_id)
            and (not self.unassigned or _is_unassigned(found))
        )


class Listed(Filters):
    """A page of events; of one machine a day's fit."""

    limit: Annotated[int, Field(ge=1, le=2000)] = 100
    cursor: Annotated[str, Field(max_length=200)] | None = None


class Queued(Which):
    """A page of the queue; `min_seconds` in place of each machine's micro-stop."""

    min_seconds: Seconds | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str, Field(max_length=200)] | None = None


class Period(Which):
    """A report's period and its thresholds."""

    ignore_under_seconds: Seconds = 0.0
    minimum_run_seconds: Seconds = 0.0
    micro_stop_seconds: Seconds | None = None
    """In place of each machine's own."""


router = APIRouter()
_events = APIRouter(prefix="/downtime-events", tags=["downtime"], route_class=OperationsRoute)


def _is_unassigned(found: Found, beyond_seconds: float | None = None) -> bool:
    """Whether an event waits for its cause; None: one no longer than the machine's micro-stop does not."""
    limit = found.machine.micro_stop_seconds if beyond_seconds is None else beyond_seconds
    return found.event.is_unassigned(datetime.now(UTC), limit)


@_events.get("", dependencies=READ, response_model=Page[DowntimeEvent])
def list_downtime_events(session: SessionDep, given: Annotated[Listed, Query()]) -> Response:
    """Stops with their causes, newest first. A page may be short and still have a next one."""
    known = meanings(session)
    items: list[DowntimeEvent] = []
    scan = _scan(session, _asked(given), _read_cursor(given.cursor), known, max(given.limit, _FEWEST_AT_ONCE))
    for seen, (stop, events) in enumerate(scan, 1):
        answers = ((answer_of(one, known), one) for one in reversed(events))
        items += [event for event, found in answers if given.let_pass(event, found)]
        if len(items) >= given.limit or seen >= _MOST_STOPS_A_PAGE:
            return _answered(Page(items=items, next_cursor=_cursor(stop)))
    return _answered(Page(items=items))


def _answered(page: Page[DowntimeEvent]) -> Response:
    """As JSON at once: of a day there are hundreds, and each would be checked once more."""
    return Response(page.model_dump_json(by_alias=True), media_type="application/json")


@_events.get("/export", dependencies=READ, response_class=CsvAnswer)
def export_downtime_events(
    session: SessionDep, given: Annotated[Filters, Query()], dialect: Dialect = CsvDialect.POINT
) -> Response:
    """The same as CSV."""
    known, rows = meanings(session), list[DowntimeEvent]()
    for _, events in _scan(session, _asked(given), None, known):
        answers = ((answer_of(one, known), one) for one in events)
        rows += [event for event, found in answers if given.let_pass(event, found)]
        if len(rows) > MOST_EXPORTED:
            raise Invalid(f"More than {MOST_EXPORTED} events match; narrow the filters", code="too_many_rows")
    return csv_answer("downtime_events", _COLUMNS, rows, dialect)


@_events.get("/unassigned", dependencies=READ)
def list_unassigned_downtime(session: SessionDep, given: Annotated[Queued, Query()]) -> Page[DowntimeEvent]:
    """The queue: stops beyond the limit that have no reason, oldest first; by default of two weeks.

    A fault, an emergency stop or an alarm that is mapped to nothing is no reason yet. Time nothing is known of that
    follows a stop at once waits too: with the main switch off nobody but a person can say what it was.
    """
    start = given.from_ or datetime.now(UTC) - timedelta(days=14)
    asked = Asked(
        given.machine_id,
        given.plant_id,
        start,
        given.to,
        given.min_seconds,
        newest_first=False,
        waiting=True,
        silences=True,
    )
    known = meanings(session)
    items: list[DowntimeEvent] = []
    for seen, (stop, events) in enumerate(_scan(session, asked, _read_cursor(given.cursor), known), 1):
        items += [answer_of(one, known) for one in events if _is_unassigned(one, given.min_seconds)]
        if len(items) >= given.limit or seen >= _MOST_STOPS_A_PAGE:
            return Page(items=items, next_cursor=_cursor(stop))
    return Page(items=items)


@_events.get("/summary", dependencies=READ)
def summarize_downtime(session: SessionDep, given: Annotated[Period, Query()]) -> DowntimeSummary:
    """Downtime by cause, the greatest first; by default of the last day."""
    end = given.to or datetime.now(UTC)
    start = given.from_ or end - timedelta(days=1)
    longest = timedelta(days=period_of(given.machine_id))
    if not EARLIEST <= start < end <= start + longest:
        raise Invalid(
            f"From {start.isoformat()} to {end.isoformat()} is no time of up to {longest.days} days",
            code="span_invalid",
        )
    asked = Asked(given.machine_id, given.plant_id)
    limits = Limits(given.ignore_under_seconds, given.minimum_run_seconds, given.micro_stop_seconds)
    return summarize(session, asked, start, end, limits)


@_events.get("/{id}", dependencies=READ)
def get_downtime_event(session: SessionDep, id: UUID, response: Response) -> DowntimeEvent:  # noqa: A002
    """One event."""
    return _tagged(session, usecases.find_event(session, id), response)


@_events.get("/{id}/changes", dependencies=READ)
def list_downtime_changes(session: SessionDep, id: UUID) -> Page[DowntimeChange]:  # noqa: A002
    """What people said of the time of this event, newest first, also what was taken back or came too late."""
    return Page(items=change_answers(session, usecases.changes_of(session, id)))


@_events.post("", status_code=201, dependencies=[requires("machines.downtime.create")])
def enter_downtime(session: SessionDep, body: DowntimeCreate, response: Response) -> DowntimeEvent:
    """A person enters a stop, or the cause of a part of one."""
    return _tagged(session, usecases.enter(session, body), response)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one event that somebody asks for, and where its answer goes."""

    session: TenantSession
    id: UUID
    if_match: str | None
    response: Response

    @property
    def seen(self) -> tuple[TenantSession, UUID, int]:
        """Who changes which event, and the version they saw; raises where that is not told."""
        return self.session, self.id, seen_version(self.if_match)

    def answer(self, found: Found) -> DowntimeEvent:
        """The event as it is now."""
        return _tagged(self.session, found, self.response)


async def _change(session: SessionDep, id: UUID, response: Response, if_match: IfMatch = None) -> Change:  # noqa: A002
    return Change(session, id, if_match, response)


ChangeDep = Annotated[Change, Depends(_change)]


@_events.post("/{id}/assign", dependencies=CHANGE)
def assign_downtime(change: ChangeDep, body: DowntimeAssign) -> DowntimeEvent:
    """Say why the machine stood."""
    return change.answer(usecases.assign(*change.seen, body))


@_events.post("/{id}/annotate", dependencies=CHANGE)
def annotate_downtime(change: ChangeDep, body: DowntimeAnnotate) -> DowntimeEvent:
    """Change the notes of an event."""
    return change.answer(usecases.annotate(*change.seen, body))


@_events.post("/{id}/split", dependencies=CHANGE)
def split_downtime(change: ChangeDep, body: DowntimeSplit) -> DowntimeEvent:
    """Make two events of one; answers the earlier."""
    return change.answer(usecases.split(*change.seen, body))


@_events.post("/{id}/merge", dependencies=CHANGE)
def merge_downtime(change: ChangeDep, body: DowntimeMerge) -> DowntimeEvent:
    """Make one event of two neighbours."""
    return change.answer(usecases.merge(*change.seen, body))


@_events.post("/{id}/undo", dependencies=CHANGE)
def undo_downtime(change: ChangeDep) -> DowntimeEvent:
    """Take back the last change that touched the event."""
    return change.answer(usecases.undo(*change.seen))


def _asked(given: Filters) -> Asked:
    return Asked(given.machine_id, given.plant_id, given.from_, given.to, given.min_seconds, silences=given.unassigned)


def _scan(
    session: TenantSession,
    asked: Asked,
    after: tuple[datetime, UUID] | None,
    known: Meanings,
    at_once: int = _STOPS_AT_ONCE,
) -> Iterator[tuple[Stop, list[Found]]]:
    """Stops with their events, one after the other."""
    while stops := find_stops(session, asked, after, at_once):
        yield from zip(stops, events_of(session, stops, known), strict=True)
        if len(stops) < at_once:
            return
        after = stops[-1].started_at, stops[-1].machine_id


def _tagged(session: TenantSession, found: Found, response: Response) -> DowntimeEvent:
    response.headers["ETag"] = f'"{found.version}"'
    return answer_of(found, meanings(session))


def _cursor(stop: Stop) -> str:
    plain = [stop.started_at.isoformat(), str(stop.machine_id)]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    try:
        moment, machine_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None or not EARLIEST <= read < LATEST:
            raise ValueError("no moment that an event begins at")
        return read, UUID(machine_id)
    except (ValueError, TypeError, AttributeError, RecursionError):
        message = "is not one this server gave; begin again without a cursor"
        raise Invalid(
            f"cursor {message}", errors=[FieldError(field="cursor", code="invalid", message=message)]
        ) from None


router.include_router(_events)
router.include_router(known_alarms.router)  # before its rules, of which one might be called so
router.include_router(reasons.router)
