"""The embedded PostgreSQL: one cluster of our own that holds both databases until they move to a server of their own.

It outlives us when we are killed, and the next start finds it. It listens on a socket only and asks every role for its
password. What it is made of is in `postgres/`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import structlog
from sqlalchemy import URL

from unison_server.kernel.database import Database
from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.binaries import Binaries, find_binaries, reachable_copy
from unison_server.kernel.postgres.cluster_files import configure, initialize
from unison_server.kernel.postgres.places import Places
from unison_server.kernel.postgres.postmaster import Postmaster
from unison_server.kernel.postgres.secret import SUPERUSER, ClusterSecret
from unison_server.kernel.postgres.trying_again import try_again
from unison_server.kernel.rls import OWNER, RUNTIME, SYSTEM
from unison_server.kernel.roles import create_databases, create_roles
from unison_server.kernel.settings import DRIVER

log = structlog.get_logger(__name__)


class Cluster:
    """The embedded PostgreSQL of one data folder.

    Args:
        data: `UNISON_DATA`. binaries: a configured `bin` folder, or empty.
        options: more of postgresql.conf, e.g. `{"fsync": "off"}` for tests.
    """

    def __init__(self, data: Path, binaries: str = "", options: Mapping[str, str] | None = None) -> None:
        self.data = data.absolute()
        self._configured = binaries
        self._options = options or {}
        self._secret = ClusterSecret.of(self.data)
        self._places = Places.of(self.data, self._secret.name)
        self._postmaster = Postmaster(self._places)
        self.folder, self.pgdata, self.sockets = self._places.folder, self._places.pgdata, self._places.sockets

    def start(self) -> None:
        """Make sure it runs and has roles and databases; finds one that runs already.

        Raises:
            EmbeddedError: no usable binaries, or PostgreSQL does not come up.
        """
        with self._alone():
            try_again(self._bring_up)

    def _bring_up(self) -> None:
        if not self.answers():
            binaries = self._binaries()
            self._places.make()
            if self._places.system_wide:
                self._secret.claim(self.folder)
            if not self.pgdata.exists():
                durable = self._options.get("fsync") != "off"
                initialize(self._places, binaries, self._secret.passwords[SUPERUSER], durable=durable)
            configure(self._places, self._options)
            self._postmaster.launch(binaries, self.answers)
        with self.connect() as connection:
            create_roles(connection, self._secret.passwords)
        with self.connect(autocommit=True) as connection:
            create_databases(connection)

    def _binaries(self) -> Binaries:
        version = self.pgdata / "PG_VERSION"
        found = find_binaries(self._configured, int(version.read_text()) if version.exists() else None)
        return reachable_copy(found) if os.geteuid() == 0 else found

    def stop(self) -> None:
        """End it after the running statements are cut; a no-op when it doesn't run."""
        with self._alone():
            self._postmaster.stop()

    def destroy(self) -> None:
        """End it and delete everything it holds."""
        self.stop()
        for folder in (self.folder, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)
        self._secret.file.unlink(missing_ok=True)

    def watch(self, end: threading.Event) -> None:
        """Start it again whenever it is gone, until `end` is set; for a thread of the server."""
        while not end.wait(0.25):
            if self.running():
                continue
            log.warning("postgresql is gone, starting it again", data=str(self.data))
            try:
                self.start()
            except (EmbeddedError, psycopg.Error, OSError) as error:
                log.error("postgresql does not start, trying again", error=str(error))
                end.wait(5)

    def running(self) -> bool:
        """Whether its process lives, whoever started it."""
        return self._postmaster.running()

    def answers(self) -> bool:
        """Whether it answers `SELECT 1`: a process alone proves nothing.

        Raises:
            EmbeddedError: it does not take our password.
        """
        try:
            with self.connect(timeout=2) as connection:
                return connection.execute("select 1").fetchone() == (1,)
        except psycopg.Error as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"{self._secret.file} does not hold the passwords of the PostgreSQL in {self.folder}: put back "
                    "the file that was there when it was made"
                ) from None
            return False

    def connect(self, name: str = "postgres", *, autocommit: bool = False, timeout: int = 10) -> psycopg.Connection:
        """A connection as superuser, for the cluster's own upkeep and for tests."""
        return psycopg.connect(
            host=str(self.sockets),
            user=SUPERUSER,
            password=self._secret.passwords[SUPERUSER],
            dbname=name,
            autocommit=autocommit,
            connect_timeout=timeout,
        )

    def urls(self, names: Mapping[Database, str] | None = None) -> dict[str, str]:
        """Addresses by settings field, e.g. `identity_owner_url`; `names` where a database is called differently."""
        endings = {OWNER: "_owner_url", RUNTIME: "_url", SYSTEM: "_system_url"}
        return {
            f"{database}{ending}": self._url(role, (names or {}).get(database, str(database)))
            for database in Database
            for role, ending in endings.items()
        }

    def _url(self, role: str, name: str) -> str:
        query = {"host": str(self.sockets)}
        url = URL.create(DRIVER, role, self._secret.passwords[role], database=name, query=query)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.data / "postgresql.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
