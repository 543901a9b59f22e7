"""Scanners, gauges and cameras that can't be used are told once; a port opened anew and a late answer are not.

At most once in an hour, and then if they can't be used still, as devices are (`stations/silence.py` of the domain).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from unison_domain.kernel.contracts import Instant
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import PeripheralState
from unison_domain.stations.silence import Silence

from unison_server.kernel.database import TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.tables import AgentReport, Station

SILENT = "stations.peripheral.silent"
TOLD_AFTER = timedelta(seconds=60)


class _Kept(PeripheralReport):
    """A report as it is kept.

    Attributes:
        silent_since: since when it can't be used, by this server's clock; None while it can.
        is_told: whether that was told.
        told_at: when any such was told last; None for never.
    """

    silent_since: Instant | None = None
    is_told: bool = False
    told_at: Instant | None = None


_KEPT = TypeAdapter(list[_Kept])


def kept_reports(
    session: TenantSession, agent_id: UUID, reports: Sequence[PeripheralReport], now: datetime
) -> list[dict[str, Any]]:
    """What to keep of an agent's reports; tells of those that can't be used for long enough."""
    report = session.find(AgentReport, agent_id) if reports else None
    before = {one.peripheral_id: one for one in _KEPT.validate_python(report.peripherals)} if report else {}
    kept = [_kept(one, before.get(one.peripheral_id), now) for one in reports]
    told = {id_ for id_, one in before.items() if one.is_told}
    _tell(session, agent_id, [one.peripheral_id for one in kept if one.is_told and one.peripheral_id not in told])
    return [one.model_dump(mode="json") for one in kept]


def _kept(report: PeripheralReport, before: _Kept | None, now: datetime) -> _Kept:
    known = Silence() if before is None else Silence(before.silent_since, before.is_told, before.told_at)
    silence = known.heard(now, is_silent=report.state is not PeripheralState.ONLINE)
    if silence.is_due(now, TOLD_AFTER):
        silence = silence.told(now)
    return _Kept(**dict(report), silent_since=silence.since, is_told=silence.is_told, told_at=silence.told_at)


def _tell(session: TenantSession, agent_id: UUID, peripherals: Sequence[UUID]) -> None:
    """In the plants of those the agent serves; what it says of others' is nobody's business."""
    if not peripherals:
        return
    rows = session.execute(
        select(Peripheral.id, Station.plant_id)
        .join(Station, (Station.organization_id == Peripheral.organization_id) & (Station.id == Peripheral.station_id))
        .where(Peripheral.organization_id == session.organization_id, Peripheral.id.in_(peripherals))
        .where(Peripheral.is_active, Station.is_active, Station.agent_id == agent_id)
    )
    record_all(session, [Recorded(SILENT, row.id, row.plant_id) for row in rows])
