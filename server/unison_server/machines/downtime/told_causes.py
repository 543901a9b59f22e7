"""What agents are told of the causes of their stops, so that the operator page shows what the office said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from sqlalchemy import Row, text
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import FieldError, Page
from unison_domain.machines.contracts import CauseSource
from unison_domain.machines.downtime import NO_STOP
from unison_domain.machines.stop_causes import MOST_STOPS, AskedStop, StopCause

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.downtime.causes import listed
from unison_server.machines.downtime.finding import Stop
from unison_server.machines.downtime.reading import Found, events_of
from unison_server.machines.own_machines import own_machines
from unison_server.stations.api import ActingAgent

own_router = APIRouter(prefix="/stations/me/stop-causes", tags=["station protocol"], route_class=OperationsRoute)

_KNOWN = text(
    f"""
    with asked as materialized (
        select (stop ->> 0)::int as place, (stop ->> 1)::uuid as machine_id, (stop ->> 2)::timestamptz as started_at,
            (stop ->> 3)::timestamptz as ended_at
        from jsonb_array_elements(cast(:stops as jsonb)) as stop
    )
    select asked.place, (
            select n.started_at from machine_states as n
            where n.organization_id = :organization and n.machine_id = asked.machine_id
                and n.started_at > s.started_at and n.state in ({listed(NO_STOP)})
            order by n.started_at limit 1
        ) as ended_at, s.started_at as part_started_at,
        asked.ended_at + (s.started_at - asked.started_at) as part_ended_at,
        coalesce((
            select p.ended_at from machine_states as p
            where p.organization_id = :organization and p.machine_id = asked.machine_id
                and p.started_at < s.started_at and p.state in ({listed(NO_STOP)})
            order by p.started_at desc limit 1
        ), (
            select min(started_at) from machine_states
            where organization_id = :organization and machine_id = asked.machine_id
        )) as started_at
    from asked join lateral (
        select n.started_at from machine_states as n
        where n.organization_id = :organization and n.machine_id = asked.machine_id
            and n.started_at between asked.started_at - :apart and asked.started_at + :apart
            and n.state not in ({listed(NO_STOP)})
        order by abs(extract(epoch from n.started_at - asked.started_at)) limit 1
    ) as s on true
    """  # noqa: S608 - constants
)
"""Of the stops asked for those that begin with a stretch in which the machine stood, and the whole of each."""
_SILENT = text(
    """
    with asked as materialized (
        select (stop ->> 0)::int as place, (stop ->> 1)::uuid as machine_id, (stop ->> 2)::timestamptz as started_at,
            (stop ->> 3)::timestamptz as ended_at
        from jsonb_array_elements(cast(:stops as jsonb)) as stop
    )
    select asked.place, next.started_at as ended_at, s.started_at as part_started_at,
        asked.ended_at + (s.started_at - asked.started_at) as part_ended_at, s.started_at
    from asked join lateral (
        select n.started_at from machine_states as n
        where n.organization_id = :organization and n.machine_id = asked.machine_id
            and n.started_at between asked.started_at - :apart and asked.started_at + :apart and n.state = 'unknown'
        order by abs(extract(epoch from n.started_at - asked.started_at)) limit 1
    ) as s on true
    left join lateral (
        select n.started_at from machine_states as n
        where n.organization_id = :organization and n.machine_id = asked.machine_id and n.started_at > s.started_at
            and n.state <> 'unknown'
        order by n.started_at limit 1
    ) as next on true
    """
)
"""Of the stops asked for those that are time nothing is known of: an agent asks about that where it follows a stop."""
_GONE_ON = text(
    f"""
    with asked as materialized (
        select (stop ->> 0)::int as place, (stop ->> 1)::uuid as machine_id, (stop ->> 2)::timestamptz as started_at,
            (stop ->> 3)::timestamptz as ended_at
        from jsonb_array_elements(cast(:stops as jsonb)) as stop
    )
    select asked.place, asked.machine_id, s.started_at, (
            select n.started_at from machine_states as n
            where n.organization_id = :organization and n.machine_id = asked.machine_id
                and n.started_at > s.started_at and n.state in ({listed(NO_STOP)})
            order by n.started_at limit 1
        ) as ended_at
    from asked join lateral (
        select n.started_at from machine_states as n
        join machine_states as before on before.organization_id = n.organization_id
            and before.machine_id = n.machine_id and before.ended_at = n.started_at
        where n.organization_id = :organization and n.machine_id = asked.machine_id
            and n.started_at > asked.started_at + :apart
            and n.started_at < coalesce(asked.ended_at - :apart, 'infinity')
            and n.state not in ({listed(NO_STOP)}) and before.state in ({listed(NO_STOP)})
        order by n.started_at limit {MOST_STOPS}
    ) as s on true
    """  # noqa: S608 - constants
)
"""Of the stops asked for those that went on after something that no page heard of, as that the machine ran."""
_APART = timedelta(seconds=2)
"""An agent's clock may be known better now than when it told of a stop."""


@own_router.get("", dependencies=[requires(DeviceRight.READ_STOP_CAUSES)])
def list_own_stop_causes(
    session: SessionDep,
    agent_id: ActingAgent,
    stops: Annotated[list[str], Query(min_length=1, max_length=MOST_STOPS, description="machine/start/end or nothing")],
) -> Page[StopCause]:
    """Why the agent's machines stood in these stops, so that its operator page shows what the office said."""
    try:
        asked = [AskedStop.of(stop) for stop in stops]
    except ValueError as error:
        raise Invalid(
            f"stops: {error}", errors=[FieldError(field="stops", code="invalid", message=str(error))]
        ) from None
    return Page(items=causes_of(session, agent_id, asked))


def causes_of(session: TenantSession, agent_id: UUID, asked: Sequence[AskedStop]) -> list[StopCause]:
    """The causes of those stops that are known here, of machines the agent speaks of."""
    own = own_machines(session, agent_id)
    given = [
        (place, stop.machine_id, stop.started_at, stop.ended_at)
        for place, stop in enumerate(asked)
        if stop.machine_id in own
    ]
    values = {"organization": session.organization_id, "stops": orjson.dumps(given).decode(), "apart": _APART}
    rows = [*session.execute(_KNOWN, values), *session.execute(_SILENT, values)]
    meant = {row.place: row for row in sorted(rows, key=lambda row: _apart(row, asked), reverse=True)}
    known = [meant[place] for place in sorted(meant)]
    whole = {row.place: [Stop(asked[row.place].machine_id, row.started_at, row.ended_at)] for row in known}
    for row in session.execute(_GONE_ON, values):
        if row.place in whole:
            whole[row.place].append(Stop(row.machine_id, row.started_at, row.ended_at))
    stops = list(dict.fromkeys(stop for of_one in whole.values() for stop in of_one))
    found = dict(zip(stops, events_of(session, stops), strict=True))
    return [
        _answer(
            asked[row.place],
            (row.part_started_at, row.part_ended_at),
            [event for stop in whole[row.place] for event in found[stop]],
        )
        for row in known
    ]


def _apart(row: Row[Any], asked: Sequence[AskedStop]) -> timedelta:
    apart: timedelta = abs(row.part_started_at - asked[row.place].started_at)
    return apart


def _answer(stop: AskedStop, part: tuple[datetime, datetime | None], events: Sequence[Found]) -> StopCause:
    """Why it stood in the part of a stop that the agent knows as one; a later part may tell the cause of this one."""
    now = datetime.now(UTC)
    inside = {one.event.id: _seconds_inside(one, part, now) for one in events}
    events = [one for one in events if inside[one.event.id] >= 0]
    said = [one for one in events if _reason_of(one) is not None]
    longest = max(said, key=lambda one: inside[one.event.id], default=None)
    row = longest.cause_row if longest else None
    return StopCause(
        machine_id=stop.machine_id,
        started_at=stop.started_at,
        asks=any(_waits(one, part[1]) for one in events),
        reason_id=_reason_of(longest) if longest else None,
        person=longest.said_by if longest else None,
        person_id=row.said_by if row else None,
        person_is_verified=row.said_by_is_verified if row else None,
    )


def _waits(found: Found, end: datetime | None) -> bool:
    """Whether an event that ends in this part is one of the queue, or may become one while it lasts (`stop_parts`).

    One that lasts here lasts, though the office may not have heard of the machine for long: its agent knows it does.
    """
    event = found.event
    ends_in_it = end is None if event.ended_at is None else end is None or event.ended_at <= end + _APART
    return ends_in_it and event.may_wait(found.machine.micro_stop_seconds)


def _seconds_inside(found: Found, part: tuple[datetime, datetime | None], now: datetime) -> float:
    """How much of the part is of the event; less than 0 for none."""
    (start, end), event = part, found.event
    if (end is not None and event.started_at >= end) or (event.ended_at is not None and event.ended_at <= start):
        return -1.0
    return max(0.0, (min(event.known_until or now, end or now) - max(event.started_at, start)).total_seconds())


def _reason_of(found: Found) -> UUID | None:
    """What a person said."""
    cause = found.event.cause
    return cause.reason_id if cause is not None and cause.source is CauseSource.PERSON else None
