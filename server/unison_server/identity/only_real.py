"""What real organizations alone have: ways in and people of their own, and the say of who is let in at all."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from unison_server.identity.queries import has_access, is_practice, real_one
from unison_server.identity.tables import User
from unison_server.kernel.crossing import held_to
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.scope import Scope


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


def let_in_for_real(session: TenantSession, people: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these people the real organization lets in, where the session's is for practice; else all of them."""
    asked, real = frozenset(people), real_one(session)
    if real is None:
        return asked
    with held_to(session, Scope(real)):
        return frozenset(session.scalars(select(User.id).where(User.id.in_(asked), has_access())))
