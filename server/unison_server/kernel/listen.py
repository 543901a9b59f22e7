"""Listening to a channel of the database for as long as the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from unison_server.kernel.database import PATIENCE
from unison_server.kernel.garbage import note_failure

_RETRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)

Connection = psycopg.AsyncConnection[tuple[object, ...]]


async def listen(
    engine: Engine,
    channel: str,
    *,
    begun: Callable[[Connection], Awaitable[None]],
    heard: Callable[[Connection, str | None], Awaitable[None]],
    lost: Callable[[], None],
    poll_seconds: float = 5.0,
) -> None:
    """Listen on a connection of its own; never returns, reconnects by itself.

    Args:
        begun: called whenever listening has begun: what was missed before is to be read now.
        heard: called with each payload, and with None after `poll_seconds` of silence.
        lost: called when the connection is lost; from now on messages are missed.
    """
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    address = make_conninfo(url, **PATIENCE, application_name=f"unison listens to {channel}")
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"listen {channel}")
                await begun(connection)
                await _hear(connection, heard, poll_seconds)
        except psycopg.OperationalError as error:
            note_failure()
            _log.warning("lost the database, listening again soon", channel=channel, error=str(error))
        except Exception:
            _log.exception("listener failed, listening again soon", channel=channel)
        finally:
            lost()
        await asyncio.sleep(_RETRY_SECONDS)


async def _hear(
    connection: Connection, heard: Callable[[Connection, str | None], Awaitable[None]], poll_seconds: float
) -> None:
    while True:
        payloads: list[str | None] = [
            notice.payload async for notice in connection.notifies(timeout=poll_seconds, stop_after=1)
        ]
        if not payloads:
            await connection.execute("select 1")  # a dead peer shows here, not in the silence
        for payload in payloads or [None]:
            await heard(connection, payload)
