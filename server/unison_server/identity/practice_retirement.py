"""What is left of practice organizations that were made anew, or never finished, is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, MetaData, delete, select

from unison_server.identity.tables import Organization
from unison_server.kernel.database import Databases
from unison_server.kernel.orm import Identity, Operations
from unison_server.kernel.settings import Settings

AFTER = timedelta(hours=1)
"""Longer than one takes to be made; what agents and desktops still ask meanwhile finds that it is over."""
_LAST = "audit_logs"
"""Deleting others writes to it."""
LetFilesGo = Callable[[Settings, Databases, UUID], None]
"""Deletes files of an organization with the rows that name them."""


@dataclass(frozen=True, slots=True)
class PracticeRetirement:
    """A chore of the upkeep; cut off, it goes on next time, for the organization itself goes last."""

    let_files_go: LetFilesGo

    def __call__(self, settings: Settings, system: Databases, now: datetime) -> None:
        """Delete all rows of practice organizations that nobody gets into any more."""
        over = (Organization.practice_of.is_not(None), Organization.is_active.is_(False))
        with system.identity.connect() as connection:
            retired = connection.scalars(select(Organization.id).where(*over, Organization.updated_at < now - AFTER))
            ids = retired.all()
        for id_ in ids:
            self.let_files_go(settings, system, id_)
            with system.operations.begin() as connection:
                _delete_all(connection, Operations.metadata, id_)
            with system.identity.begin() as connection:
                connection.execute(delete(Organization).where(Organization.id == id_))
                _delete_all(connection, Identity.metadata, id_)


def _delete_all(connection: Connection, metadata: MetaData, organization_id: UUID) -> None:
    own = [table for table in reversed(metadata.sorted_tables) if "organization_id" in table.columns]
    for table in sorted(own, key=lambda one: one.name == _LAST):
        connection.execute(delete(table).where(table.c.organization_id == organization_id))
