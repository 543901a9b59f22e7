"""Telling every server process that what somebody may do changed; each asks again what it knew (`kernel/access.py`)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, text

from unison_server.kernel.database import TenantSession

CHANNEL = "access"
"""Where ids of sessions, users and organizations whose rights changed are told; with the commit."""


def tell_access(session: TenantSession, id_: UUID) -> None:
    """Make every process ask again what this session, this user or everybody of this organization may do."""
    session.execute(select(func.pg_notify(CHANNEL, str(id_))))


def tell_access_of_all(session: TenantSession) -> None:
    """Make every process ask again what anybody may do."""
    session.execute(text("select pg_notify(:channel, id::text) from organizations"), {"channel": CHANNEL})
