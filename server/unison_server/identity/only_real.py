"""What there is in real organizations alone: ways in of their own, and people that no other organization knows."""

from __future__ import annotations

from unison_server.identity.queries import is_practice
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash


def demand_real(session: TenantSession, act: str) -> None:
    """Refuse in a practice organization what would let somebody in past the real one.

    Args:
        act: what is to be done, as in "set a password".

    Raises:
        Clash: the session's organization is a practice organization.
    """
    if is_practice(session):
        words = (
            f"In a practice organization nobody can {act}: people come there from the real organization, so do it there"
        )
        raise Clash(words, code="is_practice")
