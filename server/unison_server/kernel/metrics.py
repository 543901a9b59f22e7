"""Prometheus metrics of one server process."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from prometheus_client import CollectorRegistry, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from unison_server.kernel.database import Database, Databases

CONTENT_TYPE = CONTENT_TYPE_LATEST
_JOBS = "select count(*) from procrastinate_jobs where status = cast(:status as procrastinate_job_status)"
log = structlog.get_logger(__name__)


class Metrics:
    """What is counted here, and what is asked of the databases when metrics are read."""

    def __init__(self, databases: Databases, system: Databases) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "unison_request_seconds",
            "Time to answer requests",
            ["method", "route", "status"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self._registry,
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._registry.register(_DatabaseCollector(databases, system))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is the path's pattern, so that ids make no new series."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format, of `CONTENT_TYPE`."""
        return generate_latest(self._registry)


class _DatabaseCollector(Collector):
    """Reads backlogs and pools at the moment of scraping: nothing to keep in step."""

    def __init__(self, databases: Databases, system: Databases) -> None:
        self._databases = databases
        self._system = system

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("unison_database_up", "Whether the database answers", labels=["database"])
        pool = GaugeMetricFamily("unison_pool_in_use", "Connections in use", labels=["database"])
        outbox = GaugeMetricFamily("unison_outbox_waiting", "Rows the dispatcher has not numbered", labels=["database"])
        jobs = GaugeMetricFamily("unison_jobs", "Jobs in the queue", labels=["status"])
        for database in Database:
            waiting = _one(self._system.engine_for(database), "select count(*) from outbox")
            up.add_metric([database], 0 if waiting is None else 1)
            if waiting is not None:
                outbox.add_metric([database], waiting)
            queue_pool = self._databases.engine_for(database).pool
            if isinstance(queue_pool, QueuePool):
                pool.add_metric([database], queue_pool.checkedout())
        for status in ("todo", "doing", "failed"):
            count = _one(self._system.operations, _JOBS, status=status)
            if count is not None:
                jobs.add_metric([status], count)
        yield from (up, pool, outbox, jobs)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that registering asks no database."""
        return iter(())


def _one(engine: Engine, statement: str, **parameters: str) -> float | None:
    try:
        with engine.connect() as connection:
            return float(connection.execute(text(statement), parameters).scalar_one())
    except SQLAlchemyError as error:
        log.warning("metrics can't be read", error=type(error).__name__)
        return None
