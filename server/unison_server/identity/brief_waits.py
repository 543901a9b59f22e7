"""Who comes in waits only so long for their own row: a large file of people holds many until it is taken over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Unavailable

LONGEST_WAIT_MS = 5_000


@contextmanager
def waiting_briefly(session: TenantSession) -> Iterator[None]:
    """Around what locks a person; the session waits no longer for anything else either.

    Raises:
        Unavailable: somebody else held them all that time.
    """
    session.execute(select(func.set_config("lock_timeout", str(LONGEST_WAIT_MS), True)))
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        words = "This account is being changed at this moment, perhaps with many others; try again in a minute"
        raise Unavailable(words, headers={"Retry-After": "10"}) from None
