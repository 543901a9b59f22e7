"""What the tables of a damaged buffer still say.

Each table is read along its tree. Where a page of the tree is unreadable, pages that no tree leads to any more are
looked for in the whole file, and known by the shape of their rows.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from unison_station.store.pages import INDEX_INTERIOR, INTERIOR, MAGIC, Page, PageFile, Record
from unison_station.store.rows import Row

Kinds = tuple[type, ...]

_NUMBER: Kinds = (int, float)
_NOTHING: Kinds = (type(None),)
_SHAPES: Mapping[str, tuple[Kinds, ...]] = {
    "outbox": (_NOTHING, (int,), (str,), (bytes,)),
    "checkpoints": (_NOTHING, (str, *_NOTHING), _NUMBER),
    "boots": (_NOTHING, (str,), _NUMBER, _NUMBER, (*_NUMBER, *_NOTHING), _NUMBER),
    "dead": (_NOTHING, (str,), (str,), _NUMBER, (int,), (str,)),
    "meta": ((str,), (str, int, float, bytes)),
    "state": ((str,), (bytes,), (int,)),
}
"""What the columns of each table hold; a rowid stands beside its record, which has nothing in its place."""

_ADDED = {"boots": 1, "state": 1}
"""Columns at the end that rows of an older version lack."""

_SETTINGS = {"epoch", "clean_stop", "agent", "recovered", "rewound_from"}
_SETTINGS |= {"forgotten_through", "thinned_through", "emptied_through"}
"""Keys of `meta`, whose rows look like those of an index and of an older version's state."""


class Loss(NamedTuple):
    """A stretch of events that can't be read: how many numbers it spans (what was given up before counts too).

    Attributes:
        is_counted: False where there may be any number more.
    """

    numbers: int
    is_counted: bool = True


class Salvage:
    """Reads the tables of `pages`.

    Args:
        roots: where a new buffer has its tables. They are made in the same order for ever and never move, so they are
            there too where the file itself can't say it any more.
    """

    def __init__(self, pages: PageFile, roots: Mapping[str, int]) -> None:
        self._pages = pages
        told = {str(one.values[1]): one.values[3] for one in pages.read(1).records if len(one.values) == 5}
        self._trees = {
            table: _Tree(pages, found if isinstance(found := told.get(table), int) else root)
            for table, root in roots.items()
            if table in _SHAPES
        }

    def records(self, table: str) -> tuple[list[Record], bool]:
        """The readable rows of a small table, and whether these are all.

        Where the list of deleted pages is gone, what no tree leads to may be old, and an old state is worse than none.
        """
        order = self._trees[table].order
        is_whole = all(self._page(table, number).is_whole for number in order)
        numbers = self._with_stray(table) if self._knows_deleted else order
        return [record for number in numbers for record in self._page(table, number).records], is_whole

    def find(self, numbers: frozenset[int]) -> dict[int, Row]:
        """Those of these events that are readable."""
        return {row.seq: row for row, _ in self._rows() if row.seq in numbers} if numbers else {}

    def events(self, after: int | None) -> Iterator[Row | Loss]:
        """Events in order above `after` (None: nobody knows from where on), with what is missing in its place."""
        position, before = after or 0, 0
        for row, leaf in self._rows():
            if row.seq > position:
                if row.seq > position + 1 and not self._follows(before, leaf):
                    is_counted = before > 0 or after is not None
                    yield Loss(row.seq - position - 1 if is_counted else 0, is_counted)
                yield row
                position = row.seq
            before = leaf
        if not self._ends_at(before):
            yield Loss(max(0, self._trees["outbox"].newest - position), is_counted=False)

    def _rows(self) -> Iterator[tuple[Row, int]]:
        """Events in order, each once, with the page it stands on; pages overlap where deleted ones came back."""
        waiting: list[tuple[Row, int]] = []
        given = 0
        for first, leaf in [*self._outbox.leaves, (1 << 63, 0)]:
            while waiting and waiting[0][0].seq < first:
                found = heapq.heappop(waiting)
                if found[0].seq > given:
                    given = found[0].seq
                    yield found
            for record in self._page("outbox", leaf).records:
                heapq.heappush(waiting, (_row(record), leaf))

    @cached_property
    def _outbox(self) -> _Outbox:
        leaves: list[tuple[int, int]] = []
        whole: set[int] = set()
        for number in self._with_stray("outbox"):
            page = self._page("outbox", number)
            if page.records:
                leaves.append((min(record.rowid for record in page.records), number))
            if page.is_whole:
                whole.add(number)
        return _Outbox(sorted(leaves), whole)

    def _with_stray(self, table: str) -> Iterator[int]:
        """Pages of a table, and where some are unreadable those that might be in their place."""
        is_whole = True
        for number in self._trees[table].order:
            is_whole = is_whole and self._page(table, number).is_whole
            yield number
        if not is_whole:
            yield from self._stray.get(table, ())

    def _follows(self, before: int, leaf: int) -> bool:
        """Whether nothing can be missing between the last event of one page (0: of none) and one of another."""
        tree, whole = self._trees["outbox"], self._outbox.whole
        if before == 0:
            return leaf == tree.order[0] and leaf in whole
        return (before == leaf or tree.next.get(before) == leaf) and whole.issuperset((before, leaf))

    def _ends_at(self, last: int) -> bool:
        end = self._trees["outbox"].order[-1]
        return end in self._outbox.whole and last in (0, end)

    def _page(self, table: str, number: int) -> Page:
        """The rows of the page that fit the table."""
        page = self._pages.read(number)
        records = tuple(record for record in page.records if _fits(table, record))
        return page._replace(records=records, is_whole=page.is_whole and len(records) == len(page.records))

    @property
    def _knows_deleted(self) -> bool:
        return self._pages.bytes_of(1).startswith(MAGIC)

    @cached_property
    def _stray(self) -> dict[str, list[int]]:
        """Pages no tree leads to, by the table whose rows are on them."""
        deleted = self._pages.unused() if self._knows_deleted else set[int]()
        found: dict[str, list[int]] = {}
        for number in range(2, self._pages.count + 1):
            if number in deleted or self._pages.kind(number) in (0, INTERIOR):
                continue
            records = self._pages.read(number).records
            tables = (table for table in _SHAPES if any(_fits(table, record) for record in records))
            table = next(tables, None)
            if table is not None and number not in self._trees[table].seen:
                found.setdefault(table, []).append(number)
        return found


class _Outbox(NamedTuple):
    """The first number on each page of the outbox with the page, in order; and the pages all of which is readable."""

    leaves: list[tuple[int, int]]
    whole: set[int]


class _Tree:
    """The pages of one table in order.

    Attributes:
        order: pages with rows; also those that can't be read, and 0 where pages may be missing.
        next: the page behind each.
        seen: all of its pages.
        newest: the greatest rowid that pages above the rows tell of.
    """

    def __init__(self, pages: PageFile, root: int) -> None:
        self._pages = pages
        self.seen: set[int] = set()
        self.newest = 0
        self.order = tuple(self._below(root))
        self.next = dict(pairwise(self.order))

    def _below(self, number: int) -> Iterator[int]:
        if number in self.seen:
            yield 0
            return
        self.seen.add(number)
        kind = self._pages.kind(number)
        if kind != INTERIOR:
            yield number
        if kind not in (INTERIOR, INDEX_INTERIOR):
            return
        page = self._pages.read(number)
        self.newest = max(self.newest, *page.bounds, 0)
        for child in page.children:
            yield from self._below(child)
            if not page.is_whole:
                yield 0


def _fits(table: str, record: Record) -> bool:
    shape, values = _SHAPES[table], record.values
    if not len(shape) - _ADDED.get(table, 0) <= len(values) <= len(shape):
        return False
    if not all(isinstance(value, kinds) for value, kinds in zip(values, shape, strict=False)):
        return False
    return table != "meta" or values[0] in _SETTINGS


def _row(record: Record) -> Row:
    _, boot, kind, body = record.values
    return Row(record.rowid, int(boot or 0), str(kind), bytes(body) if isinstance(body, bytes) else b"")
