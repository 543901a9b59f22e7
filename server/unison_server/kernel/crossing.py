"""Acting in another organization than one's own: for people with a right over all of them, and seen in both.

Row level security stays on: for the length of a block the same transaction is held to the other organization, and to
it alone. The audit of the other names the superadmin with what they changed; one's own says where they acted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from unison_server.kernel.audit import record_elsewhere
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.permissions import PLATFORM, demand
from unison_server.kernel.scope import EVERYWHERE, ActorKind, Scope


@contextmanager
def acting_in(session: TenantSession, organization_id: UUID, permission: str, done: str) -> Iterator[None]:
    """Hold the session to another organization until the block ends; all of it is one transaction.

    In one's own nothing changes.

    Args:
        permission: the right over all organizations it is done by, `platform.…`. done: what, for the audit.

    Raises:
        NotAllowed: the actor lacks the right, or is no person.
    """
    own = session.scope
    demand_over_all(session, permission)
    if organization_id == own.organization_id:
        yield
        return
    record_elsewhere(session, organization_id, done)
    there = replace(
        own,
        organization_id=organization_id,
        actor_kind=ActorKind.SUPERADMIN,
        plants=EVERYWHERE,
        warehouses=EVERYWHERE,
        session_id=None,
    )
    with held_to(session, there):
        yield


@contextmanager
def held_to(session: TenantSession, there: Scope) -> Iterator[None]:
    """Act by another scope until the block ends; whether that may be is the caller's to know, and to record."""
    own = session.scope
    session.act_as(there)
    try:
        yield
    except BaseException:
        # Nothing of it stays, and whatever comes next begins as who the session is of.
        session.rollback()
        session.info["scope"] = own
        raise
    session.act_as(own)


def demand_over_all(session: TenantSession, permission: str) -> None:
    """Raises NotAllowed where the actor is no person with the right over all organizations."""
    if not permission.startswith(PLATFORM):
        raise ValueError(f"{permission} is no right over all organizations: those begin with {PLATFORM}")
    demand(session.scope, permission)
    if session.scope.user_id is None:
        raise NotAllowed(
            "Only a person acts for the whole server; sign in instead of using a key", code="person_needed"
        )
