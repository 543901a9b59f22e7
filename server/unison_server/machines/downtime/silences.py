"""Time nothing is known of that follows a stop at once, as with the main switch off.

It is no stop: nobody knows whether the machine stood. But the queue asks about it, and what a person says of it is a
stop of its own, as far as the next known state (`finding`). The stop is one that a person is asked about, by the law
of the operator page (`stop_ends` in the domain): nobody asks what followed setup, cleaning or manual work. Nor what
came after the machine was put away, with which a silence ends (`putting_away`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from unison_domain.machines.downtime import NO_STOP
from unison_domain.machines.stop_ends import AGAINST_THE_PLAN, OF_A_REPAIR

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import listed

STOOD = f"""
    {{stretch}}.state not in ({listed(NO_STOP)}) and case
        when {{stretch}}.state in ({listed(AGAINST_THE_PLAN)}) then true
        when {{stretch}}.state in ({listed(OF_A_REPAIR)}) then (
            select p.state in ({listed(AGAINST_THE_PLAN)}) from machine_states as p
            where p.organization_id = :organization and p.machine_id = {{machine}}
                and p.started_at <= {{stretch}}.started_at
                and (
                    p.state not in ({listed(OF_A_REPAIR)})
                    or p.source = 'person' and not exists (
                        select from machine_states as b
                        where b.organization_id = :organization and b.machine_id = {{machine}}
                            and b.ended_at = p.started_at and b.state = p.state
                    )
                )
            order by p.started_at desc limit 1
        )
        else false
    end
"""  # noqa: S608 - constants
"""Whether a stretch is of a stop that began against the plan: a repair is of the one it followed, but for work that a
person set by hand. The first part is the index's."""
_KNOWN_AGAIN = """
    left join lateral (
        select n.started_at from machine_states as n
        where n.organization_id = :organization and n.machine_id = {machine} and n.started_at > {moment}
            and (n.state <> 'unknown' or n.source = 'person')
        order by n.started_at limit 1
    ) as next on true
"""
_SILENCES = """
    with machine as materialized (
        select id, micro_stop_seconds from machines where organization_id = :organization
            and id = coalesce(cast(:machine as uuid), id) and plant_id = coalesce(cast(:plant as uuid), plant_id)
    ),
    stood as (
        select s.machine_id, s.ended_at from machine_states as s
        where s.organization_id = :organization and s.started_at >= :start and s.started_at < :end
            and {begun_stands} and s.machine_id in (select id from machine)
        union all
        select machine.id, at_start.ended_at
        from machine join lateral (
            select s.state, s.started_at, s.ended_at from machine_states as s
            where s.organization_id = :organization and s.machine_id = machine.id and s.started_at < :start
            order by s.started_at desc limit 1
        ) as at_start on {lasting_stands}
    )
    select u.machine_id, u.started_at, next.started_at as ended_at
    from stood
    join machine on machine.id = stood.machine_id
    join machine_states as u on u.organization_id = :organization and u.machine_id = stood.machine_id
        and u.started_at = stood.ended_at and u.state = 'unknown' and u.source = 'signal'
    {known_again}
    cross join lateral (
        select extract(epoch from coalesce(next.started_at, now()) - u.started_at) as seconds
    ) as length
    where u.started_at >= :start and u.started_at < :end
        and length.seconds > coalesce(cast(:seconds as float), machine.micro_stop_seconds)
        and not exists (
            select from downtime_causes as w
            where w.organization_id = :organization and w.machine_id = u.machine_id and w.started_at >= u.started_at
                and w.started_at < coalesce(next.started_at, 'infinity')
        )
        and (
            cast(:after as timestamptz) is null
            or (u.started_at, u.machine_id) {beyond} (:after, cast(:place as uuid))
        )
    order by u.started_at {way}, u.machine_id {way}
    limit :limit
"""
_PARTS = {
    "begun_stands": STOOD.format(stretch="s", machine="s.machine_id"),
    "lasting_stands": STOOD.format(stretch="at_start", machine="machine.id"),
    "known_again": _KNOWN_AGAIN.format(machine="u.machine_id", moment="u.started_at"),
}
_NEWEST_FIRST = text(_SILENCES.format(**_PARTS, beyond="<", way="desc"))
_OLDEST_FIRST = text(_SILENCES.format(**_PARTS, beyond=">", way="asc"))
_AT = text(
    f"""
    select before.ended_at, next.started_at
    from (
        select state, started_at, ended_at from machine_states
        where organization_id = :organization and machine_id = :machine and started_at <= :moment
            and state <> 'unknown'
        order by started_at desc limit 1
    ) as before
    {_KNOWN_AGAIN.format(machine=":machine", moment="before.ended_at")}
    where {STOOD.format(stretch="before", machine=":machine")} and before.ended_at <= :moment
    """  # noqa: S608 - constants
)


def silences_between(
    session: TenantSession, asked: dict[str, Any], *, newest_first: bool
) -> list[tuple[UUID, datetime, datetime | None]]:
    """Silences that begin in a time and of which nobody spoke: machine, start and end, in order of their start.

    Args:
        asked: as `finding` asks for stops; longer than `seconds`, or where that is None, than a micro-stop.
    """
    rows = session.execute(_NEWEST_FIRST if newest_first else _OLDEST_FIRST, asked)
    return [(row.machine_id, row.started_at, row.ended_at) for row in rows]


def silence_at(session: TenantSession, machine_id: UUID, moment: datetime) -> tuple[datetime, datetime | None] | None:
    """The silence after a stop that a machine was in at that moment, whatever was said of it; None where none was."""
    given = {"organization": session.organization_id, "machine": machine_id, "moment": moment}
    row = session.execute(_AT, given).one_or_none()
    return None if row is None else (row[0], row[1])
