"""How long we put up with a PostgreSQL that is killed while we begin."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy.exc import OperationalError

TRIES_SECONDS = 30.0

log = structlog.get_logger(__name__)


def try_again(step: Callable[[], None]) -> None:
    """Do what needs a PostgreSQL of our own, anew where that one was killed meanwhile; for `TRIES_SECONDS`."""
    deadline = time.monotonic() + TRIES_SECONDS
    while True:
        try:
            return step()
        except (psycopg.OperationalError, OperationalError) as error:
            if time.monotonic() > deadline:
                raise
            log.warning("postgresql is gone, trying again", error=str(error))
            time.sleep(0.1)
