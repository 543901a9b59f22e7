"""Which times restores undid: what the server did from a backup's moment to its restore, it knows nothing of.

A restore notes them in the restored database, which only its owner and the system role may do, so nobody else can make
up a time in which the server gave what it doesn't know.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from unison_server.kernel.database import TenantSession

_NOTE = text(
    """
    insert into platform_settings (key, value)
    values ('restores.undone', jsonb_build_array(jsonb_build_array(cast(:since as text), clock_timestamp())))
    on conflict (key) do update set value = platform_settings.value || excluded.value
    """
)
_UNDONE = text(
    """
    select (one ->> 0)::timestamptz as since, (one ->> 1)::timestamptz as until
    from platform_settings, jsonb_array_elements(value) as one where key = 'restores.undone' order by 1
    """
)


class Undone(NamedTuple):
    """From the moment a backup was begun to that of its restore."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether it is of this time."""
        return self.since <= moment <= self.until


def note_undone(connection: Connection, since: str) -> None:
    """Note that what was done from then (ISO 8601) until now is undone."""
    connection.execute(_NOTE, {"since": since})


def undone_times(session: TenantSession) -> list[Undone]:
    """What restores undid so far, oldest first."""
    return [Undone(*row) for row in session.execute(_UNDONE)]
