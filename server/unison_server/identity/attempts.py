"""Counts what strangers try, in all server processes together, and stops them for a while."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from unison_domain.identity.setting_contracts import ADDRESS_TRIES

from unison_server.identity import queries
from unison_server.identity.settings import setting_of
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import TooMany
from unison_server.kernel.scope import Scope

WINDOW = timedelta(minutes=5)
EVERYWHERE = UUID(int=0)
"""Stands for the organization where attempts are counted before it is known."""
LONGEST_WINDOW = timedelta(hours=1)
"""What was counted longer ago is forgotten."""


def count(databases: Databases, scope: Scope, limits: Sequence[tuple[str, int, timedelta]]) -> None:
    """Count an attempt for each of what is counted, the most of it and its window.

    Raises:
        TooMany: one of them is over its limit.
    """
    left = 0.0
    with databases.session(Database.IDENTITY, scope) as session:
        for counted, most, window in limits:
            attempts, seconds = queries.count_attempt(session, counted, window)
            left = max(left, seconds) if attempts > most else left
        if attempts == 1:
            queries.forget_old_attempts(session, LONGEST_WINDOW)
    if left:
        raise too_many(left)


def too_many(seconds: float) -> TooMany:
    """What is told who has to wait."""
    wait = math.ceil(max(1.0, seconds))
    return TooMany(f"Too many tries; wait {wait} seconds", headers={"Retry-After": str(wait)}, seconds=wait)


def count_address(databases: Databases, address: str) -> None:
    """Count an attempt of a stranger, of whom nothing but the address is known yet.

    Raises:
        TooMany: there were too many from that address.
    """
    scope = Scope(EVERYWHERE)
    with databases.session(Database.IDENTITY, scope) as session:
        most = setting_of(session, ADDRESS_TRIES)
    count(databases, scope, [(at(address), most, WINDOW)])


def at(address: str) -> str:
    """What is counted of an address."""
    return f"at {address}"
