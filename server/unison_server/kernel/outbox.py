"""Everything that happens is a row written in the transaction that makes it happen.

A dispatcher numbers committed rows into `events` (see `dispatcher.py`); clients, relays and later webhooks read those.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Identity, Operations

PLATFORM_ROWS = """
    insert into platform_settings (key, value) values
    ('events.epoch', to_jsonb(gen_random_uuid())),
    ('events.position', to_jsonb(0)),
    ('events.pruned_through', to_jsonb(0))
"""
"""What `platform_settings` begins with. Positions count from 1 within an epoch."""
_RECORDED = "recorded"


def _happening_columns() -> list[Column[Any]]:
    return [
        Column("organization_id", Uuid, nullable=False),
        Column("id", Uuid, nullable=False),
        Column("topic", Text, nullable=False),
        Column("plant_id", Uuid),
        Column("entity", Uuid),
        Column("version", Integer),
        Column("actor", Text),
        Column("occurred_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("causation", Uuid),
    ]


def _declare(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        *_happening_columns(),
        PrimaryKeyConstraint("organization_id", "id"),
        CheckConstraint("topic ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){2}$'", name="topic"),
        Index("ix_outbox_id", "id"),
    )
    Table(
        "events",
        metadata,
        Column("position", BigInteger, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        *_happening_columns(),
        PrimaryKeyConstraint("organization_id", "at", "id"),
        Index("ix_events_position", "position"),
        Index("ix_events_organization_id_position", "organization_id", "position"),
        postgresql_partition_by="RANGE (at)",
    )
    Table("platform_settings", metadata, Column("key", Text, primary_key=True), Column("value", JSONB, nullable=False))


for _metadata in (Identity.metadata, Operations.metadata):
    _declare(_metadata)

outbox: Table = Operations.metadata.tables["outbox"]
events: Table = Operations.metadata.tables["events"]
"""Declared alike in both databases; statements made of these tables run in either."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One thing that happened, for `record_all`.

    Attributes:
        topic: `room.thing.past_verb`.
        entity: id of the thing it happened to; version: its version afterwards.
        causation: id of the happening that led to this one, or of the row that tells more of it.
    """

    topic: str
    entity: UUID | None = None
    plant_id: UUID | None = None
    version: int | None = None
    causation: UUID | None = None


def record(
    session: TenantSession,
    topic: str,
    entity: UUID | None = None,
    *,
    plant_id: UUID | None = None,
    version: int | None = None,
    causation: UUID | None = None,
) -> UUID:
    """Note in this transaction that something happened; seen by others when it commits, never otherwise.

    Returns:
        The id of the happening, for the `causation` of what follows from it.
    """
    return record_all(session, [Recorded(topic, entity, plant_id, version, causation)])[0]


def record_all(session: TenantSession, happenings: Iterable[Recorded]) -> list[UUID]:
    """`record` for many in one statement; their order is kept."""
    listed = list(happenings)
    ids = sorted(new_id() for _ in listed)  # readers order by id, and a clock can step back between two of them
    rows = [_row(session, id_, happening) for id_, happening in zip(ids, listed, strict=True)]
    if rows:
        session.execute(insert(outbox), rows)
        session.info[_RECORDED] = True
    return ids


def has_recorded(session: TenantSession) -> bool:
    """Whether something was recorded, so that the dispatcher should look."""
    return _RECORDED in session.info


def new_epoch(connection: Connection) -> None:
    """Say that positions handed out before mean nothing any more: after a restore."""
    connection.execute(
        text("update platform_settings set value = to_jsonb(gen_random_uuid()) where key = 'events.epoch'")
    )


def prune(connection: Connection, before: datetime) -> int:
    """Forget events older than `before` (as the system role); clients further behind get a `reset`.

    Returns:
        How many were forgotten.
    """
    statement = """
        with gone as (delete from events where at < :before returning position),
        told as (
            update platform_settings set value = to_jsonb(greatest((value)::bigint, (select max(position) from gone)))
            where key = 'events.pruned_through' and exists (select from gone)
        )
        select count(*) from gone
    """
    return int(connection.execute(text(statement), {"before": before}).scalar_one())


def _row(session: TenantSession, id_: UUID, happening: Recorded) -> dict[str, Any]:
    return {
        "organization_id": session.organization_id,
        "id": id_,
        "topic": happening.topic,
        "plant_id": happening.plant_id,
        "entity": happening.entity,
        "version": happening.version,
        "actor": session.scope.actor,
        "causation": happening.causation,
    }
