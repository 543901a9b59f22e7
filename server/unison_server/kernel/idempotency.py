"""A request sent twice takes effect once.

The row of an `Idempotency-Key` is inserted in the transaction of the effect: a twin that comes at the same time waits
for that insert, then either repeats the stored answer or, where the first was refused, does the work itself. An answer
that holds a secret is declared with `secret_answer` and not stored: whoever asks again is told so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Depends, Request, Response
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid
from unison_server.kernel.orm import Identity, Operations

_KEY = re.compile(r"[\x21-\x7e]{8,200}")
_KEPT_HEADERS = ("etag", "location", "content-type")


def _declare(metadata: MetaData) -> None:
    Table(
        "idempotency_keys",
        metadata,
        Column("organization_id", Uuid, nullable=False),
        Column("actor", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", SmallInteger),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        PrimaryKeyConstraint("organization_id", "actor", "key"),
    )


for _metadata in (Identity.metadata, Operations.metadata):
    _declare(_metadata)

keys: Table = Operations.metadata.tables["idempotency_keys"]


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """A request with an `Idempotency-Key`; of an endpoint whose answer is secret only the status is stored."""

    key: str
    request_hash: bytes


async def read_key(request: Request, digest: Callable[[bytes], bytes]) -> OnceOnly | None:
    """The key of a changing request, or None without one.

    Args:
        digest: keyed, for the hash is kept: a body may be little more than a PIN, whose plain hash is soon guessed.

    Raises:
        Invalid: it is not 8 to 200 visible ASCII characters.
    """
    key = request.headers.get("idempotency-key")
    if key is None or request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    if not _KEY.fullmatch(key):
        raise Invalid("Idempotency-Key must be 8 to 200 visible ASCII characters without spaces", code="key_invalid")
    said = f"{request.method} {request.url.path}?{request.url.query}\n{request.headers.get('if-match', '')}\n"
    return OnceOnly(key, digest(said.encode() + await request.body()))


def claim(session: TenantSession, once: OnceOnly) -> Response | None:
    """Take the key in this transaction, or give the answer it got before. Waits for a twin in flight.

    Raises:
        Invalid: the key was used for another request. Clash: the answer was a secret.
    """
    row = {"organization_id": session.organization_id, "actor": session.scope.actor, "key": once.key}
    taken = insert(keys).values(**row, request_hash=once.request_hash).on_conflict_do_nothing().returning(keys.c.key)
    if session.execute(taken).first():
        return None
    stored = session.execute(select(keys).where(*(keys.c[name] == value for name, value in row.items()))).one()
    if stored.request_hash != once.request_hash:
        raise Invalid(
            f"Idempotency-Key {once.key} was used for another request; make a new key for a new request",
            code="key_reused",
        )
    if stored.body is None:
        raise Clash(
            "This was done already, and its answer held a secret, which is told once and not kept; ask for a new one",
            code="answer_not_kept",
        )
    return Response(stored.body, stored.status, {**stored.headers, "idempotent-replay": "true"})


def keep(session: TenantSession, once: OnceOnly, response: Response, *, secret: bool) -> None:
    """Store the answer beside the effect; of a secret one that it was given."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    session.execute(
        update(keys)
        .where(
            keys.c.organization_id == session.organization_id,
            keys.c.actor == session.scope.actor,
            keys.c.key == once.key,
        )
        .values(status=response.status_code, headers=headers, body=None if secret else bytes(response.body))
    )


def secret_answer() -> Any:
    """A dependency of endpoints whose answer holds a secret: `dependencies=[secret_answer()]`."""

    async def declare(request: Request) -> None:
        request.state.secret_answer = True

    return Depends(declare)


def is_secret(request: Request) -> bool:
    """Whether the endpoint declared its answer a secret."""
    return getattr(request.state, "secret_answer", False)


def prune(connection: Connection, before: datetime) -> int:
    """Forget keys older than `before` (as the system role); returns how many."""
    return connection.execute(delete(keys).where(keys.c.created_at < before)).rowcount
