"""Which machines have signals, and how these come in, by which an open state is believed or not."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text
from unison_domain.machines.silence import Voice
from unison_domain.machines.state import PULSING, STATING

from unison_server.kernel.database import TenantSession
from unison_server.stations.tables import Device, Station, Tag

_VOICES = text(
    """
    select m.id, m.stale_seconds, signal.last_signal_at, slowest.poll_seconds
    from machines as m
    left join machine_signals as signal on signal.organization_id = m.organization_id and signal.id = m.id
    left join lateral (
        select max(t.poll_seconds) as poll_seconds from tags as t
        where t.organization_id = m.organization_id and t.machine_id = m.id and t.is_active
    ) as slowest on true
    where m.organization_id = :organization and m.id = any(cast(:ids as uuid[]))
    """
)


def voices_of(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Voice]:
    """The voice of each of these machines."""
    rows = session.execute(_VOICES, {"organization": session.organization_id, "ids": list(ids)})
    return {row.id: Voice(row.last_signal_at, row.stale_seconds, row.poll_seconds) for row in rows}


def stated_by_tags(session: TenantSession, ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of them that have tags in use which tell a state: of one whose tags rest nothing tells it any more."""
    roles = STATING | PULSING
    has_signals = (
        select(Tag.machine_id)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .join(Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id))
        .where(Tag.machine_id.in_(ids), Tag.role.in_(roles), Tag.is_active, Device.is_active, Station.is_active)
        .distinct()
    )
    return frozenset(machine_id for machine_id in session.scalars(has_signals) if machine_id is not None)
