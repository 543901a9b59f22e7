"""Whether the server can do its work: databases, queue, file storage and certificate, each asked for real."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from unison_domain.kernel.contracts import HealthAnswer, HealthPart

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Refusal
from unison_server.kernel.files import Files
from unison_server.kernel.in_time import PATIENCE_SECONDS, InTime
from unison_server.kernel.jobs import DEAD_AFTER_SECONDS

KEPT_SECONDS, RETRY_SECONDS = 2.0, 0.5
"""How long a good answer, and one that tells of something wrong, are given again: asking is work, and public."""
_log = structlog.get_logger(__name__)
_QUEUE = text("""
    select (select count(*) from procrastinate_workers where last_heartbeat > now() - make_interval(secs => :dead)),
           (select count(*) from procrastinate_jobs
            where status = 'todo' and coalesce(scheduled_at, '-infinity') <= now()),
           (select count(*) from procrastinate_jobs where status = 'failed')
""")


class _Wrong(Exception):
    """A part answers but is not well."""


class KeptHealth:
    """Asks one at a time and gives the answer again for a while.

    Args:
        ask: takes no longer than its parts' patience; whoever comes meanwhile gets the answer before.

    Attributes:
        is_asking: whether somebody waits for the parts.
    """

    def __init__(self, ask: Callable[[], HealthAnswer], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._asking = threading.Lock()
        self._kept: tuple[float, HealthAnswer] | None = None

    @property
    def is_asking(self) -> bool:
        return self._asking.locked()

    def answer(self) -> HealthAnswer:
        """How the server is, or was some seconds ago."""
        kept = self._kept
        if kept is not None and (self._clock() < kept[0] or self.is_asking):
            return kept[1]
        with self._asking:
            if self._kept is kept:
                answer = self._ask()
                self._kept = self._clock() + (KEPT_SECONDS if answer.ok else RETRY_SECONDS), answer
                return answer
        return self.answer()


class HealthCheck:
    """Asks every part at once and waits for none longer than `PATIENCE_SECONDS`.

    Args:
        certificate: whether the one of HTTPS holds and until when in words; None without HTTPS.
    """

    def __init__(
        self,
        databases: Databases,
        system: Databases,
        files: Files,
        certificate: Callable[[], tuple[bool, str] | None] = lambda: None,
    ) -> None:
        asked: Mapping[str, Callable[[], str]] = {
            **{database: partial(_answers, databases.engine_for(database)) for database in Database},
            "queue": partial(_queue, system.engine_for(Database.OPERATIONS)),
            "storage": partial(_storage, files),
        }
        self._parts = {name: InTime(partial(_part, name, ask)) for name, ask in asked.items()}
        self._certificate = certificate

    def ask(self) -> HealthAnswer:
        """How every part is; never raises."""
        until = time.monotonic() + PATIENCE_SECONDS
        awaited = {name: part.begin() for name, part in self._parts.items()}
        parts = [_in_time(name, answer, until) for name, answer in awaited.items()]
        if (held := self._certificate()) is not None:
            parts.append(HealthPart(name="certificate", ok=held[0], detail=held[1], seconds=0.0))
        return HealthAnswer(
            ok=all(part.ok for part in parts), version=version("unison-server"), time=datetime.now(UTC), parts=parts
        )


def _in_time(name: str, awaited: Future[HealthPart], until: float) -> HealthPart:
    try:
        return awaited.result(max(0.0, until - time.monotonic()))
    except TimeoutError:
        detail = f"hangs: no answer within {PATIENCE_SECONDS:g} s"
        return HealthPart(name=name, ok=False, detail=detail, seconds=PATIENCE_SECONDS)


def _part(name: str, ask: Callable[[], str]) -> HealthPart:
    begun = time.perf_counter()
    try:
        ok, detail = True, ask()
    except SQLAlchemyError as error:
        # The full text would tell anybody where the database lives.
        ok, detail = False, f"does not answer ({type(error).__name__})"
    except _Wrong as error:
        ok, detail = False, str(error)
    return HealthPart(name=name, ok=ok, detail=detail, seconds=round(time.perf_counter() - begun, 4))


def _answers(engine: Engine) -> str:
    with engine.connect() as connection:
        return f"PostgreSQL {connection.execute(text('show server_version')).scalar_one()}"


def _queue(engine: Engine) -> str:
    with engine.connect() as connection:
        workers, waiting, failed = connection.execute(_QUEUE, {"dead": DEAD_AFTER_SECONDS}).one()
    said = f"{workers} workers, {waiting} jobs waiting, {failed} failed"
    if not workers:
        raise _Wrong(f"no worker runs: {said}")
    return said


def _storage(files: Files) -> str:
    try:
        files.probe()
    except Refusal as error:
        # Anybody may ask: where the files lie is for who reads the log.
        _log.warning("storage takes no files", error=str(error))
        raise _Wrong("takes no files; the server's log says why") from None
    return "takes files"
