"""The pages of a SQLite file as they lie on the disk, for a file that SQLite itself refuses to read.

The newest committed frame of the log goes before the file, and what does not fit the format to the letter is not read.
Nothing is ever written. Source: https://www.sqlite.org/fileformat2.html, 1 to 2.1 and 4.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from unison_station.store.connection import PAGE_BYTES

MAGIC = b"SQLite format 3\0"
SIZES = (PAGE_BYTES, 512, 1024, 2048, 8192, 16384, 32768, 65536)
TRIED = 500
"""So many pages are looked at, spread over the file, to find out their size where nothing tells it."""

INDEX_INTERIOR, INTERIOR, INDEX_LEAF, LEAF = 2, 5, 10, 13
"""Kinds of pages; a table without rowid is kept as an index."""

_LOG_HEADER, _FRAME_HEADER = 32, 24
_LOG_ORDERS = {0x377F0682: "<", 0x377F0683: ">"}
_INTEGER_BYTES = (0, 1, 2, 3, 4, 6, 8)

Value = None | int | float | str | bytes


class Damaged(ValueError):
    """Bytes that are not what the format wants."""


class Record(NamedTuple):
    """A row: its rowid (0 in a table without), and its columns."""

    rowid: int
    values: tuple[Value, ...]


class Page(NamedTuple):
    """What one page of a tree holds.

    Attributes:
        kind: as in the format; 0 for none of a tree.
        children: pages below it, in order; `bounds` are the greatest rowids in each of them but the last.
        is_whole: nothing on it was unreadable.
    """

    kind: int = 0
    records: tuple[Record, ...] = ()
    children: tuple[int, ...] = ()
    bounds: tuple[int, ...] = ()
    is_whole: bool = False


class PageFile:
    """Reads pages by their numbers, from 1. A context manager that closes itself."""

    def __init__(self, path: Path) -> None:
        """Open the file and its log, each if it is there."""
        self._file = _opened(path)
        self._log = _opened(path.with_name(f"{path.name}-wal"))
        logged, self._frames = _frames(self._log) if self._log else (0, {})
        self._length = _length(self._file)
        self.size = logged or PAGE_BYTES
        self.size = self._told_size() or logged or self._tried_size()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Close both files."""
        for file in (self._file, self._log):
            if file is not None:
                file.close()

    @property
    def count(self) -> int:
        """The last page's number."""
        return max(self._length // self.size, max(self._frames, default=0))

    def bytes_of(self, number: int) -> bytes:
        """A page as it was committed last; empty where there is none or the disk does not give it."""
        framed = self._frames.get(number)
        file, at = (self._file, (number - 1) * self.size) if framed is None else (self._log, framed)
        if file is None or number < 1:
            return b""
        try:
            file.seek(at)
            found = file.read(self.size)
        except OSError:
            return b""
        return found if len(found) == self.size else b""

    def kind(self, number: int) -> int:
        """Of the page's tree; 0 for none."""
        data = self.bytes_of(number)
        start = _start(number)
        return data[start] if data and data[start] in (INDEX_INTERIOR, INTERIOR, INDEX_LEAF, LEAF) else 0

    def read(self, number: int) -> Page:
        """What of the page can be read."""
        data, kind = self.bytes_of(number), self.kind(number)
        if kind == 0:
            return Page()
        start = _start(number)
        is_interior = kind in (INTERIOR, INDEX_INTERIOR)
        begin = start + (12 if is_interior else 8)
        cells = int.from_bytes(data[start + 3 : start + 5])
        pointers = data[begin : begin + 2 * cells]
        if len(pointers) < 2 * cells:
            return Page(kind)
        records, children, bounds, is_whole = [], [], [], True
        for at in struct.unpack(f">{cells}H", pointers):
            try:
                if at < begin + 2 * cells:
                    raise Damaged(f"a cell at {at}")
                if is_interior:
                    children.append(int.from_bytes(data[at : at + 4]))
                if kind == INTERIOR:
                    bounds.append(_varint(data, at + 4)[0])
                else:
                    records.append(self._record(data, at + 4 if is_interior else at, has_rowid=kind == LEAF))
            except (Damaged, IndexError, UnicodeDecodeError):
                is_whole = False
        if is_interior:
            children.append(int.from_bytes(data[start + 8 : start + 12]))
        return Page(kind, tuple(records), tuple(children), tuple(bounds), is_whole)

    def unused(self) -> set[int]:
        """Pages on the list of free ones, as far as it can be read: what is left on them was deleted."""
        found: set[int] = set()
        trunk = int.from_bytes(self.bytes_of(1)[32:36])
        while 1 < trunk <= self.count and trunk not in found:
            data = self.bytes_of(trunk)
            found.add(trunk)
            leaves = min(int.from_bytes(data[4:8]), self.size // 4 - 2)
            if len(data) == self.size:
                found.update(struct.unpack_from(f">{leaves}I", data, 8))
            trunk = int.from_bytes(data[:4])
        return found

    def _record(self, data: bytes, at: int, *, has_rowid: bool) -> Record:
        length, at = _varint(data, at)
        rowid, at = _varint(data, at) if has_rowid else (0, at)
        return Record(rowid, _values(self._payload(data, at, length, has_rowid=has_rowid)))

    def _payload(self, data: bytes, at: int, length: int, *, has_rowid: bool) -> bytes:
        """All of a row's bytes, also those on pages of their own."""
        most = self.size - 35 if has_rowid else (self.size - 12) * 64 // 255 - 23
        if length <= most:
            return _exactly(data[at : at + length], length)
        least = (self.size - 12) * 32 // 255 - 23
        here = least + (length - least) % (self.size - 4)
        here = least if here > most else here
        if length > self.count * self.size:
            raise Damaged(f"a row of {length} bytes")
        found = _exactly(data[at : at + here], here)
        following = int.from_bytes(data[at + here : at + here + 4])
        while len(found) < length:
            more = self.bytes_of(following)
            if not more:
                raise Damaged(f"a row goes on at page {following}")
            found += more[4 : 4 + length - len(found)]
            following = int.from_bytes(more[:4])
        return found

    def _told_size(self) -> int:
        head = self.bytes_of(1)[:18]
        told = int.from_bytes(head[16:18])
        size = 65536 if told == 1 else told
        return size if head.startswith(MAGIC) and size in SIZES else 0

    def _tried_size(self) -> int:
        return max(SIZES, key=self._rows_that_fit)

    def _rows_that_fit(self, size: int) -> float:
        """About how many rows the file has, if pages had this size."""
        before, self.size = self.size, size
        try:
            looked = range(2, self.count + 1, max(1, self.count // TRIED))
            return sum(len(self.read(number).records) for number in looked) * self.count / max(1, len(looked))
        finally:
            self.size = before


def _start(number: int) -> int:
    """Where a page's own header begins: on the first one behind the file's."""
    return 100 if number == 1 else 0


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _length(file: BinaryIO | None) -> int:
    return 0 if file is None else os.fstat(file.fileno()).st_size


def _frames(log: BinaryIO) -> tuple[int, dict[int, int]]:
    """The log's size of pages, and where in it each page was committed last, as far as its checksums hold."""
    header = log.read(_LOG_HEADER)
    if len(header) < _LOG_HEADER:
        return 0, {}
    magic, _, size, _, *salts, one, two = struct.unpack(">8I", header)
    order = _LOG_ORDERS.get(magic)
    if order is None or size not in SIZES or _sums(header[:24], order, (0, 0)) != (one, two):
        return 0, {}
    found: dict[int, int] = {}
    begun: dict[int, int] = {}
    for at, number, is_last in _sound_frames(log, order, size, salts, (one, two)):
        begun[number] = at
        if is_last:
            found |= begun
            begun.clear()
    return size, found


def _sound_frames(
    log: BinaryIO, order: str, size: int, salts: list[int], sums: tuple[int, int]
) -> Iterator[tuple[int, int, bool]]:
    """Where each frame's page begins, its number, and whether the frame ends a transaction."""
    at = _LOG_HEADER
    while len(frame := log.read(_FRAME_HEADER + size)) == _FRAME_HEADER + size:
        number, pages_after, *salted, one, two = struct.unpack(">6I", frame[:_FRAME_HEADER])
        sums = _sums(frame[:8] + frame[_FRAME_HEADER:], order, sums)
        if salted != salts or sums != (one, two):
            return
        yield at + _FRAME_HEADER, number, pages_after > 0
        at += len(frame)


def _sums(data: bytes, order: str, begin: tuple[int, int]) -> tuple[int, int]:
    one, two = begin
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for first, second in zip(words, words, strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    number = 0
    for place in range(at, at + 8):
        byte = data[place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place + 1
    number = number << 8 | data[at + 8]
    return number - (1 << 64) if number >> 63 else number, at + 9


def _exactly(data: bytes, length: int) -> bytes:
    if length < 0 or len(data) != length:
        raise Damaged(f"{length} bytes are not all there")
    return data


def _values(payload: bytes) -> tuple[Value, ...]:
    begin, at = _varint(payload, 0)
    types = []
    while at < begin:
        one, at = _varint(payload, at)
        types.append(one)
    if at != begin:
        raise Damaged("the list of columns does not end where it should")
    values: list[Value] = []
    for one in types:
        length = _bytes_of_type(one)
        values.append(_value(one, _exactly(payload[at : at + length], length)))
        at += length
    if at != len(payload):
        raise Damaged("the row does not end where it should")
    return tuple(values)


def _bytes_of_type(one: int) -> int:
    if one >= 12:
        return (one - 12) // 2
    if one in (10, 11) or one < 0:
        raise Damaged(f"a column of type {one}")
    return 8 if one == 7 else 0 if one > 7 else _INTEGER_BYTES[one]


def _value(one: int, data: bytes) -> Value:
    if one == 0:
        return None
    if one < 7:
        return int.from_bytes(data, signed=True)
    if one == 7:
        (number,) = struct.unpack(">d", data)
        return float(number)
    if one < 10:
        return one - 8
    return data.decode() if one % 2 else data
