"""Keeps `operations.users` like the people of the identity database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert

from unison_server.identity.tables import User
from unison_server.sites.tables import UserCopy

_SOURCE = select(User.organization_id, User.id, User.full_name, User.employee_code, User.is_active)


class PeopleCopy:
    """A consumer of the relay."""

    def changed(
        self, identity: Connection, operations: Connection, organization_id: UUID, ids: Collection[UUID]
    ) -> None:
        """Copy those that are people; other things are none of ours."""
        theirs = _SOURCE.where(User.organization_id == organization_id, User.id.in_(ids))
        # In one order: of two that copy at once none waits for the other.
        self._write(operations, identity.execute(theirs.order_by(User.id)).mappings().all())

    def start_over(self, identity: Connection, operations: Connection) -> None:
        """Copy everybody."""
        people = identity.execute(_SOURCE, execution_options={"yield_per": 1000}).mappings()
        for part in people.partitions():
            self._write(operations, part)

    def _write(self, operations: Connection, people: Sequence[RowMapping]) -> None:
        if not people:
            return
        copy = insert(UserCopy)
        newer = {name: copy.excluded[name] for name in ("full_name", "employee_code", "is_active")}
        statement = copy.on_conflict_do_update(
            index_elements=["organization_id", "id"], set_={**newer, "copied_at": func.now()}
        )
        operations.execute(statement, [dict(person) for person in people])
