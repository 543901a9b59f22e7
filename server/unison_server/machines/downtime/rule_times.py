"""Since when rules of alarms hold: a change leaves the stops that began before it what their alarms meant then."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, inspect

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime_tables import AlarmReason, PastAlarmReason


def hold_from_now(session: TenantSession, row: AlarmReason) -> None:
    """Before a rule is written: what is new in it holds from now on, or of all time where so asked (`also_past`).

    A new rule holds of all time unless said otherwise: it takes nothing from stops that nothing explained.
    """
    now = datetime.now(UTC)
    if not inspect(row).persistent:
        row.holds_since = None if row.also_past is not False else now
    elif row.also_past:
        row.holds_since = None
        session.execute(delete(PastAlarmReason).where(PastAlarmReason.alarm_reason_id == row.id))
    elif _was(row, "is_active") != row.is_active or _was(row, "downtime_reason_id") != row.downtime_reason_id:
        if _was(row, "is_active") and (row.holds_since is None or row.holds_since < now):
            reason_id = _was(row, "downtime_reason_id")
            session.add(
                PastAlarmReason(
                    alarm_reason_id=row.id, downtime_reason_id=reason_id, started_at=row.holds_since, ended_at=now
                )
            )
        row.holds_since = now


def _was(row: AlarmReason, name: str) -> object:
    """What stood before this change."""
    before = inspect(row).attrs[name].history.deleted
    return before[0] if before else getattr(row, name)
