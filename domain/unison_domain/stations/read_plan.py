"""Which requests read all tags of a device: few, within its limits, and learning from refusals.

Gap filling follows the idea of Telegraf's `max_insert`; learning where a device refuses is our own. Nothing here
talks to a device: the caller sends the blocks, reports refusals to `learn` and plans again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from unison_domain.stations.configuration import BIT_TABLES, DeviceConfiguration, RegisterTable, TagConfiguration

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
"""Modbus exceptions that say something lasting about the request (Modbus Application Protocol 1.1b3, section 7)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span:
    """The registers (or bits of a bit table) one tag covers: `address` up to, not including, `end`."""

    tag_id: UUID
    address: int
    count: int

    @property
    def end(self) -> int:
        """First address after it."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Block:
    """One read request: `count` registers, or bits of a bit table, from `address`; and the tags its reply feeds."""

    table: RegisterTable
    address: int
    count: int
    poll_seconds: float
    spans: tuple[Span, ...]

    @property
    def end(self) -> int:
        """First address after it."""
        return self.address + self.count

    def part(self, span: Span, reply: Sequence[T]) -> Sequence[T]:
        """The registers or bits of one tag, cut out of the reply to this block."""
        start = span.address - self.address
        return reply[start : start + span.count]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tag that is not read, and why; `exception` is the Modbus exception where the device gave one."""

    tag_id: UUID
    exception: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Learnt:
    """What refusals taught about a device.

    Attributes:
        splits: addresses no request may cross: it ends at or before one, or begins at or after it. Only a tag that
            itself lies across is still read, alone.
        refused: exception per tag that was refused although it was asked for alone.
    """

    splits: frozenset[tuple[RegisterTable, int]] = frozenset()
    refused: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """All requests of one device, ordered by poll interval, table and address; and the tags left out."""

    blocks: tuple[Block, ...]
    refusals: tuple[Refusal, ...]


def plan(device: DeviceConfiguration, learnt: Learnt | None = None) -> ReadPlan:
    """The requests that together read every tag of the device exactly once per its poll interval.

    Tags are grouped by table and poll interval; registers nobody asked for are read along up to `max_gap`. The
    registers of one tag always come in one reply, so a value is never torn between two. Requests of one table get
    different lengths where reading up to `max_gap` registers more allows it: a late reply to one can then never pass
    for the answer to another.
    """
    learnt = learnt or Learnt()
    refusals: list[Refusal] = []
    groups: defaultdict[tuple[float, RegisterTable], list[Span]] = defaultdict(list)
    for tag in device.tags:
        refusal = _refusal(tag, device, learnt)
        if refusal is not None:
            refusals.append(refusal)
            continue
        groups[tag.poll_seconds, tag.table].append(Span(tag.id, tag.address, tag.registers))
    blocks: list[Block] = []
    for (poll_seconds, table), spans in sorted(groups.items()):
        splits = _splits_of(learnt, table)
        for together in _runs(spans, _limit(device, table), device.max_gap, splits):
            start, end = _extent(together)
            blocks.append(Block(table, start, end - start, poll_seconds, tuple(together)))
    return ReadPlan(_with_different_lengths(blocks, device, learnt), tuple(refusals))


def bisect(block: Block) -> tuple[Block, ...]:
    """The smaller requests to try after exception 2 or 3, cut near the middle; none for a single tag.

    Mostly two; one when only the padding is cut off, more where tags overlap.
    """
    cut = _cut(block)
    if cut is None:
        return ()
    parts = _runs(block.spans, block.count, block.count, [cut])
    extents = ((part, *_extent(part)) for part in parts)
    return tuple(replace(block, address=start, count=end - start, spans=tuple(part)) for part, start, end in extents)


def learn(learnt: Learnt, block: Block, exception: int) -> Learnt:
    """What is known after the device refused `block`: `plan` with it asks differently. Passing exceptions teach
    nothing.

    Exception 1 (the device does not know the table) refuses every tag of the block at once; 2 and 3 split it until
    the tag that does not exist stands alone.
    """
    if exception not in (ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE):
        return learnt
    cut = None if exception == ILLEGAL_FUNCTION else _cut(block)
    if cut is None:
        refused = {span.tag_id: exception for span in block.spans}
        return replace(learnt, refused={**learnt.refused, **refused})
    return replace(learnt, splits=learnt.splits | {(block.table, cut)})


def look_alike(one: Block, other: Block) -> bool:
    """Whether a reply to one request could be taken for the answer to the other, of the same device."""
    return _look(one, one.count) == _look(other, other.count)


def _refusal(tag: TagConfiguration, device: DeviceConfiguration, learnt: Learnt) -> Refusal | None:
    exception = learnt.refused.get(tag.id)
    place = f"{tag.table.replace('_', ' ')} {tag.address}"
    if exception is not None:
        return Refusal(tag.id, exception, f"{tag.name} ({place}) is refused by the device with exception {exception}")
    limit = _limit(device, tag.table)
    if tag.registers > limit:
        return Refusal(
            tag.id, None, f"{tag.name} ({place}) needs {tag.registers} registers, the device gives {limit} per request"
        )
    return None


def _limit(device: DeviceConfiguration, table: RegisterTable) -> int:
    return device.max_bits if table in BIT_TABLES else device.max_registers


def _splits_of(learnt: Learnt, table: RegisterTable) -> list[int]:
    return sorted(address for of, address in learnt.splits if of is table)


def _runs(spans: Iterable[Span], limit: int, max_gap: int, splits: Sequence[int]) -> Iterable[list[Span]]:
    """Spans in order of address, cut wherever they may not share a request."""
    run: list[Span] = []
    end = 0
    for span in sorted(spans, key=lambda span: (span.address, span.count)):
        if run and not _may_join(run[0].address, end, span, limit, max_gap, splits):
            yield run
            run = []
        end = max(end, span.end) if run else span.end
        run.append(span)
    if run:
        yield run


def _may_join(start: int, end: int, span: Span, limit: int, max_gap: int, splits: Sequence[int]) -> bool:
    if (span.address, span.end) == (start, end):
        return True
    joined = max(end, span.end)
    if joined - start > limit or span.address - end > max_gap:
        return False
    return not _crosses(splits, start, joined)


def _crosses(splits: Iterable[int], start: int, end: int) -> bool:
    return any(start < split < end for split in splits)


def _extent(spans: Iterable[Span]) -> tuple[int, int]:
    spans = list(spans)
    return min(span.address for span in spans), max(span.end for span in spans)


def _with_different_lengths(blocks: Sequence[Block], device: DeviceConfiguration, learnt: Learnt) -> tuple[Block, ...]:
    """The blocks, lengthened where two replies of one table would look alike (bits: in whole bytes)."""
    taken: set[tuple[RegisterTable, int]] = set()
    lengthened: dict[int, Block] = {}
    rooms = {index: _room(block, device, learnt) for index, block in enumerate(blocks)}
    for index, room in sorted(rooms.items(), key=lambda item: (item[1], item[0])):
        block = blocks[index]
        counts = range(block.count, block.count + room + 1)
        count = next((count for count in counts if _look(block, count) not in taken), block.count)
        taken.add(_look(block, count))
        lengthened[index] = replace(block, count=count)
    return tuple(lengthened[index] for index in range(len(blocks)))


def _look(block: Block, count: int) -> tuple[RegisterTable, int]:
    """What tells the reply of a request of `count` from others of the device: function and length."""
    return block.table, -(-count // 8) if block.table in BIT_TABLES else count


def _room(block: Block, device: DeviceConfiguration, learnt: Learnt) -> int:
    """How many registers a block may read past its last tag."""
    splits = _splits_of(learnt, block.table)
    if _crosses(splits, block.address, block.end):
        return 0
    border = min((split for split in splits if split >= block.end), default=65_536)
    return max(0, min(device.max_gap, _limit(device, block.table) - block.count, border - block.end))


def _cut(block: Block) -> int | None:
    """The border of a tag nearest to the middle of the block and inside it."""
    borders = {border for span in block.spans for border in (span.address, span.end)}
    inside = [border for border in borders if block.address < border < block.end]
    middle = block.address + block.count / 2
    return min(inside, key=lambda border: (abs(border - middle), border), default=None)
