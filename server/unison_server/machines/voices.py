"""How the signals of machines come in, by which an open state is believed or not."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from unison_domain.machines.silence import Voice

from unison_server.kernel.database import TenantSession

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
