"""What every command stands on: settings, and databases that run while it does."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from unison_server.kernel.database import Database
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.revisions import is_up_to_date
from unison_server.kernel.settings import Settings


def embedded_cluster(settings: Settings) -> Cluster | None:
    """The embedded PostgreSQL of these settings, or None where they name servers."""
    return Cluster(settings.make_data_folder(), settings.postgres) if settings.embedded else None


@contextmanager
def kept_running(cluster: Cluster, *, is_servers: bool = False) -> Iterator[None]:
    """The embedded PostgreSQL runs as long as anybody holds this; the last ends it, if one of them started it.

    Commands come and go beside a server and beside one another, and none may end it under the others.

    Args:
        is_servers: what was found running, e.g. after a kill, is ended too.
    """
    with (cluster.data / "postgresql.users").open("a+") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        was_found = cluster.running()
        cluster.start()
        if is_servers or not was_found:
            users.write("started\n")
            users.flush()
        try:
            yield
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(users.fileno()).st_size:
                    cluster.stop()
                    users.truncate(0)


@contextmanager
def running_databases(settings: Settings) -> Iterator[Settings]:
    """Settings with the addresses of databases that run."""
    cluster = embedded_cluster(settings)
    if cluster is None:
        yield settings
        return
    with kept_running(cluster):
        yield settings.with_urls(cluster.urls())


def bring_up_to_date(settings: Settings) -> None:
    """Migrate both databases where they need it."""
    stale = [database for database in Database if not is_up_to_date(database, settings.owner_url(database))]
    if not stale:
        return
    from unison_server.kernel.migrate import upgrade  # with Alembic, which is slow to import

    for database in stale:
        upgrade(database, settings.owner_url(database))


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the data folder's place as its one server.

    Raises:
        EmbeddedError: another process holds it.
    """
    path = settings.make_data_folder() / "server.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EmbeddedError(
                f"a server runs on {settings.data} already (process {file.read().strip()}): end it, or set UNISON_DATA"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
