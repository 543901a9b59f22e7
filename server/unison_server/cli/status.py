"""`unison status`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import create_engine, pool

from unison_server.certificates.tls import speaks_tls, tls_health
from unison_server.cli.ground import embedded_cluster
from unison_server.kernel import revisions
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.files import Files
from unison_server.kernel.health import HealthCheck
from unison_server.kernel.postgres.secret import CLUSTER_FILE
from unison_server.kernel.settings import Settings


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It has no options."""


def run(_arguments: argparse.Namespace) -> int:
    """Look, change nothing; 0 when all is well."""
    settings = Settings.load()
    if settings.embedded and not (settings.data / CLUSTER_FILE).exists():
        print(f"{settings.data} holds no data yet; `unison serve` begins")
        return 1
    cluster = embedded_cluster(settings)
    if cluster:
        if not cluster.answers():
            print(f"PostgreSQL of {settings.data} does not run; `unison serve` starts it")
            return 1
        print(f"PostgreSQL of {settings.data} runs in {cluster.folder}")
        settings = settings.with_urls(cluster.urls())
    stale = [database for database in Database if not _tell_migration(database, settings)]
    with _engines(settings) as (databases, system):
        health = HealthCheck(databases, system, Files.open(settings), partial(_certificate, settings)).ask()
    for part in health.parts:
        print(f"{part.name}: {'ok' if part.ok else 'NOT OK'}, {part.detail}")
    return 0 if health.ok and not stale else 1


def _certificate(settings: Settings) -> tuple[bool, str] | None:
    """As the server tells it, and whether the one that runs shows it at all."""
    found = tls_health(settings)
    if found is None or not found[0] or speaks_tls(settings.host, settings.port) is not False:
        return found
    return False, f"{found[1]}; but the server that runs speaks plain HTTP still: start it again"


def _tell_migration(database: Database, settings: Settings) -> bool:
    """Print which one the database is at; returns whether that is the one this program needs."""
    engine = create_engine(settings.owner_url(database), poolclass=pool.NullPool)
    with engine.connect() as connection:
        current, head = revisions.current(connection), revisions.head(database)
    needs = "" if current == head else f", NOT OK: needs {head}, run `unison migrate`"
    print(f"{database}: at migration {current}{needs}")
    return current == head


@contextmanager
def _engines(settings: Settings) -> Iterator[tuple[Databases, Databases]]:
    databases, system = settings.databases(), settings.system_databases()
    try:
        yield databases, system
    finally:
        databases.dispose()
        system.dispose()
