"""The audit log of both databases as one list, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, RowMapping, and_, func, not_, select, tuple_
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.stations.camera_address import without_password

from unison_server.identity.queries import KeyNames, key_names, visitor_names
from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.newest_first import Place
from unison_server.kernel.paging import PageRequest
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.time_span import TimeSpan
from unison_server.sites.queries import names_of

NamesOf = Callable[[TenantSession, Collection[UUID]], Mapping[UUID, str]]
"""What some of the operations database are called, by id."""
Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]
Entry = tuple[Database, RowMapping]


class AuditRequest(TimeSpan, PageRequest):
    """What the audit log can be narrowed by.

    Attributes:
        table: of its rows. entity_id: one row, with all its life. actor_id: what a person, an agent or a program did.
        field: only changes of this field. address: what came from there, as it was recorded.
    """

    database: Database | None = None
    table: Word | None = None
    entity_id: UUID | None = None
    actor_id: UUID | None = None
    action: Literal["insert", "update", "delete", "refused", "elsewhere"] | None = None
    field: Word | None = None
    address: Word | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every entry of the list fulfils."""
        column = audit_logs.c
        given = {column.table_name: self.table, column.entity_id: self.entity_id, column.actor_id: self.actor_id}
        given |= {column.action: self.action, column.address: self.address}
        yield from (one == value for one, value in given.items() if value is not None)
        yield from self.between(column.at)
        if self.field is not None:
            yield column.changed_fields.contains([self.field])

    @property
    def databases(self) -> tuple[Database, ...]:
        """Where its entries may be."""
        return tuple(Database) if self.database is None else (self.database,)


@dataclass(frozen=True, slots=True)
class AuditTold:
    """What rooms above tell of what is theirs in the log.

    Attributes:
        agent_names: what agents are called. asked_and_answered: tables of what is asked for once and answered once:
            the answer stands with what was asked, and makes no entry of its own.
    """

    agent_names: NamesOf
    asked_and_answered: Collection[str]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Reads it, a transaction at a time: no connection of one database waits for one of the other."""

    _databases: Databases
    _told: AuditTold

    def page(
        self, scope: Scope, given: AuditRequest, most: int, before: Place | None
    ) -> tuple[list[AuditEntry], Place | None]:
        """At most so many that come after the one `before`, newest first, and where the next page begins."""
        statement = select(audit_logs).where(*self._conditions(scope, given))
        if before is not None:
            statement = statement.where(tuple_(audit_logs.c.at, audit_logs.c.id) < before)
        statement = statement.order_by(audit_logs.c.at.desc(), audit_logs.c.id.desc()).limit(most + 1)
        lists: list[list[Entry]] = []
        for database in given.databases:
            with self._databases.session(database, scope) as session:
                lists.append([(database, row) for row in session.execute(statement).mappings()])
        newest = list(islice(merge(*lists, key=_place, reverse=True), most + 1))
        return self._answers(scope, newest[:most]), _place(newest[most - 1]) if len(newest) > most else None

    def count(self, scope: Scope, given: AuditRequest) -> int:
        """How many there are."""
        statement = select(func.count()).select_from(audit_logs).where(*self._conditions(scope, given))
        found = 0
        for database in given.databases:
            with self._databases.session(database, scope) as session:
                found += session.scalars(statement).one()
        return found

    def _conditions(self, scope: Scope, given: AuditRequest) -> Iterator[ColumnElement[bool]]:
        rows = audit_logs.c
        yield rows.organization_id == scope.organization_id
        yield not_(and_(rows.table_name.in_(self._told.asked_and_answered), rows.action == "update"))
        yield from given.conditions()

    def _answers(self, scope: Scope, entries: Sequence[Entry]) -> list[AuditEntry]:
        if not entries:
            return []
        with self._databases.session(Database.IDENTITY, scope) as identity:
            owned = {**key_names(identity), **visitor_names(identity)}
        with self._databases.session(Database.OPERATIONS, scope) as session:
            names = self._names(session, entries, owned)
            asked = [row for _, row in entries if row["table_name"] in self._told.asked_and_answered]
            came_of = _came_of(session, asked)
        return [
            AuditEntry.model_validate(
                {
                    **row,
                    "old_values": _shown(row["old_values"]),
                    "new_values": _shown(came_of.get(row["entity_id"], row["new_values"])),
                    "database": str(database),
                    "actor_name": names.get(row["actor_id"]),
                    "actor_owner": owned[row["actor_id"]].owner if row["actor_id"] in owned else None,
                }
            )
            for database, row in entries
        ]

    def _names(self, session: TenantSession, entries: Sequence[Entry], owned: KeyNames) -> Mapping[UUID, str]:
        by_kind: defaultdict[str, set[UUID]] = defaultdict(set)
        for _, row in entries:
            by_kind[row["actor_kind"]].add(row["actor_id"])
        agents = by_kind[ActorKind.AGENT]
        return {
            **names_of(session, by_kind[ActorKind.USER]),
            **(self._told.agent_names(session, agents) if agents else {}),
            **{id_: one.name for id_, one in owned.items()},
        }


def _place(entry: Entry) -> Place:
    return Place(entry[1]["at"], entry[1]["id"])


def _came_of(session: TenantSession, asked: list[RowMapping]) -> dict[UUID | None, Any]:
    """By what was asked for: its row as the answer left it."""
    made = [row for row in asked if row["action"] == "insert"]
    if not made:
        return {}
    rows = audit_logs.c
    statement = select(rows.entity_id, rows.new_values).where(
        rows.organization_id == session.organization_id,
        rows.entity_id.in_({row["entity_id"] for row in made}),
        rows.table_name.in_({row["table_name"] for row in made}),
        rows.at >= min(row["at"] for row in made),
        rows.action == "update",
    )
    return {row.entity_id: row.new_values for row in session.execute(statement.order_by(rows.at))}


def _shown(value: Any) -> Any:
    """Values as people are shown them: addresses of cameras without their passwords."""
    if isinstance(value, dict):
        return {name: _shown(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_shown(part) for part in value]
    return without_password(value) if isinstance(value, str) else value
