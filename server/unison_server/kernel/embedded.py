"""The embedded PostgreSQL: one cluster of our own that holds both databases until they move to a server of their own.

It outlives us when we are killed, and the next start finds it. It listens on a socket only, asks every role for its
password, and keeps the passwords in a file that only its owner reads. PostgreSQL refuses to run as root: then the
system user `unison` runs it, from a copy of the binaries that this user can reach.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import psycopg
import structlog
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from unison_server.kernel.database import Database
from unison_server.kernel.postgres_binaries import (
    MACHINE_FOLDER,
    Binaries,
    EmbeddedError,
    find_binaries,
    make_machine_folder,
    reachable_copy,
    system_user,
)
from unison_server.kernel.rls import OWNER, RUNTIME, SYSTEM
from unison_server.kernel.roles import ROLES, create_databases, create_roles
from unison_server.kernel.settings import DRIVER, write_once

SUPERUSER = "postgres"
CLUSTER_FILE = "postgresql.json"
_LONGEST_SOCKET_PATH = 107  # bytes, sun_path of unix(7)
_SOCKET_LOCK = ".s.PGSQL.5432.lock"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_PATIENCE = 600.0  # seconds: recovery after a crash replays up to max_wal_size
TRIES_SECONDS = 30.0
"""A PostgreSQL that is killed while we begin is started anew for so long."""
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %u@%d ",
}

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


class _RunAs(TypedDict, total=False):
    """Whom `Popen` runs a program as."""

    user: int
    group: int
    extra_groups: list[int]


class Cluster:
    """The embedded PostgreSQL of one data folder.

    Args:
        data: `UNISON_DATA`. binaries: a configured `bin` folder, or empty.
        options: more of postgresql.conf, e.g. `{"fsync": "off"}` for tests.
    """

    def __init__(self, data: Path, binaries: str = "", options: Mapping[str, str] | None = None) -> None:
        self.data = data.absolute()
        self._configured = binaries
        self._options = {**_OPTIONS, **(options or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._secret = self.data / CLUSTER_FILE
        self.name, self._passwords = self._read_secret()
        own = self.data / "postgresql"
        # Root also starts what an ordinary user made in the data folder, as that user and where it is.
        self._system_wide = os.geteuid() == 0 and not own.exists()
        self.folder = MACHINE_FOLDER / f"cluster-{self.name}" if self._system_wide else own
        self.pgdata = self.folder / "data"
        self.sockets = self._socket_folder()

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
            self._make_folders()
            if not self.pgdata.exists():
                self._initialize(binaries)
            self._configure()
            self._launch(binaries)
        with self.connect() as connection:
            create_roles(connection, self._passwords)
        with self.connect(autocommit=True) as connection:
            create_databases(connection)

    def stop(self) -> None:
        """End it after the running statements are cut; a no-op when it doesn't run."""
        with self._alone():
            if (pid := self._postmaster()) is None:
                return
            for number, patience in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 20.0)):
                os.kill(pid, number)
                deadline = time.monotonic() + patience
                while self.running() and time.monotonic() < deadline:
                    time.sleep(0.01)
                if not self.running():
                    return
            raise EmbeddedError(f"PostgreSQL of {self.data} (process {pid}) does not end")

    def destroy(self) -> None:
        """End it and delete everything it holds."""
        self.stop()
        for folder in (self.folder, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)
        self._secret.unlink(missing_ok=True)

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
                    f"{self._secret} does not hold the passwords of the PostgreSQL in {self.folder}: put back the "
                    "file that was there when it was made"
                ) from None
            return False

    def running(self) -> bool:
        """Whether its postmaster lives, whoever started it."""
        if self._process is not None and self._process.poll() is None:
            return True
        return self._postmaster() is not None

    def connect(self, name: str = "postgres", *, autocommit: bool = False, timeout: int = 10) -> psycopg.Connection:
        """A connection as superuser, for the cluster's own upkeep and for tests."""
        return psycopg.connect(
            host=str(self.sockets),
            user=SUPERUSER,
            password=self._passwords[SUPERUSER],
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
        url = URL.create(DRIVER, role, self._passwords[role], database=name, query={"host": str(self.sockets)})
        return url.render_as_string(hide_password=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.data / "postgresql.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read_secret(self) -> tuple[str, dict[str, str]]:
        """Name of the cluster and passwords by role, made at the first call."""
        self.data.mkdir(parents=True, exist_ok=True)
        if not self._secret.exists():
            passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}
            write_once(self._secret, json.dumps({"cluster": secrets.token_hex(4), "passwords": passwords}).encode())
        try:
            kept = json.loads(self._secret.read_bytes())
            return str(kept["cluster"]), {role: str(kept["passwords"][role]) for role in (SUPERUSER, *ROLES)}
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddedError(
                f"{self._secret} can't be read ({error!r}): put back a copy, nothing else knows the passwords"
            ) from None

    def _socket_folder(self) -> Path:
        if self._system_wide:
            return Path(f"/run/unison-{self.name}")
        if len(os.fsencode(self.folder / _SOCKET_LOCK)) <= _LONGEST_SOCKET_PATH:
            return self.folder
        return Path(f"/tmp/unison-{self.name}")  # noqa: S108 - made for us alone and its owner is checked

    def _run_as(self) -> _RunAs:
        """The folder's owner where we are root, else we ourselves."""
        if os.geteuid() != 0:
            return {}
        kept = self.folder.stat()
        return {"user": kept.st_uid, "group": kept.st_gid, "extra_groups": []}

    def _make_folders(self) -> None:
        self._refuse_copy()
        if self.folder.exists():
            owner = (self.folder.stat().st_uid, self.folder.stat().st_gid)
        else:
            owner = system_user() if self._system_wide else (os.geteuid(), os.getegid())
        if self._system_wide:
            make_machine_folder()
        for folder in (self.folder, self.folder / "log", self.sockets):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                os.chown(folder, *owner)
            elif folder.is_symlink() or folder.stat().st_uid != owner[0]:
                raise EmbeddedError(f"{folder} does not belong to user {owner[0]}, who runs PostgreSQL: move it away")
        (self.folder / "home").write_text(str(self.data))

    def _refuse_copy(self) -> None:
        """A data folder copied as root would share the original's cluster."""
        home = self.folder / "home"
        if not self._system_wide or not home.exists():
            return
        original = Path(home.read_text())
        secret = original / CLUSTER_FILE
        if original != self.data and secret.exists() and self.name in secret.read_text():
            raise EmbeddedError(
                f"{self.data} is a copy of {original} and would share its databases: use `unison backup` and "
                f"`unison restore`, or delete {self._secret} to begin with empty databases"
            )

    def _binaries(self) -> Binaries:
        version = self.pgdata / "PG_VERSION"
        found = find_binaries(self._configured, int(version.read_text()) if version.exists() else None)
        return reachable_copy(found) if os.geteuid() == 0 else found

    def _initialize(self, binaries: Binaries) -> None:
        """Make the cluster beside its place and move it there whole, so that being killed leaves no half of it."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        write_once(password, self._passwords[SUPERUSER].encode())
        run_as = self._run_as()
        if run_as:
            os.chown(password, run_as["user"], run_as["group"])
        command = [str(binaries.folder / "initdb"), "-D", str(draft), "-U", SUPERUSER, f"--pwfile={password}"]
        command += ["-A", "scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        if self._options.get("fsync") == "off":
            command.append("--no-sync")
        try:
            made = subprocess.run(
                command, cwd=self.folder, env=_ENVIRONMENT, umask=0o077, capture_output=True, text=True, **run_as
            )
        finally:
            password.unlink()
        if made.returncode:
            raise EmbeddedError(f"initdb in {self.folder} failed: {made.stderr.strip() or made.stdout.strip()}")
        (draft / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        draft.rename(self.pgdata)

    def _configure(self) -> None:
        options = {**self._options, "unix_socket_directories": str(self.sockets)}
        lines = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in options.items())
        (self.pgdata / "postgresql.conf").write_text(f"# Written by Unison at each start.\n{lines}")

    def _launch(self, binaries: Binaries) -> None:
        """Start it and wait until it answers.

        After kill -9 its children hold the shared memory for a moment, and PostgreSQL refuses to start: we try again,
        and also where it was killed while it started.
        """
        deadline, tries_until = time.monotonic() + _PATIENCE, time.monotonic() + TRIES_SECONDS
        spawned = False
        while not self.answers():
            if not self.running():
                if spawned and (not self._may_start_now() or time.monotonic() > tries_until):
                    raise EmbeddedError(f"PostgreSQL of {self.data} does not start: {self._last_words()}")
                self._spawn(binaries)
                spawned = True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL of {self.data} runs but does not answer, see {self.folder / 'log'}")
            time.sleep(0.02)

    def _may_start_now(self) -> bool:
        """Whether what ended the one we spawned is no reason that the next should end."""
        killed = self._process is not None and self._process.poll() == -signal.SIGKILL
        return killed or "still in use" in self._last_words()

    def _spawn(self, binaries: Binaries) -> None:
        # It is not running: what these name is a zombie, or the number was given to another process.
        for left_behind in (self.pgdata / "postmaster.pid", self.sockets / _SOCKET_LOCK):
            left_behind.unlink(missing_ok=True)
        with (self.folder / "log" / "start.log").open("wb") as output:
            self._process = subprocess.Popen(
                [binaries.folder / "postgres", "-D", self.pgdata],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_ENVIRONMENT,
                umask=0o077,
                start_new_session=True,  # Ctrl+C in the terminal is for us, not for it
                **self._run_as(),
            )

    def _postmaster(self) -> int | None:
        """Process number of the living postmaster; a zombie has no command line."""
        try:
            pid = int((self.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.pgdata) in arguments else None

    def _last_words(self) -> str:
        logs = sorted((self.folder / "log").iterdir(), key=lambda path: path.stat().st_mtime)
        return " ".join(path.read_text(errors="replace")[-1_000:].strip() for path in logs[-2:])
