"""Alarms a rule can be about: those that tags in use name, and those of the newest stops. Nothing of it is stored.

`GET /api/v1/alarm-reasons/known` answers a `Page[KnownAlarm]` in order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import select, text
from unison_domain.kernel.contracts import Name, Page
from unison_domain.kernel.contracts import Request as Body
from unison_domain.machines.alarms import configured_texts
from unison_domain.machines.downtime import NO_STOP
from unison_domain.machines.downtime_contracts import KnownAlarm
from unison_domain.machines.reasons import is_of_type
from unison_domain.stations.configuration import SignalRole, ValueType

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.downtime.causes import listed
from unison_server.machines.tables import Machine
from unison_server.stations.tables import Device, Tag

STOPS_LOOKED_AT = 200
"""Of each machine, the newest stretches in which it stood."""
_LONGEST = 200
"""Characters of an alarm that a rule can name."""

_TOLD = text(
    f"""
    with stood as materialized (
        select s.reason, s.alarms, s.started_at
        from unnest(cast(:machines as uuid[])) as machine(id)
        join lateral (
            select reason, alarms, started_at from machine_states
            where organization_id = :organization and machine_id = machine.id and source <> 'person'
                and state not in ({listed(NO_STOP)})
            order by started_at desc limit :newest
        ) as s on s.reason is not null or s.alarms <> '[]'
    )
    select told.alarm, count(*) filter (where told.came_first) as stops, max(told.started_at) as last_at
    from (
        select reason as alarm, true as came_first, started_at from stood where reason is not null
        union all
        select alarm, false, started_at from stood, jsonb_array_elements_text(stood.alarms) as alarm
    ) as told
    where told.alarm = btrim(told.alarm) and char_length(told.alarm) between 1 and :longest
    group by told.alarm
    """  # noqa: S608 - constants
)

router = APIRouter(prefix="/alarm-reasons/known", tags=["downtime"], route_class=OperationsRoute)


class Concerned(Body):
    """Of which machines: of one, of all of a type, or of all that may be seen."""

    machine_id: UUID | None = None
    machine_type: Name | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str, Field(max_length=_LONGEST)] | None = None
    """The last alarm of the page before."""


@router.get("", dependencies=[requires("machines.alarm_reason.read"), requires("machines.machine.read")])
def list_known_alarms(session: SessionDep, given: Annotated[Concerned, Query()]) -> Page[KnownAlarm]:
    """Alarms that machines in use may tell, in order of their texts, so that nobody types one that never comes."""
    found = known_alarms(session, _machines(session, given))
    rest = [one for one in found if given.cursor is None or one.alarm > given.cursor]
    items = rest[: given.limit]
    return Page(items=items, next_cursor=items[-1].alarm if len(rest) > given.limit else None)


def known_alarms(session: TenantSession, machine_ids: Sequence[UUID]) -> list[KnownAlarm]:
    """The alarms of these machines, in order of their texts."""
    configured = _configured(session, machine_ids)
    asked = {"organization": session.organization_id, "machines": list(machine_ids), "newest": STOPS_LOOKED_AT}
    told = {row.alarm: row for row in session.execute(_TOLD, asked | {"longest": _LONGEST})}
    return [
        KnownAlarm(
            alarm=alarm,
            is_configured=alarm in configured,
            stops=told[alarm].stops if alarm in told else 0,
            last_at=told[alarm].last_at if alarm in told else None,
        )
        for alarm in sorted(configured | told.keys())
    ]


def _machines(session: TenantSession, given: Concerned) -> Sequence[UUID]:
    """Those in use; the one that is named also if it is not.

    Raises:
        NotFound: the machine that is named is not there, or may not be seen.
    """
    if given.machine_id is not None:
        return [session.need(Machine, given.machine_id, "machine").id]
    rows = session.execute(select(Machine.id, Machine.machine_type).where(Machine.is_active)).all()
    named = given.machine_type
    return [row.id for row in rows if named is None or is_of_type(row.machine_type, named)]


def _configured(session: TenantSession, machine_ids: Sequence[UUID]) -> set[str]:
    rows = session.execute(
        select(Tag.name, Tag.type, Tag.bit, Tag.alarm_bits, Tag.alarms)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .where(Tag.machine_id.in_(machine_ids), Tag.role == SignalRole.ALARM, Tag.is_active, Device.is_active)
    )
    return {
        alarm
        for row in rows
        for alarm in configured_texts(
            row.name,
            is_bool=row.type == ValueType.BOOL,
            bit=row.bit,
            alarm_bits=row.alarm_bits,
            alarms={int(number): name for number, name in row.alarms.items()},
        )
    }
