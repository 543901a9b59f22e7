"""`unison breached how`, `prepare` and `check`: the list of passwords found in breaches, which nobody gets."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from unison_server.identity.breached_passwords import BadLineError, check_file, join_ranges
from unison_server.kernel.settings import Settings, SettingsError

HOW = """\
Have I Been Pwned gives away the hashes of all passwords it found in breaches. No password of yours is sent anywhere.

1. On a PC with internet, with Microsoft's .NET SDK:
     dotnet tool install --global haveibeenpwned-downloader
     haveibeenpwned-downloader pwnedpasswords
   This makes one sorted file of some 40 GB, pwnedpasswords.txt.
   Without .NET, fetch https://api.pwnedpasswords.com/range/00000 to …/FFFFF into the files 00000 to FFFFF of a folder,
   and join them:
     unison breached prepare FOLDER pwnedpasswords.txt
2. Carry it to this server, and check it once:
     unison breached check pwnedpasswords.txt
3. Name it in unison.toml, or as UNISON_BREACHED_PASSWORDS, and start the server anew:
     breached_passwords = "/var/lib/unison/pwnedpasswords.txt"

A look-up reads some 40 lines of it, whatever its size. A newer list takes its place by renaming; nothing is restarted.
"""
_GOOD = "{file} is sorted and holds {passwords:,} passwords"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its three words."""
    words = parser.add_subparsers(dest="what", required=True, metavar="how | prepare | check")
    words.add_parser("how", help="say where the list comes from and how it gets here")
    prepare = words.add_parser("prepare", help="join the ranges of Have I Been Pwned into one sorted file")
    prepare.add_argument("folder", type=Path, metavar="FOLDER", help="of files called 00000 to FFFFF, or 00000.txt …")
    prepare.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    check = words.add_parser("check", help="read a whole list: whether every line is one, and sorted")
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: the one of the settings")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked.

    Raises:
        SettingsError: there is no list to check, or it is none.
    """
    if arguments.what == "how":
        print(HOW, end="")
        return 0
    file = arguments.file or _set()
    if arguments.what == "prepare":
        _prepare(arguments.folder, file)
    try:
        passwords = check_file(file)
    except (OSError, BadLineError) as error:
        raise SettingsError(f"{file}: {error.strerror if isinstance(error, OSError) else error}") from None
    if not passwords:
        raise SettingsError(f"{file} is empty; `unison breached how` says where the list comes from")
    print(_GOOD.format(file=file, passwords=passwords))
    return 0


def _set() -> Path:
    named = Settings.load().breached_passwords
    if not named:
        raise SettingsError("UNISON_BREACHED_PASSWORDS names no list; `unison breached how` says where one comes from")
    return Path(named)


def _prepare(folder: Path, target: Path) -> None:
    """Write the file, complete or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(join_ranges(folder))
            draft.chmod(0o644)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, BadLineError) as error:
        raise SettingsError(f"{folder}: {error}") from None
