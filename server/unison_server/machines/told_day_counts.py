"""What agents are told of today's parts of their machines that another PC counted, or theirs before it was replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import or_, select, text
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.machines.day_counts import MOST_EPOCHS, ElsewhereDay

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.tables import Machine
from unison_server.stations.api import ActingAgent
from unison_server.stations.queries import assignment_of

own_router = APIRouter(prefix="/stations/me/day-counts", tags=["station protocol"], route_class=OperationsRoute)

_ELSEWHERE = text(
    """
    select m.id as machine_id, day.today as day,
        trim_scale(coalesce(sum(made.quantity) filter (where made.kind = 'good'), 0)) as good,
        trim_scale(coalesce(sum(made.quantity) filter (where made.kind = 'scrap'), 0)) as scrap,
        trim_scale(coalesce(sum(made.quantity) filter (where made.kind = 'total'), 0)) as total
    from machines as m
    join plants as p on p.organization_id = m.organization_id and p.id = m.plant_id
    cross join lateral (select (now() at time zone p.time_zone)::date as today) as day
    cross join lateral (
        select day.today::timestamp at time zone p.time_zone as begun,
            (day.today + 1)::timestamp at time zone p.time_zone as until
    ) as span
    left join lateral (
        select counted.kind, counted.delta::numeric as quantity
        from machine_counts as counted
        where counted.organization_id = m.organization_id and counted.machine_id = m.id
            and counted.at >= span.begun and counted.at < span.until and counted.epoch <> all (:epochs)
        union all
        select corrected.kind, corrected.quantity
        from corrected_counts as corrected
        join machine_counts as booked
            on booked.organization_id = corrected.organization_id and booked.id = corrected.count_id
        where corrected.organization_id = m.organization_id and corrected.machine_id = m.id
            and corrected.at >= span.begun and corrected.at < span.until and booked.epoch <> :newest
    ) as made on true
    where m.organization_id = :organization and m.id = any (:machines)
    group by m.id, day.today
    """
)


@own_router.get("", dependencies=[requires(DeviceRight.READ_DAY_COUNTS)])
def list_own_day_counts(
    session: SessionDep,
    agent_id: ActingAgent,
    epochs: Annotated[
        list[UUID],
        Query(min_length=1, max_length=MOST_EPOCHS, description="Of the agent's own counts, the newest last"),
    ],
) -> Page[ElsewhereDay]:
    """What was counted today of the agent's machines under other epochs than these, so that its page shows the day."""
    return Page(items=elsewhere_today(session, agent_id, epochs))


def elsewhere_today(session: TenantSession, agent_id: UUID, epochs: Sequence[UUID]) -> list[ElsewhereDay]:
    """One for each machine the agent speaks of, also where nothing was counted elsewhere."""
    assignment = assignment_of(session, agent_id)
    is_its = or_(Machine.id.in_(set(assignment.tags.values()) - {None}), Machine.station_id.in_(assignment.stations))
    machines = session.scalars(select(Machine.id).where(is_its, Machine.is_active)).all()
    asked = {
        "organization": session.organization_id,
        "machines": list(machines),
        "epochs": list(epochs),
        "newest": epochs[-1],
    }
    return [ElsewhereDay.model_validate(dict(row)) for row in session.execute(_ELSEWHERE, asked).mappings()]
