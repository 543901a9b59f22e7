"""Which requests read all tags of a device: few, within its limits, and learning from refusals.

Gap filling follows the idea of Telegraf's `max_insert`; learning where a device refuses is our own. Nothing here talks to a
device: the caller sends the blocks, reports refusals to `learn` and plans again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from unison_domain.stations.configuration import DeviceConfiguration, RegisterTable, TagConfiguration

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
"""Modbus exceptions that say something lasting about the request (Modbus Application Protocol 1.1b3, section 7)."""

BIT_TABLES = frozenset({RegisterTable.COIL, RegisterTable.DISCRETE_INPUT})

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
        splits: addresses no request may cross: it ends at or before one, or begins at or after it. Only a tag that itself
            lies across is still read, alone.
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
    """The requests that together read every tag of the device exactly once per its poll interval."""
    raise NotImplementedError


def bisect(block: Block) -> tuple[Block, Block] | None:
    """The two requests to try after exception 2 or 3, cut near the middle; None when the block is one tag and no more."""
    raise NotImplementedError


def learn(learnt: Learnt, block: Block, exception: int) -> Learnt:
    """What is known after the device refused `block`; `plan` with it asks differently. Unchanged for passing exceptions."""
    raise NotImplementedError
