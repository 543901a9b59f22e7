"""What is everybody's own asks for no right, but for a person."""

from __future__ import annotations

from uuid import UUID

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotSignedIn


def oneself(session: TenantSession, does: str) -> UUID:
    """Id of the person who asks.

    Args:
        does: what only a person does, e.g. `has a PIN`.

    Raises:
        NotSignedIn: it is an agent or a program.
    """
    if session.scope.user_id is None:
        raise NotSignedIn(f"Only a person {does}; this token is a machine's")
    return session.scope.user_id
