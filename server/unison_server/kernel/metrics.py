"""Prometheus metrics of one server process."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from ipaddress import IPv6Address, ip_address

import structlog
from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import NotFound, NotSignedIn
from unison_server.kernel.in_time import PATIENCE_SECONDS, InTime

CONTENT_TYPE = CONTENT_TYPE_LATEST
KEPT_SECONDS = 5.0
"""What the databases said is told again for so long: whoever reads often must not keep them busy."""
_OF_PROXIES = {"forwarded", "via", "x-real-ip"}
_JOBS = "select count(*) from procrastinate_jobs where status = cast(:status as procrastinate_job_status)"
log = structlog.get_logger(__name__)


class Metrics:
    """What is counted here, and what is asked of the databases when metrics are read."""

    def __init__(
        self,
        databases: Databases,
        system: Databases,
        certificate_ends: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "unison_request_seconds",
            "Time to answer requests",
            ["method", "route", "status"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self._registry,
        )
        self._refused = Counter(
            "unison_refused",
            "Links, keys, tokens and codes that let nobody in, and addresses that had to wait",
            ["outcome"],
            registry=self._registry,
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._registry.register(_DatabaseCollector(databases, system))
        self._registry.register(_CertificateCollector(certificate_ends))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is the path's pattern, so that ids make no new series."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def refused(self, outcome: str) -> None:
        """Count who was not let in."""
        self._refused.labels(outcome).inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format, of `CONTENT_TYPE`."""
        return generate_latest(self._registry)


def demand_reader(request: Request, token: str, refused: Callable[[str], None]) -> None:
    """Let pass who shows the token; where none is set, programs on this machine.

    Args:
        refused: told the address of who showed another.

    Raises:
        NotSignedIn: another token, or none. NotFound: from elsewhere.
    """
    if token:
        shown = request.headers.get("authorization", "")
        if not secrets.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            refused(request.client.host if request.client else "")
            raise NotSignedIn("Metrics need the metrics_token", headers={"WWW-Authenticate": "Bearer"})
    elif _is_forwarded(request) or not _is_loopback(request.client.host if request.client else ""):
        raise NotFound("Metrics are for this machine; set metrics_token to read them from elsewhere, or by a proxy")


def _is_forwarded(request: Request) -> bool:
    """Whether a proxy says that it asks for somebody else, who may be anywhere though the proxy is here."""
    return any(name in _OF_PROXIES or name.startswith("x-forwarded-") for name in request.headers)


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


class _DatabaseCollector(Collector):
    """Reads backlogs and pools when metrics are read; what was read is told again for some seconds."""

    def __init__(self, databases: Databases, system: Databases) -> None:
        self._databases = databases
        self._system = system
        self._lock = threading.Lock()
        self._read: list[GaugeMetricFamily] = []
        self._until = 0.0
        self._asked = InTime(lambda: list(self._ask()))

    def collect(self) -> list[GaugeMetricFamily]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._read = self._read_in_time()
                self._until = time.monotonic() + KEPT_SECONDS
            return self._read

    def _read_in_time(self) -> list[GaugeMetricFamily]:
        """What the databases say; that none is up where they hang."""
        try:
            return self._asked.begin().result(PATIENCE_SECONDS)
        except TimeoutError:
            log.warning("metrics can't be read", error="the databases hang")
            return [_up(dict.fromkeys(Database, False))]

    def _ask(self) -> Iterator[GaugeMetricFamily]:
        answers: dict[Database, bool] = {}
        pool = GaugeMetricFamily("unison_pool_in_use", "Connections in use", labels=["database"])
        outbox = GaugeMetricFamily("unison_outbox_waiting", "Rows the dispatcher has not numbered", labels=["database"])
        jobs = GaugeMetricFamily("unison_jobs", "Jobs in the queue", labels=["status"])
        for database in Database:
            waiting = _one(self._system.engine_for(database), "select count(*) from outbox")
            answers[database] = waiting is not None
            if waiting is not None:
                outbox.add_metric([database], waiting)
            queue_pool = self._databases.engine_for(database).pool
            if isinstance(queue_pool, QueuePool):
                pool.add_metric([database], queue_pool.checkedout())
        for status in ("todo", "doing", "failed"):
            count = _one(self._system.operations, _JOBS, status=status)
            if count is not None:
                jobs.add_metric([status], count)
        yield from (_up(answers), pool, outbox, jobs)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that registering asks no database."""
        return iter(())


class _CertificateCollector(Collector):
    """Reads the certificate's files when metrics are read."""

    def __init__(self, ends: Callable[[], datetime | None]) -> None:
        self._ends = ends

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ends = self._ends()
        if ends is not None:
            words = "When the certificate of HTTPS ends, in seconds since 1970"
            yield GaugeMetricFamily("unison_certificate_ends_timestamp_seconds", words, value=ends.timestamp())


def _up(answers: Mapping[Database, bool]) -> GaugeMetricFamily:
    up = GaugeMetricFamily("unison_database_up", "Whether the database answers", labels=["database"])
    for database, does_answer in answers.items():
        up.add_metric([database], int(does_answer))
    return up


def _one(engine: Engine, statement: str, **parameters: str) -> float | None:
    try:
        with engine.connect() as connection:
            return float(connection.execute(text(statement), parameters).scalar_one())
    except SQLAlchemyError as error:
        log.warning("metrics can't be read", error=type(error).__name__)
        return None
