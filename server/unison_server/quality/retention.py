"""Measurements are kept for good; words about readings that never came are not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists

from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.quality.tables import Measurement, MeasurementUndo
from unison_server.stations.lost_words import forget_lost_words


def forget_lost_undone_readings(settings: Settings, system: Databases, now: datetime) -> None:
    """Forget after `incidents_kept_days`, or where there are too many, who took back a reading that is not here."""
    before = now - timedelta(days=settings.incidents_kept_days)
    is_here = exists().where(
        Measurement.organization_id == MeasurementUndo.organization_id, Measurement.id == MeasurementUndo.measurement_id
    )
    waits = MeasurementUndo.agent_id.is_not(None) & ~is_here
    with system.operations.begin() as connection:
        forget_lost_words(connection, MeasurementUndo.recorded_at, waits, before)
