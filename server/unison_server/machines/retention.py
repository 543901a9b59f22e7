"""How long recorded values and strayed counters are kept.

States and counts are kept for good: they are the ledger of what was made, by which costs and years are compared.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, delete, pool

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.partitions import drop_months
from unison_server.kernel.settings import Settings
from unison_server.machines.tables import CounterIncident, SampleRow


def forget_old_readings(settings: Settings, system: Databases, now: datetime) -> None:
    """Forget samples by whole months after `samples_kept_days`, strayed counters after `incidents_kept_days`."""
    oldest = (now - timedelta(days=settings.samples_kept_days)).astimezone(UTC).date().replace(day=1)
    owner = create_engine(settings.owner_url(Database.OPERATIONS), poolclass=pool.NullPool)
    with owner.begin() as connection:
        drop_months(connection, SampleRow.__tablename__, oldest)
    month = datetime(oldest.year, oldest.month, 1, tzinfo=UTC)
    incidents = now - timedelta(days=settings.incidents_kept_days)
    with system.operations.begin() as connection:
        connection.execute(delete(SampleRow).where(SampleRow.at < month))  # those that no month's partition had
        connection.execute(delete(CounterIncident).where(CounterIncident.at < incidents))
