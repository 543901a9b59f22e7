"""The audit log: who changed what, when and from where, in both databases as one list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import ColumnElement, RowMapping, and_, not_, select, tuple_
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.kernel.contracts import Instant, Page
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.stations.camera_address import without_password

from unison_server.identity.queries import KeyNames, key_names, visitor_names
from unison_server.kernel.access import requires
from unison_server.kernel.audit import audit_logs
from unison_server.kernel.csv_answer import MOST_EXPORTED, CsvAnswer, Dialect, csv_answer
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed
from unison_server.kernel.newest_first import Place, cursor_of, place_of
from unison_server.kernel.paging import PageRequest
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.kernel.scope import ActorKind
from unison_server.sites.queries import names_of

_COLUMNS = (
    *("at", "database", "action", "table_name", "entity_id", "changed_fields", "old_values", "new_values"),
    *("actor_kind", "actor_name", "actor_owner", "actor_id", "address", "request_id"),
)
NamesOf = Callable[[TenantSession, Collection[UUID]], Mapping[UUID, str]]
"""What some of the operations database are called, by id."""
Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class AuditRequest(PageRequest):
    """What the audit log can be narrowed by: `from` inclusive, `to` exclusive.

    Attributes:
        table: of its rows. entity_id: one row, with all its life. actor_id: what a person, an agent or a program did.
        field: only changes of this field. address: what came from there, as it was recorded.
    """

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    database: Database | None = None
    table: Word | None = None
    entity_id: UUID | None = None
    actor_id: UUID | None = None
    action: Literal["insert", "update", "delete", "refused", "elsewhere"] | None = None
    field: Word | None = None
    address: Word | None = None

    def conditions(self, before: Place | None) -> Iterator[ColumnElement[bool]]:
        """What every entry of the page fulfils; of the next page also that it comes after the one `before`."""
        column = audit_logs.c
        given = {column.table_name: self.table, column.entity_id: self.entity_id, column.actor_id: self.actor_id}
        given |= {column.action: self.action, column.address: self.address}
        yield from (one == value for one, value in given.items() if value is not None)
        if self.from_ is not None:
            yield column.at >= self.from_
        if self.to is not None:
            yield column.at < self.to
        if self.field is not None:
            yield column.changed_fields.contains([self.field])
        if before is not None:
            yield tuple_(column.at, column.id) < before


@dataclass(frozen=True, slots=True)
class AuditTold:
    """What rooms above tell of what is theirs in the log.

    Attributes:
        agent_names: what agents are called. asked_and_answered: tables of what is asked for once and answered once:
            the answer stands with what was asked, and makes no entry of its own.
    """

    agent_names: NamesOf
    asked_and_answered: Collection[str]


def audit_router(databases: Databases, told: AuditTold) -> APIRouter:
    """Endpoints of the audit log."""
    router = APIRouter(prefix="/audit-log", tags=["audit"], route_class=OperationsRoute)
    may_read = [requires("identity.audit.read")]

    @router.get("", dependencies=may_read)
    def list_audit_log(session: SessionDep, given: Annotated[AuditRequest, Query()]) -> Page[AuditEntry]:
        """Changes and refusals, newest first."""
        found = _newest(databases, session, given, given.limit + 1, place_of(given.cursor), told)
        more = found.entries[given.limit - 1] if len(found.entries) > given.limit else None
        return Page(
            items=_answers(session, found.entries[: given.limit], found.owned, told),
            next_cursor=more and cursor_of(Place(more[1]["at"], more[1]["id"])),
        )

    @router.get("/export", dependencies=may_read, response_class=CsvAnswer, response_model=None)
    def export_audit_log(
        session: SessionDep, given: Annotated[AuditRequest, Query()], dialect: Dialect = CsvDialect.POINT
    ) -> CsvAnswer:
        """The same as CSV, whole."""
        found = _newest(databases, session, given, MOST_EXPORTED + 1, None, told)
        if len(found.entries) > MOST_EXPORTED:
            raise Invalid(f"More than {MOST_EXPORTED} entries match; narrow the filters", code="too_many_rows")
        return csv_answer("audit_log", _COLUMNS, _answers(session, found.entries, found.owned, told), dialect)

    return router


Entry = tuple[Database, RowMapping]


class Found(NamedTuple):
    """Entries, and the keys of programs and the people of elsewhere that may have made some of them."""

    entries: list[Entry]
    owned: KeyNames


def _newest(
    databases: Databases,
    session: TenantSession,
    given: AuditRequest,
    most: int,
    before: Place | None,
    told: AuditTold,
) -> Found:
    """The newest entries of both databases, newest first.

    Raises:
        NotAllowed: the actor doesn't see all plants and warehouses, of whose rows the log tells.
    """
    scope = session.scope
    if scope.plants.read is not None or scope.warehouses.read is not None:
        raise NotAllowed(
            "The audit log tells of every plant and warehouse: to read it you need read access to all of them",
            code="organization_wide",
        )
    rows = audit_logs.c
    is_answer = and_(rows.table_name.in_(told.asked_and_answered), rows.action == "update")
    statement = (
        select(audit_logs)
        .where(and_(rows.organization_id == scope.organization_id, not_(is_answer), *given.conditions(before)))
        .order_by(rows.at.desc(), rows.id.desc())
        .limit(most)
    )
    found: dict[Database, list[Entry]] = {database: [] for database in Database}
    with databases.session(Database.IDENTITY, scope) as identity:  # first: this request holds no connection yet
        owned = {**key_names(identity), **visitor_names(identity)}
        if given.database in (None, Database.IDENTITY):
            found[Database.IDENTITY] = [(Database.IDENTITY, row) for row in identity.execute(statement).mappings()]
    if given.database in (None, Database.OPERATIONS):
        found[Database.OPERATIONS] = [(Database.OPERATIONS, row) for row in session.execute(statement).mappings()]
    newest = merge(*found.values(), key=lambda entry: (entry[1]["at"], entry[1]["id"]), reverse=True)
    return Found(list(islice(newest, most)), owned)


def _answers(session: TenantSession, entries: list[Entry], owned: KeyNames, told: AuditTold) -> list[AuditEntry]:
    by_kind: defaultdict[str, set[UUID]] = defaultdict(set)
    for _, row in entries:
        by_kind[row["actor_kind"]].add(row["actor_id"])
    agents = by_kind[ActorKind.AGENT]
    names = {
        **names_of(session, by_kind[ActorKind.USER]),
        **(told.agent_names(session, agents) if agents else {}),
        **{id_: one.name for id_, one in owned.items()},
    }
    came_of = _came_of(session, [row for _, row in entries if row["table_name"] in told.asked_and_answered])
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
