"""Where the embedded PostgreSQL lies and who runs it.

PostgreSQL refuses to run as root. Started by root, it belongs to the system user `unison` and lies where this user can
go; started by anybody else, all of it lies in the data folder.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict

from unison_server.kernel.postgres import EmbeddedError

MACHINE_FOLDER = Path("/var/lib/unison")
"""Where root keeps what the system user runs and writes."""
SOCKET_LOCK = ".s.PGSQL.5432.lock"
_USER = "unison"
_LONGEST_SOCKET_PATH = 107  # bytes, sun_path of unix(7)
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class RunAs(TypedDict, total=False):
    """Where and as whom a program of PostgreSQL runs, as `subprocess` takes it."""

    cwd: Path
    env: dict[str, str]
    umask: int
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one cluster.

    Attributes:
        data: `UNISON_DATA`. folder: the cluster's own, with all but its sockets.
        system_wide: whether it is the system user's.
    """

    data: Path
    folder: Path
    sockets: Path
    system_wide: bool

    @classmethod
    def of(cls, data: Path, name: str) -> Self:
        """Those of the cluster `name` of a data folder; what an ordinary user made there stays there for root too."""
        own = data / "postgresql"
        if os.geteuid() == 0 and not own.exists():
            return cls(data, MACHINE_FOLDER / f"cluster-{name}", Path(f"/run/unison-{name}"), system_wide=True)
        short = len(os.fsencode(own / SOCKET_LOCK)) <= _LONGEST_SOCKET_PATH
        elsewhere = Path(f"/tmp/unison-{name}")  # noqa: S108 - made for us alone and its owner is checked
        return cls(data, own, own if short else elsewhere, system_wide=False)

    @property
    def pgdata(self) -> Path:
        """What PostgreSQL calls its data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Its logs, one for each day of the week."""
        return self.folder / "log"

    def make(self) -> None:
        """Make what is missing and touch nothing that is there.

        Raises:
            EmbeddedError: one of them is somebody else's.
        """
        owner = self._owner()
        if self.system_wide:
            make_machine_folder()
        for folder in (self.folder, self.log, self.sockets):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                os.chown(folder, *owner)
            elif folder.is_symlink() or folder.stat().st_uid != owner[0]:
                raise EmbeddedError(f"{folder} does not belong to user {owner[0]}, who runs PostgreSQL: move it away")

    def _owner(self) -> tuple[int, int]:
        if self.folder.exists():
            kept = self.folder.stat()
            return kept.st_uid, kept.st_gid
        return _system_user() if self.system_wide else (os.geteuid(), os.getegid())

    def run_as(self) -> RunAs:
        """How its programs run: as the folder's owner where we are root, else as we ourselves."""
        how = RunAs(cwd=self.folder, env=_ENVIRONMENT, umask=0o077)
        if os.geteuid() == 0:
            user, group = self._owner()
            how |= RunAs(user=user, group=group, extra_groups=[])
        return how


def make_machine_folder() -> None:
    """Make it where it is missing, so that the system user can pass whatever the umask is."""
    if not MACHINE_FOLDER.exists():
        MACHINE_FOLDER.mkdir(parents=True)
        MACHINE_FOLDER.chmod(0o755)


def _system_user() -> tuple[int, int]:
    """User and group number of the system user `unison`, made when missing (as root)."""
    try:
        entry = pwd.getpwnam(_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(MACHINE_FOLDER)]
        try:
            made = subprocess.run([*command, "--shell", "/usr/sbin/nologin", _USER], capture_output=True, text=True)
        except FileNotFoundError:
            raise EmbeddedError(
                f"PostgreSQL does not run as root and useradd is missing: add the user {_USER}"
            ) from None
        if made.returncode not in (0, 9):  # 9: another start was first
            raise EmbeddedError(f"the user {_USER}, who is to run PostgreSQL, can't be made: {made.stderr}") from None
        entry = pwd.getpwnam(_USER)
    return entry.pw_uid, entry.pw_gid
