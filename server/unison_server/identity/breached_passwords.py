"""Passwords that were in a breach, looked up in a file of this server: a plant's server asks nobody on the internet.

The file is that of Have I Been Pwned: one line `SHA-1:count` for each password, in capital hex digits and sorted. It
has tens of gigabytes, so nothing of it is loaded: a look-up halves what is left some thirty-five times.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from unison_server.kernel.errors import Unavailable
from unison_server.kernel.settings import SettingsError

_LINE = re.compile(rb"([0-9A-Fa-f]{40}):(\d+)[ \t]*")
RANGE_DIGITS = 5
"""Of a hash, by which Have I Been Pwned calls its ranges."""
_LONGEST_LINE = 80
"""Bytes: 40 of the hash, a colon and a count."""


class BadLineError(ValueError):
    """A line that is none of such a file, or stands at the wrong place."""


@dataclass(frozen=True, slots=True)
class BreachedPasswords:
    """Looks passwords up in the file."""

    file: Path

    @classmethod
    def open(cls, path: str) -> BreachedPasswords | None:
        """Those of a file; None where no file is named.

        Raises:
            SettingsError: it can't be read, or is no such file.
        """
        if not path:
            return None
        try:
            with Path(path).open("rb") as file:
                _read(file.readline(_LONGEST_LINE))
        except (OSError, BadLineError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            words = f"UNISON_BREACHED_PASSWORDS is {path!r}: {why}; `unison breached how` says how to get the file"
            raise SettingsError(words) from None
        return cls(Path(path))

    def times(self, password: str) -> int:
        """How often the password was found in breaches.

        Raises:
            Unavailable: the file can't be read.
        """
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        try:
            with self.file.open("rb") as file:
                return _times(file, digest)
        except (OSError, BadLineError) as error:
            words = (
                f"The server can't read its list of breached ones ({type(error).__name__}), by which it checks new "
                "passwords; an administrator of the server mends UNISON_BREACHED_PASSWORDS"
            )
            raise Unavailable(words, code="breached_unreadable") from None


def _times(file: BinaryIO, digest: bytes) -> int:
    """The count beside the digest, 0 where it is not there: the line, if any, begins in `low` to `high`."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        begin = _line_begin(file, middle, low)
        file.seek(begin)
        line = file.readline(_LONGEST_LINE)
        found, times = _read(line)
        if found == digest:
            return times
        if found < digest:
            low = begin + len(line)
        else:
            high = begin
    return 0


def _line_begin(file: BinaryIO, at: int, least: int) -> int:
    """Where the line begins that the byte is of."""
    begin = max(least, at - _LONGEST_LINE)
    file.seek(begin)
    ends = file.read(at - begin).rfind(b"\n")
    return begin if ends < 0 else begin + ends + 1


def _read(line: bytes) -> tuple[bytes, int]:
    read = _LINE.fullmatch(line.rstrip(b"\r\n"))
    if read is None:
        raise BadLineError("holds a line that does not read SHA-1:count")
    return read[1].upper(), int(read[2])


def check_file(path: Path) -> int:
    """Read the whole file; gives how many passwords it has.

    Raises:
        BadLineError: a line is none, or stands before one with a smaller hash; says which.
    """
    before, number = b"", 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                digest, _ = _read(line)
            except BadLineError as error:
                raise BadLineError(f"line {number}: {error}") from None
            if digest <= before:
                raise BadLineError(f"line {number}: is not sorted by hash")
            before = digest
    return number


def join_ranges(folder: Path, digits: int = RANGE_DIGITS) -> Iterator[bytes]:
    """The lines of one sorted file, of the files of a folder that are called by the first digits of a hash.

    Raises:
        BadLineError: a file is missing, or has other lines.
    """
    rest = re.compile(rb"[0-9A-F]{%d}:\d+" % (40 - digits))
    for prefix in (f"{number:0{digits}X}" for number in range(16**digits)):
        file = next((path for path in (folder / prefix, folder / f"{prefix}.txt") if path.exists()), None)
        if file is None:
            raise BadLineError(f"{folder} has no file {prefix} or {prefix}.txt, and all there are are needed")
        for line in sorted(file.read_bytes().upper().split()):
            if rest.fullmatch(line) is None:
                raise BadLineError(f"{file} holds a line that does not read {40 - digits} digits of a hash:count")
            yield prefix.encode() + line + b"\n"
