"""Where the agent keeps its data, and how files get there whole and private."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def data_folder() -> Path:
    """The agent's folder: `UNISON_DATA`/station, else the platform's place for a service's data.

    Raises:
        ValueError: `UNISON_DATA` is set but empty.
    """
    configured = os.environ.get("UNISON_DATA")
    if configured == "":
        raise ValueError("UNISON_DATA is set but empty: name a folder or unset it")
    if configured is not None:
        return Path(configured) / "station"
    return _usual_folder()


def _usual_folder() -> Path:
    if sys.platform == "win32":
        folder = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "Unison" / "station"
    elif os.geteuid() == 0:
        folder = Path("/var/lib/unison/station")
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "unison" / "station"
    return folder


def private_folder(path: Path) -> Path:
    """Create `path` if it is missing, readable only by the owner; an existing folder keeps its permissions."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` so that a power cut leaves the old or the new file whole; only the owner may read it."""
    passing = path.with_name(f".{path.name}.new")
    passing.unlink(missing_ok=True)
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    passing.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names in a folder durable; Windows does this with the file itself."""
    if sys.platform != "win32":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def allocate(path: Path, size: int) -> None:
    """Fill `path` with `size` bytes that really occupy the disk.

    Raises:
        OSError: there is no room; nothing is left behind.
    """
    try:
        with path.open("wb") as file:
            for _ in range(0, size, 65536):
                file.write(bytes(min(65536, size)))
            file.truncate(size)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; the system frees it when the process ends, however it ends.

    Raises:
        BlockingIOError: another process holds it.
    """
    with path.open("a") as file:
        if sys.platform == "win32":
            import msvcrt

            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                raise BlockingIOError(f"{path} is held by another process") from None
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
