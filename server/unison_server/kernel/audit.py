"""Who changed what: one trigger writes each change of a table to `audit_logs`, with the values before and after.

It stands on masters and documents; not on append-only tables, outbox, sessions, balances or readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, MetaData, PrimaryKeyConstraint, Table, Text, Uuid, func, insert
from sqlalchemy.dialects.postgresql import JSONB

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Refusal
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Identity, Operations


def _declare(metadata: MetaData) -> None:
    Table(
        "audit_logs",
        metadata,
        Column("organization_id", Uuid, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
        Column("id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
        Column("table_name", Text, nullable=False),
        Column("entity_id", Uuid),
        Column("action", Text, nullable=False),
        Column("old_values", JSONB),
        Column("new_values", JSONB),
        Column("changed_fields", JSONB),
        Column("actor_kind", Text),
        Column("actor_id", Uuid),
        Column("request_id", Text),
        Column("address", Text),
        PrimaryKeyConstraint("organization_id", "at", "id"),
        Index("ix_audit_logs_organization_id_entity_id_at", "organization_id", "entity_id", "at"),
        postgresql_partition_by="RANGE (at)",
    )


for _metadata in (Identity.metadata, Operations.metadata):
    _declare(_metadata)

audit_logs: Table = Operations.metadata.tables["audit_logs"]

FUNCTION = """
create function write_audit() returns trigger language plpgsql as $$
declare
    redacted text[] := coalesce(tg_argv::text[], '{}');
    before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - redacted end;
    after jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - redacted end;
    changed jsonb;
    row_now jsonb := coalesce(to_jsonb(new), to_jsonb(old));
begin
    if tg_op = 'UPDATE' then
        select jsonb_agg(key order by key) into changed
        from jsonb_each(to_jsonb(new)) as now(key, value)
        where value is distinct from to_jsonb(old) -> key and key not in ('updated_at', 'updated_by', 'version');
        if changed is null then
            return null;
        end if;
    end if;
    insert into audit_logs (organization_id, table_name, entity_id, action, old_values, new_values, changed_fields,
                            actor_kind, actor_id, request_id, address)
    values (coalesce(row_now ->> 'organization_id', row_now ->> 'id')::uuid, tg_table_name,
            (row_now ->> 'id')::uuid, lower(tg_op), before, after, changed,
            nullif(current_setting('app.actor_kind', true), ''),
            nullif(current_setting('app.actor_id', true), '')::uuid,
            nullif(current_setting('app.request_id', true), ''), nullif(current_setting('app.address', true), ''));
    return null;
end
$$
"""
"""The one trigger function of a database. Its arguments are columns whose values are never written; that one of them
changed is."""


def audit_statements(table: str, *redacted: str) -> Iterator[str]:
    """Put the trigger on a table, for migrations; `redacted` columns hold secrets."""
    arguments = ", ".join(f"'{column}'" for column in redacted)
    yield (
        f"create trigger audit after insert or update or delete on {table} "
        f"for each row execute function write_audit({arguments})"
    )


def record_refusal(session: TenantSession, method: str, path: str, refusal: Refusal) -> None:
    """Note that somebody tried what they may not; in a transaction of its own, for theirs is rolled back."""
    tried: dict[str, Any] = {"method": method, "path": path, "code": refusal.problem_code, "detail": refusal.detail}
    _note(session, table_name="", action="refused", new_values=tried)


def record_untold(session: TenantSession, method: str, endpoint: str, code: str, times: int, seconds: int) -> None:
    """Note how many more were refused alike than are told one by one, and over how long."""
    tried: dict[str, Any] = {"method": method, "path": endpoint, "code": code, "times": times, "seconds": seconds}
    _note(session, table_name="", action="refused", new_values=tried)


def record_elsewhere(session: TenantSession, organization_id: UUID | None, done: str, **told: Any) -> None:
    """Note that somebody did something in another organization, or for the whole server where none is named.

    Args:
        done: what, e.g. `deactivated`. told: what else there is to say.
    """
    table = "organizations" if organization_id else "platform_settings"
    _note(session, table_name=table, entity_id=organization_id, action="elsewhere", new_values={"done": done, **told})


def _note(session: TenantSession, **values: Any) -> None:
    """An entry that no change of a row makes."""
    scope = session.scope
    session.execute(
        insert(audit_logs).values(
            **values,
            organization_id=scope.organization_id,
            id=new_id(),
            actor_kind=str(scope.actor_kind),
            actor_id=scope.actor_id,
            request_id=scope.request_id,
            address=scope.address,
        )
    )
