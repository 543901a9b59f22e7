"""Devices that don't answer are told as the rule has it (`stations/silence.py` of the domain)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text, update
from unison_domain.stations.events import DeviceChanged, DeviceState
from unison_domain.stations.silence import Silence

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.stations.silence_tables import DeviceSilence

SILENT = "stations.device.silent"
FRESH = timedelta(minutes=1)
"""What is told of longer ago may be followed by its end at once: whether it lasts is looked at a little later."""

_FELL_SILENT = text(
    """
    insert into device_silences as known (organization_id, id, agent_id, silent_since)
    select d.organization_id, d.id, s.agent_id, :now
    from devices as d join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
    where d.organization_id = :organization and d.id = any(:devices) and s.agent_id = :agent
    on conflict (organization_id, id) do update set agent_id = excluded.agent_id,
        silent_since = coalesce(case when known.agent_id = excluded.agent_id then known.silent_since end, :now),
        is_told = known.is_told and known.agent_id = excluded.agent_id
    """
)
_UNTOLD = """
    select known.organization_id, known.id, known.silent_since, known.is_told, known.told_at, s.plant_id
    from device_silences as known
    join devices as d on d.organization_id = known.organization_id and d.id = known.id
    join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
    where known.silent_since is not null and not known.is_told
        and d.is_active and s.is_active and s.agent_id = known.agent_id
"""
_FIND = text(_UNTOLD)
_HOLD = text(f"{_UNTOLD} and known.organization_id = :organization and known.id = any(:devices) for update of known")
_TAKE = text(
    "update device_silences set is_told = true, told_at = :now where organization_id = :organization and id = any(:due)"
)


def heard_of_devices(session: TenantSession, agent_id: UUID, changes: Iterable[DeviceChanged], now: datetime) -> None:
    """Note which of its devices answer an agent, by the last word of each; tells of those that stopped."""
    newest = {change.device_id: change for change in changes}
    silent = [id_ for id_, change in newest.items() if change.state is DeviceState.OFFLINE]
    if answering := [id_ for id_ in newest if newest[id_].state is not DeviceState.OFFLINE]:
        theirs = DeviceSilence.organization_id == session.organization_id, DeviceSilence.agent_id == agent_id
        known = update(DeviceSilence).where(
            *theirs, DeviceSilence.id.in_(answering), DeviceSilence.silent_since.is_not(None)
        )
        session.execute(known.values(silent_since=None, is_told=False))
    if silent:
        which = {"organization": session.organization_id, "agent": agent_id, "devices": silent}
        session.execute(_FELL_SILENT, {**which, "now": now})
        _tell(session, [id_ for id_ in silent if newest[id_].at > now - FRESH], now)


def watch_devices(_settings: Settings, system: Databases, now: datetime) -> None:
    """Tell of devices that are silent still: an hour after an earlier silence was told, or where it was heard of late.

    A watch of the upkeep.
    """
    with system.operations.connect() as connection:
        untold = connection.execute(_FIND).all()
    for row in untold:  # one by one: a batch of events takes its devices in another order
        if _is_due(row, now):
            with system.session(Database.OPERATIONS, Scope(row.organization_id)) as session:
                _tell(session, [row.id], now)


def _tell(session: TenantSession, devices: Sequence[UUID], now: datetime) -> None:
    """Of those that are due; another server may tell of them at this moment."""
    given = {"organization": session.organization_id, "devices": devices}
    if due := [row for row in session.execute(_HOLD, given) if _is_due(row, now)]:
        session.execute(_TAKE, {**given, "due": [row.id for row in due], "now": now})
        record_all(session, [Recorded(SILENT, row.id, row.plant_id) for row in due])


def _is_due(row: Row[Any], now: datetime) -> bool:
    return Silence(row.silent_since, row.is_told, row.told_at).is_due(now)
