"""One Modbus slave: which requests it answers, whether it answers at all, and which answers to doubt."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from itertools import count
from uuid import UUID

from unison_domain.stations.configuration import DeviceConfiguration, RegisterTable
from unison_domain.stations.device_settings import Driver
from unison_domain.stations.read_plan import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    Block,
    Learnt,
    ReadPlan,
    Refusal,
    bisect,
    learn,
    look_alike,
    plan,
)
from unison_domain.stations.readings import Moment

from unison_station.devices.connections import Connection
from unison_station.devices.modbus_adapter import GATEWAY_PATH, GATEWAY_TARGET, BadReply, Refused, exception_words
from unison_station.devices.modbus_connection import NoAnswer
from unison_station.devices.observation import BlockRead, Observation

SILENT_CYCLES_UNTIL_OFFLINE = 2
SILENT_BLOCKS_UNTIL_GIVEN_UP = 2
"""A cycle ends after so many unanswered requests: a dead slave behind a gateway must not hold up its neighbours. On a
serial line, where everybody waits with it, one is enough while nothing was answered. What was asked longest ago comes
first in the next cycle."""


class ModbusDevice:
    """A slave as the agent knows it.

    What its refusals taught (`Learnt`) lives as long as the agent runs and is found again in the first cycle after a
    start: stored, it would outlive a changed program in the device.

    Attributes:
        configuration: what it was made from.
        silent_cycles: cycles or probes without any answer, one after another.
        requests, failures: requests sent, and those that got no usable reply, since the start.
        seconds: duration of the last answered request.
    """

    def __init__(
        self,
        configuration: DeviceConfiguration,
        connection: Connection,
        now: Callable[[], Moment],
        turn: AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        """`turn` is held for each request, where its line is not held for all requests of a look."""
        self.configuration = configuration
        self._turn = nullcontext() if turn is None else turn
        self._rests_until = 0.0
        self.silent_cycles = 0
        self.requests = 0
        self.failures = 0
        self.seconds: float | None = None
        self._connection = connection
        self._now = now
        self._probes = 0
        self._doubted: set[tuple[RegisterTable, int, int]] = set()
        self._turns = count(1)
        self._asked: dict[tuple[RegisterTable, int, int], int] = {}
        self._retry_refused_at = 0.0
        self._learnt = Learnt()
        self._plan = plan(configuration)

    @property
    def is_offline(self) -> bool:
        """It is not polled, only probed."""
        return self.silent_cycles >= SILENT_CYCLES_UNTIL_OFFLINE

    @property
    def _is_serial(self) -> bool:
        return self.configuration.driver is not Driver.MODBUS_TCP

    @property
    def plan(self) -> ReadPlan:
        """The requests as they are sent now."""
        return self._plan

    @property
    def periods(self) -> list[float]:
        """The rate groups: seconds between two looks."""
        return sorted({tag.poll_seconds for tag in self.configuration.tags})

    def doubt(self) -> None:
        """Take the first answer to each request for uncertain: it may be that to another, asked before this was made,
        by who had the line then."""
        self._doubted.update(map(_key, self._plan.blocks))

    async def poll(self, period: float) -> Observation:
        """Read one rate group. Every tag of it is in the observation, read or not."""
        await self._retry_refused()
        return await self._look(period, [block for block in self._plan.blocks if block.poll_seconds == period])

    async def probe(self) -> Observation:
        """Ask a device that is off line one thing, another each time: it may be mute for some requests only."""
        blocks = self._plan.blocks or plan(self.configuration).blocks
        if not blocks:
            return Observation(self.configuration.id, (), (), None, False, self._now())
        self._probes += 1
        block = blocks[self._probes % len(blocks)]
        return await self._look(block.poll_seconds, [block])

    async def ask(self, table: RegisterTable, address: int, count: int) -> BlockRead:
        """Ask for these registers or bits once, whatever is known of the device; in doubt while any other answer is."""
        block = Block(table, address, count, 0.0, ())
        read = await self._ask(block)
        return read._replace(doubtful=read.values is not None and bool(self._doubted))

    async def _look(self, period: float, blocks: list[Block]) -> Observation:
        waiting = deque(sorted(blocks, key=lambda block: self._asked.get(_key(block), 0)))
        refusals = self._refusals(period)
        reads: list[BlockRead] = []
        began, silent, answered = self._now().monotonic, 0, not blocks
        while waiting:
            block = waiting.popleft()
            self._asked[_key(block)] = next(self._turns)
            read = await self._read(block)
            if is_answer(read):
                answered = True
                if read.exception is not None and (parts := self._learn(block, read.exception, began + period)):
                    waiting.extendleft(reversed(parts))
                    continue
            reads.append(read)
            silent += not is_answer(read)
            if silent == (SILENT_BLOCKS_UNTIL_GIVEN_UP if answered or not self._is_serial else 1):
                reads.extend(read._replace(block=left, seconds=0.0) for left in waiting)
                break
        silence = None if answered else reads[-1].problem
        self.silent_cycles = 0 if answered else self.silent_cycles + 1
        if not answered:
            self.doubt()
        return Observation(self.configuration.id, tuple(reads), refusals, silence, self.is_offline, self._now())

    def _refusals(self, period: float) -> tuple[Refusal, ...]:
        if not self._plan.refusals:
            return ()
        group = {tag.id for tag in self.configuration.tags if tag.poll_seconds == period}
        return tuple(_in_words(refusal) for refusal in self._plan.refusals if refusal.tag_id in group)

    async def _read(self, block: Block) -> BlockRead:
        """Ask once, and again as often as `retries` says when nothing usable comes; what comes then is in doubt."""
        read = await self._ask(block)
        is_doubted = False
        for _ in range(self.configuration.retries):
            if is_answer(read) or self.is_offline:
                break
            read, is_doubted = await self._ask(block), True
        if is_answer(read):
            self.seconds = read.seconds
        if read.values is None:
            return read
        is_doubted |= _key(block) in self._doubted
        self._doubted.discard(_key(block))
        return read._replace(doubtful=is_doubted)

    def _mistakable(self, block: Block) -> Iterator[tuple[RegisterTable, int, int]]:
        """The polled requests for whose answer a late reply to this one could be taken; those of TCP bear a number."""
        for other in self._plan.blocks:
            if _key(other) == _key(block) or (self._is_serial and look_alike(block, other)):
                yield _key(other)

    async def _ask(self, block: Block) -> BlockRead:
        device = self.configuration
        await asyncio.sleep(max(0.0, self._rests_until - self._now().monotonic))
        async with self._turn:
            began = self._now()
            self.requests += 1
            values: tuple[int, ...] | None = None
            problem: str | None = None
            exception: int | None = None
            try:
                values = await self._connection.read(
                    block.table, block.address, block.count, device.unit_id, device.timeout_seconds
                )
            except Refused as refused:
                problem, exception = str(refused), refused.code
            except (NoAnswer, BadReply) as error:
                problem = str(error)
            self._rests_until = self._now().monotonic + device.request_gap_seconds
            now = self._now().later(-self._connection.held_seconds)
        self.failures += values is None
        read = BlockRead(block, values, problem, exception, False, now, now.monotonic - began.monotonic)
        if not is_answer(read):
            self._doubted.update(self._mistakable(block))
        return read

    def _learn(self, block: Block, exception: int, until: float) -> tuple[Block, ...]:
        """Remember a refusal; returns the smaller requests to try at once, none after `until`."""
        learnt = learn(self._learnt, block, exception)
        if learnt == self._learnt:
            return ()
        self._take(learnt)
        may_go_on = exception in (ILLEGAL_ADDRESS, ILLEGAL_VALUE) and self._now().monotonic < until
        return bisect(block) if may_go_on else ()

    def _take(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._plan = plan(self.configuration, learnt)

    async def _retry_refused(self) -> None:
        """Once in a probe interval ask for one refused tag again; if it is there, or nothing answers, forget all."""
        now = self._now().monotonic
        if not self._learnt.refused or now < self._retry_refused_at:
            return
        self._retry_refused_at = now + self.configuration.probe_seconds
        tag_id, exception = next(iter(self._learnt.refused.items()))
        others = {tag: code for tag, code in self._learnt.refused.items() if tag != tag_id}
        block = _block_of(tag_id, plan(self.configuration, replace(self._learnt, refused=others)))
        read = await self._ask(block)
        still_refused = read.exception is not None and is_answer(read)
        self._take(replace(self._learnt, refused={**others, tag_id: exception}) if still_refused else Learnt())


def is_answer(read: BlockRead) -> bool:
    """The device itself said something; a gateway saying that it does not, is none."""
    return read.values is not None or read.exception not in (None, GATEWAY_PATH, GATEWAY_TARGET)


def _key(block: Block) -> tuple[RegisterTable, int, int]:
    return block.table, block.address, block.count


def _block_of(tag_id: UUID, asked: ReadPlan) -> Block:
    return next(block for block in asked.blocks if any(span.tag_id == tag_id for span in block.spans))


def _in_words(refusal: Refusal) -> Refusal:
    if refusal.exception is None:
        return refusal
    return replace(refusal, message=exception_words(refusal.exception))
