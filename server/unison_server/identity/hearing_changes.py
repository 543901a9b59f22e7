"""A server process hears which sessions and rights changed; while it may miss one, every request asks the database."""

from __future__ import annotations

from uuid import UUID

from unison_server.identity.access_changes import CHANNEL
from unison_server.kernel.access import Access
from unison_server.kernel.database import Databases
from unison_server.kernel.listen import Connection, listen

PROVEN_EACH_SECONDS = 0.45
"""So long it trusts silence, and so long again for an answer: what changed is to hold within a second, also where a
line was cut without a word."""


async def hear_changes(databases: Databases, access: Access) -> None:
    """Never returns."""

    async def begun(_connection: Connection) -> None:
        access.listening = True

    async def heard(_connection: Connection, payload: str | None) -> None:
        if payload:
            access.changed(UUID(payload))

    def lost() -> None:
        access.listening = False

    await listen(
        databases.identity,
        CHANNEL,
        begun=begun,
        heard=heard,
        lost=lost,
        poll_seconds=PROVEN_EACH_SECONDS,
        answer_seconds=PROVEN_EACH_SECONDS,
    )
