"""Backup and restore of both databases.

A backup is a folder with one archive per database and a manifest with their checksums; it appears whole or not at all.
Restore builds each database beside the one in use, brings it to this program's migrations, and then exchanges the names
in one transaction: until then nothing is touched, and afterwards the former databases are still there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, create_engine, make_url, pool, text

from unison_server.kernel import outbox, revisions
from unison_server.kernel.database import Database
from unison_server.kernel.migrate import upgrade
from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.binaries import find_binaries
from unison_server.kernel.roles import create_database
from unison_server.kernel.settings import Settings
from unison_server.kernel.undone import note_undone

_MANIFEST = "manifest.json"
# Identity last: a person known there and not yet in operations is copied over again, the reverse would stay an orphan.
_ORDER = (Database.OPERATIONS, Database.IDENTITY)

_FORMER = "_before_%Y%m%d_%H%M%S"
_LONGEST_NAME = 63 - len("_before_20260101_000000")  # bytes; PostgreSQL cuts longer names off without a word


Amend = Callable[[Mapping[Database, URL], Mapping[Database, URL]], None]
"""Given the owner's addresses of the databases in use, and those of the restored ones for the role that row level
security holds, since one that sees every organization amends them all; no connection may be left open."""


class BackupError(Exception):
    """A backup that can't be made or restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One database in a backup.

    Attributes:
        revision: of its migrations. bytes, sha256: of the file.
    """

    file: str
    revision: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. created_at: when it was begun, UTC ISO 8601."""

    created_at: str
    unison: str
    postgresql: str
    databases: dict[str, Archive]


def backup(settings: Settings, folder: Path) -> Manifest:
    """Write both databases into `folder`, which must not exist or be empty; people may go on working.

    Raises:
        BackupError: the folder is in use, or pg_dump fails; nothing is left behind then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not an empty folder: name one that does not exist yet")
    draft = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(mode=0o700, parents=True)
        manifest = _write(settings, draft)
        if not all(archive.revision for archive in manifest.databases.values()):
            raise BackupError(f"there is nothing to back up: the databases of {settings.data} were never migrated")
        (draft / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        _to_disk(draft)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise BackupError(f"{folder} can't be written ({error.strerror}): name another folder") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def restore(settings: Settings, folder: Path, amend: Amend | None = None) -> dict[Database, str]:
    """Put the backup in place of both databases. No server may run.

    Args:
        amend: changes the restored databases before they are in use; when it fails, nothing has changed.

    Returns:
        Names under which the former databases are kept, until `drop_former`.

    Raises:
        BackupError: the backup is damaged or newer than this program, or somebody is connected; nothing has changed.
    """
    manifest = read_manifest(folder)
    urls = {database: make_url(settings.owner_url(database)) for database in _ORDER}
    drafts = {database: url.set(database=f"{url.database}_restoring") for database, url in urls.items()}
    for url in urls.values():
        _refuse_long_name(str(url.database))
        with _upkeep(url) as connection:
            _refuse_company(connection, str(url.database))
    for database, draft in drafts.items():
        _rebuild(settings, database, draft, folder / manifest.databases[database].file, manifest.created_at)
    if amend is not None:
        runtime = {one: make_url(settings.runtime_url(one)).set(database=drafts[one].database) for one in drafts}
        amend(urls, runtime)
    return _exchange(urls, drafts)


def drop_former(settings: Settings) -> list[str]:
    """Delete the databases that restores replaced; returns their names."""
    dropped = []
    for database in _ORDER:
        url = make_url(settings.owner_url(database))
        former = re.compile(rf"{re.escape(str(url.database))}_before_\d{{8}}_\d{{6}}")
        with _upkeep(url) as connection:
            names = [name for (name,) in connection.execute("select datname from pg_database order by 1").fetchall()]
            for name in filter(former.fullmatch, names):
                _drop(connection, name)
                dropped.append(name)
    return dropped


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose archives are as they were written and known to this program.

    Raises:
        BackupError: they are not.
    """
    try:
        told: dict[str, Any] = json.loads((folder / _MANIFEST).read_text())
        kept: dict[str, Any] = told.pop("databases")
        manifest = Manifest(**told, databases={name: Archive(**kept[name]) for name in _ORDER})
    except FileNotFoundError:
        raise BackupError(f"{folder} holds no backup: there is no {_MANIFEST} in it") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder / _MANIFEST} can't be read ({error!r}): take another backup") from None
    for name, archive in manifest.databases.items():
        path = folder / archive.file
        if not path.is_file() or path.stat().st_size != archive.bytes or _sha256(path) != archive.sha256:
            raise BackupError(f"{path} is not as it was written (size or SHA-256 differ): take another backup")
        if archive.revision not in revisions.known(Database(name)):
            raise BackupError(
                f"{folder} was written by Unison {manifest.unison}, this is {version('unison-server')}, which does not "
                f"know migration {archive.revision!r} of {name}: install that version first"
            )
    return manifest


def _write(settings: Settings, folder: Path) -> Manifest:
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    archives, server = {}, ""
    for database in _ORDER:
        url = make_url(settings.owner_url(database))
        server, revision = _versions(url)
        path = folder / f"{database}.dump"
        # Forced row level security binds the owner too; its policy shows it every row.
        run_program(
            _program(settings, "pg_dump", server), url, "--format=custom", "--enable-row-security", f"--file={path}"
        )
        archives[database.value] = Archive(path.name, revision, path.stat().st_size, _sha256(path))
    return Manifest(begun, version("unison-server"), server, archives)


def _rebuild(settings: Settings, database: Database, draft: URL, archive: Path, backed_up_at: str) -> None:
    """Make the database of `draft` from the archive, up to date and with a new epoch of events; note what is undone."""
    with _upkeep(draft) as connection:
        _drop(connection, str(draft.database))
        create_database(connection, str(draft.database))
    server, _ = _versions(draft)
    program = _program(settings, "pg_restore", server)
    options = ("--no-owner", "--enable-row-security", "--exit-on-error", "--single-transaction")
    run_program(program, draft, *options, str(archive))
    upgrade(database, draft.render_as_string(hide_password=False))
    engine = create_engine(draft, poolclass=pool.NullPool)
    with engine.begin() as connected:
        outbox.new_epoch(connected)
        note_undone(connected, backed_up_at)


def _exchange(urls: dict[Database, URL], drafts: dict[Database, URL]) -> dict[Database, str]:
    """Give the drafts the names of the databases in use, all at once where one cluster holds both."""
    former = {database: f"{url.database}{datetime.now(UTC):{_FORMER}}" for database, url in urls.items()}
    with ExitStack() as stack:
        servers = {
            server: stack.enter_context(_upkeep(server))
            for server in {url.set(database="postgres") for url in urls.values()}
        }
        for connection in servers.values():
            stack.enter_context(connection.transaction())
        for database, url in urls.items():
            connection = servers[url.set(database="postgres")]
            _refuse_company(connection, str(url.database))
            _rename(connection, str(url.database), former[database])
            _rename(connection, str(drafts[database].database), str(url.database))
    return former


def _refuse_long_name(name: str) -> None:
    """Cut off, the name of a draft could be that of the database itself."""
    if len(name.encode()) > _LONGEST_NAME:
        raise BackupError(f"The name {name} is too long to restore beside it: give it at most {_LONGEST_NAME} bytes")


def _refuse_company(connection: psycopg.Connection, name: str) -> None:
    # Autovacuum, which is nobody's, gives way by itself.
    others = "select count(*) from pg_stat_activity where datname = %s and usename is not null"
    found = connection.execute(others, (name,)).fetchone()
    if found and found[0]:
        raise BackupError(f"{found[0]} connections to {name} are open: stop every server, then restore again")


def _rename(connection: psycopg.Connection, old: str, new: str) -> None:
    connection.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _upkeep(url: URL) -> psycopg.Connection:
    """A connection as owner beside the databases, where they can be created and renamed."""
    libpq = url.set(drivername="postgresql", database="postgres")
    return psycopg.connect(libpq.render_as_string(hide_password=False), autocommit=True)


def _versions(url: URL) -> tuple[str, str]:
    """Of PostgreSQL and of the migrations."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        server = str(connection.execute(text("show server_version")).scalar_one()).split()[0]
        return server, revisions.current(connection) or ""


def _program(settings: Settings, name: str, server: str) -> Path:
    """The program of the server's own major version, because dumps of newer ones don't load into older servers."""
    try:
        binaries = find_binaries(settings.postgres, int(server.split(".")[0]))
    except EmbeddedError:
        binaries = find_binaries(settings.postgres, None)
    return binaries.folder / name


def run_program(program: Path, url: URL, *options: str) -> str:
    """Run a program of PostgreSQL on the database and give what it prints.

    The password is in the environment, where `ps` shows nothing.

    Raises:
        BackupError: it fails.
    """
    address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    command = [str(program), f"--dbname={address.render_as_string()}", *options]
    environment = {**os.environ, "PGPASSWORD": str(url.password or ""), "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise BackupError(f"{program.name} of {url.database} failed: {done.stderr.strip()[-1_000:]}")
    return done.stdout


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(folder: Path) -> None:
    """A backup that a power cut could empty is none."""
    for path in (*folder.iterdir(), folder):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
