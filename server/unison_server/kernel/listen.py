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
Begun = Callable[[Connection], Awaitable[None]]
Heard = Callable[[Connection, str | None], Awaitable[None]]


async def listen(
    engine: Engine,
    channel: str,
    *,
    begun: Begun,
    heard: Heard,
    lost: Callable[[], None],
    poll_seconds: float = 5.0,
    answer_seconds: float | None = None,
) -> None:
    """Listen on a connection of its own; never returns, reconnects by itself.

    Args:
        begun: called whenever listening has begun: what was missed before is to be read now.
        heard: called with each payload, and with None after `poll_seconds` of silence.
        lost: called when the connection is lost, or doubted; from now on messages are missed.
        answer_seconds: what the database may take to answer, asked in each silence, before the connection is doubted;
            None: it is lost or it isn't.
    """
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    address = make_conninfo(url, **PATIENCE, application_name=f"unison listens to {channel}")
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"listen {channel}")
                await begun(connection)
                while True:
                    if not await _heard_one(connection, heard, poll_seconds):
                        await _prove(connection, begun, lost, answer_seconds)
                        await heard(connection, None)
        except psycopg.OperationalError as error:
            note_failure()
            _log.warning("lost the database, listening again soon", channel=channel, error=str(error))
        except Exception:
            _log.exception("listener failed, listening again soon", channel=channel)
        finally:
            lost()
        await asyncio.sleep(_RETRY_SECONDS)


async def _heard_one(connection: Connection, heard: Heard, poll_seconds: float) -> bool:
    """Whether something came before silence lasted."""
    payloads = [notice.payload async for notice in connection.notifies(timeout=poll_seconds, stop_after=1)]
    for payload in payloads:
        await heard(connection, payload)
    return bool(payloads)


async def _prove(connection: Connection, begun: Begun, lost: Callable[[], None], answer_seconds: float | None) -> None:
    """A dead peer shows when it is asked, not in the silence. Raises OperationalError."""
    asked = asyncio.ensure_future(connection.execute("select 1"))
    try:
        _, late = await asyncio.wait([asked], timeout=answer_seconds)
        if late:
            lost()
        await asked
    finally:
        asked.cancel()
    if late:
        await begun(connection)
