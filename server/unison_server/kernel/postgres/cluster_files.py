"""The files of a cluster: made by initdb once, configured at each start."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.binaries import Binaries
from unison_server.kernel.postgres.places import Places
from unison_server.kernel.postgres.secret import SUPERUSER
from unison_server.kernel.settings import write_once

_CACHE, _MOST_LOG = "512MB", "4GB"
"""What is given for machines of unknown size (128 MB, 1 GB) writes a large table's pages and indexes out and in again,
and each page whole after one more checkpoint: a year of a machine was rebuilt in a tenth more time. Memory is taken as
it is used; how long a crash takes to recover from stays bounded by the time between checkpoints (5 min)."""
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": _CACHE,
    "max_wal_size": _MOST_LOG,
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


def initialize(places: Places, binaries: Binaries, password: str, *, durable: bool) -> None:
    """Make them beside their place and move them there whole, so that being killed leaves no half of them.

    Args:
        password: of the superuser. durable: wait until the disk has them.

    Raises:
        EmbeddedError: with the words of initdb.
    """
    draft = places.folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    told = places.folder / "password"
    told.unlink(missing_ok=True)
    write_once(told, password.encode())
    run_as = places.run_as()
    if "user" in run_as:
        os.chown(told, run_as["user"], run_as["group"])
    command = [str(binaries.folder / "initdb"), "-D", str(draft), "-U", SUPERUSER, f"--pwfile={told}"]
    command += ["-A", "scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    if not durable:
        command.append("--no-sync")
    try:
        made = subprocess.run(command, capture_output=True, text=True, **run_as)
    finally:
        told.unlink()
    if made.returncode:
        raise EmbeddedError(f"initdb in {places.folder} failed: {made.stderr.strip() or made.stdout.strip()}")
    (draft / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    draft.rename(places.pgdata)


def configure(places: Places, options: Mapping[str, str]) -> None:
    """Write postgresql.conf; `options` go before ours."""
    chosen = {**_OPTIONS, **options, "unix_socket_directories": str(places.sockets)}
    lines = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in chosen.items())
    (places.pgdata / "postgresql.conf").write_text(f"# Written by Unison at each start.\n{lines}")
