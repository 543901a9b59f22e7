"""Scans are kept for good; words about scans that never came are not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists

from unison_server.codes.tables import CodeScan, UndoneScan
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.lost_words import forget_lost_words


def forget_lost_undos(settings: Settings, system: Databases, now: datetime) -> None:
    """Forget after `incidents_kept_days`, or where there are too many, who took back a scan that is not here."""
    before = now - timedelta(days=settings.incidents_kept_days)
    is_here = exists().where(CodeScan.organization_id == UndoneScan.organization_id, CodeScan.id == UndoneScan.scan_id)
    with system.operations.begin() as connection:
        forget_lost_words(connection, UndoneScan.received_at, UndoneScan.agent_id.is_not(None) & ~is_here, before)
