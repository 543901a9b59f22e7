"""An organization that is tried from outside: a row in every table, and whether it is still as it was."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Identity, Operations
from unison_server.kernel.scope import Scope

from tests.server.kernel.catalogue import WITHOUT_ORGANIZATION
from tests.server.kernel.rows import Row, one_row

BASES: dict[Database, type[DeclarativeBase]] = {Database.IDENTITY: Identity, Database.OPERATIONS: Operations}
_MADE_UP = re.compile(r"[0-9a-f]{10}|[0-9a-f]{64}")
"""Texts that are nobody else's by chance."""


def fill(
    system: Databases,
    organization: UUID,
    given: Mapping[str, Row] | None = None,
    *,
    without: Collection[str] = (),
    differing: Mapping[str, Row] | None = None,
) -> dict[str, Row]:
    """A row of the organization in every table of both databases; by table.

    Args:
        given: rows that are there, for the others to refer to. A table that takes no second row like them has none.
        without: tables that get none. differing: values of rows, by table.
    """
    made: dict[str, Row] = dict(given or {})
    for database, base in BASES.items():
        with system.session(database, Scope(organization)) as session:
            for table in base.metadata.sorted_tables:
                if table.name in WITHOUT_ORGANIZATION or table.name in made or table.name in without:
                    continue
                row = one_row(table, organization, made) | _own_sha256(table) | (differing or {}).get(table.name, {})
                try:
                    with session.begin_nested():
                        # The copy of the organization may have been made meanwhile by the server.
                        adding = insert(table).values(row)
                        session.execute(adding.on_conflict_do_nothing(index_elements=list(table.primary_key)))
                except IntegrityError:
                    if not given:
                        raise
                else:
                    made[table.name] = row
    return made


def _own_sha256(table: sa.Table) -> Row:
    return {"sha256": new_id().hex * 2} if table.name == "station_pictures" else {}


def ids_of(rows: Mapping[str, Row]) -> dict[str, str]:
    """What requests name the rows by; by table."""
    ids = {name: str(row["id"]) for name, row in rows.items() if "id" in row}
    if "users" in rows:
        ids["organizations"] = str(rows["users"]["organization_id"])
    if "station_pictures" in rows:
        ids["station_pictures"] = rows["station_pictures"]["sha256"]
    return ids


def secrets_of(rows: Mapping[str, Row]) -> set[str]:
    """What no answer to others may tell: ids, and texts made up for these rows (codes, names, hashes of tokens)."""
    return {secret for row in rows.values() for secret in _secrets(row)}


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for part in value.values():
                yield from _secrets(part)
        case UUID():
            yield str(value)
        case str() if _MADE_UP.fullmatch(value):
            yield value


def settled_state_of(system: Databases, organization: UUID) -> dict[str, str]:
    """The checksums once background work has numbered and copied what happened."""
    before = state_of(system, organization)
    while True:
        time.sleep(1.0)  # nothing tells that background work has nothing left to do
        now = state_of(system, organization)
        if now == before:
            return now
        before = now


_REFUSALS_TOLD = " and outcome not like '%\\_refused'"
"""An organization is told of tokens of its own that were refused: that is no change of others' making."""


def state_of(system: Databases, organization: UUID) -> dict[str, str]:
    """A checksum of the organization's rows, by table."""
    sums = {}
    for database, base in BASES.items():
        with system.engine_for(database).connect() as connection:
            for table in base.metadata.sorted_tables:
                if table.name in WITHOUT_ORGANIZATION - {"organizations"}:
                    continue
                rows = f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table.name} as t"
                key = "id" if table.name == "organizations" else "organization_id"
                told = _REFUSALS_TOLD if table.name == "login_history" else ""
                statement = sa.text(f"{rows} where {key} = :organization{told}")
                sums[f"{database}.{table.name}"] = connection.execute(
                    statement, {"organization": organization}
                ).scalar_one()
    return sums


def rows_of(system: Databases, organization: UUID, rows: Mapping[str, Row]) -> dict[str, str]:
    """A checksum of each of these rows of operations, whose organization's practice has some of the same ids."""
    with system.operations.connect() as connection:
        return {
            table: connection.execute(
                sa.text(f"select md5(t::text) from {table} as t where (organization_id, id) = (:organization, :id)"),
                {"organization": organization, "id": row["id"]},
            ).scalar_one()
            for table, row in rows.items()
        }
