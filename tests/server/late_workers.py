"""Makes races visible: background work of every server in this process acts late, or as quickly as it can.

`UNISON_TESTS_WORKERS=late` holds back each step of the workers (numbering of happenings, the copy of people, the
notifier) and each word between processes by `LATE_SECONDS`: a test that reads what they make, without waiting for it,
fails each time and not once in a hundred runs. With `quick` they look every millisecond, so what a test calls
"not yet" has long been done.
"""

from __future__ import annotations

import asyncio
import os
import time
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from unison_server.kernel import dispatcher, listen
from unison_server.kernel.dispatcher import Look, Step

LATE_SECONDS = 1.5
_QUICK_SECONDS = 0.001
_AT_ONCE_SECONDS = 0.02
_WORDS = ("late", "quick")


def install(wanted: str = os.environ.get("UNISON_TESTS_WORKERS", "")) -> None:
    """Change the workers that are made from now on; without the switch nothing is changed.

    Raises:
        ValueError: it is neither `late` nor `quick`.
    """
    if wanted not in ("", *_WORDS):
        raise ValueError(f"UNISON_TESTS_WORKERS is {wanted!r}: it may be late or quick, or not be there")
    if wanted:
        _change_workers(is_late=wanted == "late")
    if wanted == "late":
        _hear_late()


def _change_workers(*, is_late: bool) -> None:
    make = dispatcher.Worker.__init__

    def made(
        self: dispatcher.Worker,
        name: str,
        engine: Engine,
        step: Step,
        *,
        poll_seconds: float = dispatcher.POLL_SECONDS,
        look: Look | None = None,
    ) -> None:
        def late(connection: Connection) -> bool:
            self._stop.wait(LATE_SECONDS)
            return step(connection)

        if is_late:
            make(self, name, engine, late, poll_seconds=poll_seconds, look=look)
        else:
            make(self, name, engine, step, poll_seconds=min(poll_seconds, _QUICK_SECONDS), look=look)

    dispatcher.Worker.__init__ = made  # type: ignore[method-assign] # of every server the tests make


def _hear_late() -> None:
    """What is told at once, by a statement that tells of many, is heard at once too."""
    hear = listen._heard_one
    before = WeakKeyDictionary[listen.Connection, float]()

    async def late(connection: listen.Connection, heard: listen.Heard, poll_seconds: float) -> bool:
        async def heard_late(there: listen.Connection, payload: str | None) -> None:
            if time.monotonic() - before.get(there, 0.0) > _AT_ONCE_SECONDS:
                await asyncio.sleep(LATE_SECONDS)
            await heard(there, payload)
            before[there] = time.monotonic()

        return await hear(connection, heard_late, poll_seconds)

    listen._heard_one = late
