"""Engines and sessions of the two databases.

A session without scope can't begin a transaction: the `KeyError` is a programming error and fails closed. A connection
outside a session has no scope and sees no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from unison_server.kernel.errors import NotFound
from unison_server.kernel.garbage import note_failure
from unison_server.kernel.orm import Stamped, Tenant
from unison_server.kernel.scope import Scope

T = TypeVar("T", bound=Tenant)
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A server that vanished without a word is given up after some 10 seconds, also by those who only listen."""


class Database(StrEnum):
    """The two databases. They share no foreign key and no transaction."""

    IDENTITY = "identity"
    OPERATIONS = "operations"


class TenantSession(Session):
    """A session held to one organization by its `Scope`."""

    def __init__(self, bind: Engine | Connection, scope: Scope, **options: Any) -> None:
        super().__init__(bind, info={"scope": scope}, expire_on_commit=False, **options)

    @property
    def scope(self) -> Scope:
        """Who acts."""
        scope: Scope = self.info["scope"]
        return scope

    def act_as(self, scope: Scope) -> None:
        """Act otherwise from here on, in this transaction too; what was not flushed yet is, as who acted before.

        Only `kernel/crossing.py` does so, which comes back too.
        """
        self.flush()
        self._become(scope)

    @property
    def organization_id(self) -> UUID:
        """The organization every new row belongs to."""
        return self.scope.organization_id

    def hold_to(self, permission: str) -> None:
        """Hold what follows to the places where the actor has the permission."""
        self._become(self.scope.held_to(permission))

    def look_up_by(self, permission: str) -> None:
        """Let what follows tell only of where the actor may change, or may read by the permission."""
        self._become(self.scope.looking_up(permission))

    def _become(self, scope: Scope) -> None:
        if scope is not self.scope:
            self.info["scope"] = scope
            if self.in_transaction():
                _tell(self.connection(), scope)

    def find(self, table: type[T], id_: UUID) -> T | None:
        """The row, or None where there is none that this organization and person may see."""
        return self.scalar(select(table).where(table.id == id_))

    def need(self, table: type[T], id_: UUID, thing: str) -> T:
        """The row; `thing` is what people call it.

        Raises:
            NotFound: there is none that this organization and person may see.
        """
        row = self.find(table, id_)
        if row is None:
            raise NotFound(f"There is no {thing} {id_}", thing=thing, id=str(id_))
        return row


@event.listens_for(TenantSession, "after_begin")
def _tell_scope(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    _tell(connection, session.info["scope"])


def _tell(connection: Connection, scope: Scope) -> None:
    settings = scope.settings()
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    connection.exec_driver_sql(f"select {calls}", tuple(part for pair in settings.items() for part in pair))


@event.listens_for(TenantSession, "before_flush")
def _stamp(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """New rows belong to the session's organization; new and changed rows name who did it."""
    scope: Scope = session.info["scope"]
    for row in session.new:
        if isinstance(row, Tenant):
            row.organization_id = row.organization_id or scope.organization_id
        if isinstance(row, Stamped):
            row.created_by = row.updated_by = scope.user_id
    for row in session.dirty:
        if isinstance(row, Stamped) and session.is_modified(row):
            row.updated_by = scope.user_id


@dataclass(frozen=True, slots=True)
class Databases:
    """Engines of both databases as one role.

    `engine_for` is the only way to an engine, so that an organization can live on another cluster some day.

    Attributes:
        capacity: connections each engine opens at most.
    """

    identity: Engine
    operations: Engine
    capacity: int

    @classmethod
    def connect(cls, identity_url: str, operations_url: str, *, pool_size: int = 10, overflow: int = 10) -> Databases:
        """Engines for two SQLAlchemy URLs (`postgresql+psycopg://…`); nothing is connected yet."""
        identity, operations = (_engine(url, pool_size, overflow) for url in (identity_url, operations_url))
        return cls(identity, operations, pool_size + overflow)

    def engine_for(self, database: Database, organization_id: UUID | None = None) -> Engine:
        """The engine that holds the organization's rows."""
        return self.identity if database is Database.IDENTITY else self.operations

    @contextmanager
    def session(self, database: Database, scope: Scope) -> Iterator[TenantSession]:
        """A session of one transaction: committed at the end, rolled back on an error."""
        with TenantSession(self.engine_for(database, scope.organization_id), scope) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.identity.dispose()
        self.operations.dispose()


def _engine(url: str, pool_size: int, overflow: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={**PATIENCE, "application_name": "unison", "options": "-c TimeZone=UTC"},
    )
    event.listen(engine, "handle_error", _note_failed_connection)
    return engine


def _note_failed_connection(context: ExceptionContext) -> None:
    if context.connection is None or context.is_disconnect:
        note_failure()
