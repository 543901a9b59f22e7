"""Telling every server process that what somebody may do changed; each asks again what it knew (`kernel/access.py`)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from unison_server.kernel.database import TenantSession

CHANNEL = "access"
"""Where ids of sessions, users and organizations whose rights changed are told; with the commit."""


def tell_access(session: TenantSession, *ids: UUID) -> None:
    """Make every process ask again what these sessions, users or all of these organizations may do."""
    told = "select pg_notify(:channel, id) from unnest(cast(:ids as text[])) as told(id)"
    session.execute(text(told), {"channel": CHANNEL, "ids": [str(id_) for id_ in ids]})


def tell_access_of_all(session: TenantSession) -> None:
    """Make every process ask again what anybody may do."""
    session.execute(text("select pg_notify(:channel, id::text) from organizations"), {"channel": CHANNEL})
