"""Keeps `operations.organization_copies` like the organizations of the identity database."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from unison_server.identity.tables import Organization
from unison_server.sites.tables import OrganizationCopy

_SOURCE = select(Organization.id.label("organization_id"), Organization.id, Organization.is_active)


class OrganizationsCopy:
    """A consumer of the relay."""

    def changed(
        self, identity: Connection, operations: Connection, organization_id: UUID, ids: Collection[UUID]
    ) -> None:
        """Copy an organization; where there is no copy yet, all: they may be older than the table of copies."""
        if operations.scalar(select(OrganizationCopy.id).limit(1)) is None:
            self.start_over(identity, operations)
        elif organization_id in ids:
            _copy(identity, operations, _SOURCE.where(Organization.id == organization_id))

    def start_over(self, identity: Connection, operations: Connection) -> None:
        """Copy every organization."""
        _copy(identity, operations, _SOURCE)


def _copy(identity: Connection, operations: Connection, source: Select[UUID, UUID, bool]) -> None:
    found = [dict(row) for row in identity.execute(source).mappings()]
    if not found:
        return
    copy = insert(OrganizationCopy)
    newer = {"is_active": copy.excluded.is_active, "copied_at": func.now()}
    operations.execute(copy.on_conflict_do_update(index_elements=["organization_id", "id"], set_=newer), found)
