"""A serial line of Modbus slaves, on a port of this PC or behind a serial server: one bus, one request at a time.

Replies on a serial line bear no number, so one that comes too late looks like the answer to what was asked next. Six
things keep it from becoming a value: the bus is held after every failure until it was quiet for as long as the slave
is known to take; unit, function, length and checksum of every reply are checked; requests to one slave differ in length
(`read_plan`); bytes that arrive before a request can have been read are no answer to it; an answer that could be the
one still owed is none when another follows it; and the first good answer after a failure is doubted (`ModbusDevice`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple, Protocol

from unison_domain.stations.configuration import RegisterTable

from unison_station.devices.modbus_adapter import BadReply, Refused
from unison_station.devices.modbus_connection import NoAnswer
from unison_station.devices.modbus_rtu import (
    REFUSAL_SIZE,
    REQUEST_SIZE,
    is_whole,
    missing,
    reply_size,
    request_frame,
    values_of,
)

BITS_PER_CHARACTER = 11
SILENT_CHARACTERS = 3.5
LONGEST_FRAME = 256
LEAST_SILENCE = 0.00175
"""MODBUS over Serial Line 1.02, 2.5.1.1: so long at least is the line silent between frames, seconds."""

REOPEN_SECONDS = 1.0
LONGEST_HOLD = 1.0
"""A slave that once took longer must not keep the others waiting for ever, seconds."""
FIRST_HOLD = 0.1
"""How long an opened line must be quiet at least: whoever had it before may have asked something, seconds."""
LATEST_SECONDS = 2.0
"""A reply that comes later than this is no reply any more."""
NEVER_QUIET = 3.0
"""How long a line is waited for on which something sends without being asked, seconds."""
MUTE_QUESTIONS = 2
"""A serial server from which so many questions in a row brought not one byte is connected to anew. Where the network is
cut, TCP keeps what was asked and pauses ever longer before it sends it; plugged in again, the connection would be dead
for as long as it was cut, and then all of it come upon the line at once."""
TAIL_SECONDS = 0.1
"""Adapters and serial servers pass bytes on in lumps: so much later than the line's speed may the last of them come."""


class Wire(Protocol):
    """What carries the bytes of a bus."""

    def write(self, data: bytes) -> None:
        """Send without waiting."""

    def close(self) -> None:
        """Let it go; nothing is told any more."""


Opening = Callable[[Callable[[bytes], None], Callable[[str], None]], Awaitable[Wire]]
"""(received, lost) → an open wire; raises OSError with the reason in words."""


class Pace(NamedTuple):
    """How fast a line is.

    Attributes:
        baud_rate: None behind a serial server, which keeps its own time.
        turnaround_seconds: pause after a reply, beside the silence between frames.
    """

    baud_rate: int | None
    turnaround_seconds: float

    @property
    def character_seconds(self) -> float:
        """What one byte takes on the line."""
        return BITS_PER_CHARACTER / self.baud_rate if self.baud_rate else 0.0

    @property
    def silence_seconds(self) -> float:
        """The silence that ends a frame."""
        return max(SILENT_CHARACTERS * self.character_seconds, LEAST_SILENCE)


class _Question:
    """A request that is out, and what came for it so far."""

    def __init__(self, table: RegisterTable, count: int, unit: int, sent_at: float, deadline: asyncio.Timeout) -> None:
        self.table, self.count, self.unit, self.sent_at, self.deadline = table, count, unit, sent_at, deadline
        self.received = b""
        self.whole: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        """When the last byte of the answer came."""

    def fail(self, error: Exception) -> None:
        """No answer will come; whoever waits gets the error."""
        if not self.whole.done():
            self.whole.set_exception(error)


class _Owed(NamedTuple):
    """An answer that did not come: since when it is owed, and how many bytes it has."""

    sent_at: float
    size: int


class ModbusBus:
    """All slaves of one line. Any number of tasks may ask; one request is out at a time.

    It outlives the configuration it was made for: what the line still owes belongs to the wire, whoever asks next.

    Attributes:
        place: the line in words.
        longest_reply: the longest time from a request to the end of its reply, late ones included, seconds.
        held_seconds: how long ago the last answer had come when it was given: it was waited whether another follows.
    """

    def __init__(self, place: str, pace: Pace, opening: Opening, slowest_seconds: float = 0.0) -> None:
        """`slowest_seconds`: how long a reply may take, of the slave that may take longest."""
        self.place = place
        self.longest_reply = 0.0
        self.held_seconds = 0.0
        self._pace = pace
        self._opening = opening
        self._slowest_seconds = slowest_seconds
        self._lock = asyncio.Lock()
        self._wire: Wire | None = None
        self._openings = 0
        self._lost: str | None = None
        self._not_before = 0.0
        self._question: _Question | None = None
        self._stray = b""
        self._unanswered: dict[int, _Owed] = {}
        self._asked: defaultdict[tuple[int, int], set[bytes]] = defaultdict(set)
        """What a unit was asked whose reply has so many bytes; the first two."""
        self._touched = 0.0
        self._heard_at = 0.0
        self._quiet_seconds = FIRST_HOLD
        self._mute_questions = 0

    @property
    def is_open(self) -> bool:
        """There is a wire, and it is not known to be lost."""
        return self._wire is not None and self._lost is None

    async def read(
        self, table: RegisterTable, address: int, count: int, unit: int, timeout_seconds: float
    ) -> tuple[int, ...] | tuple[bool, ...]:
        """Ask for exactly `count` registers or bits: once; again only where another slave's late reply may have come.

        Raises:
            NoAnswer: the line can't be opened, was lost or is never quiet, or nothing came in time.
            BadReply: something else than the answer came.
            Refused: a Modbus exception.
            ValueError: this can't be asked for on a serial line.
        """
        frame = request_frame(table, address, count, unit)
        async with self._lock:
            if self._awaits_another_than(unit):
                with suppress(BadReply):
                    return await self._exchange(frame, table, count, unit, timeout_seconds)
            return await self._exchange(frame, table, count, unit, timeout_seconds)

    def set_up(self, place: str, pace: Pace, opening: Opening, slowest_seconds: float) -> None:
        """Go on as another configuration says; opened anew only where it is opened otherwise."""
        if opening != self._opening:
            self.close()
        self.place, self._pace, self._opening, self._slowest_seconds = place, pace, opening, slowest_seconds

    def close(self) -> None:
        """Let the line go; a later request opens it again."""
        self._openings += 1  # what the closed one still tells is nobody's
        if self._wire is not None:
            self._wire.close()
        self._wire = None

    async def _exchange(
        self, frame: bytes, table: RegisterTable, count: int, unit: int, timeout_seconds: float
    ) -> tuple[int, ...] | tuple[bool, ...]:
        self.held_seconds = 0.0
        wire = await self._open()
        size = reply_size(table, count)
        await self._until_quiet()
        await self._until_given_up(unit, size, timeout_seconds)
        if len(asked := self._asked[unit, size]) < 2:
            asked.add(frame)
        sent_at = asyncio.get_running_loop().time()
        patience = REQUEST_SIZE * self._pace.character_seconds + timeout_seconds
        try:
            async with asyncio.timeout(patience) as deadline:
                self._question = question = _Question(table, count, unit, sent_at, deadline)
                wire.write(frame)
                answered_at = await question.whole
            await asyncio.sleep(self._seconds_alone(question, answered_at))
            self.held_seconds = asyncio.get_running_loop().time() - answered_at
            missing(question.received, table, count, unit)
            values = values_of(question.received, table, count)
        except Refused:
            self._answered(unit, answered_at - sent_at)
            raise
        except TimeoutError:
            self._hold(unit, _Owed(sent_at, size), timeout_seconds)
            came = f", only {len(question.received)} bytes" if question.received else ""
            self._give_up_mute_server()
            raise NoAnswer(f"no answer within {timeout_seconds:g} s from unit {unit}{came}") from None
        except (NoAnswer, BadReply, asyncio.CancelledError):
            self._hold(unit, _Owed(sent_at, size), timeout_seconds)
            raise
        finally:
            self._question = None
        self._answered(unit, answered_at - sent_at)
        return values

    def _give_up_mute_server(self) -> None:
        self._mute_questions += 1
        if self._pace.baud_rate is None and self._mute_questions >= MUTE_QUESTIONS:
            self._mute_questions = 0
            self.close()

    def _seconds_alone(self, question: _Question, answered_at: float) -> float:
        """For how long an answer must be all that comes. What follows without a silence belongs to it; where it could
        be the late one to an older question, the right one follows in the time a reply takes. A slave of which several
        answers look alike gets the time once more that the late one would have taken: it may be slow for all."""
        owed = self._unanswered.get(question.unit)
        if owed is None or len(question.received) not in (owed.size, REFUSAL_SIZE):
            return self._pace.silence_seconds
        late = answered_at - owed.sent_at
        seconds = self._wait_for_late(late)
        has_alike = len(question.received) == REFUSAL_SIZE or len(self._asked[question.unit, owed.size]) > 1
        if has_alike and late < LATEST_SECONDS:
            seconds = max(seconds, late)
        return min(seconds + TAIL_SECONDS, LONGEST_HOLD)

    def _answered(self, unit: int, seconds: float) -> None:
        self.longest_reply = max(self.longest_reply, seconds)
        self._unanswered.pop(unit, None)

    def _awaits_another_than(self, unit: int) -> bool:
        """Whether some other slave may still answer what it was asked before."""
        since = asyncio.get_running_loop().time() - LATEST_SECONDS
        return any(owed.sent_at > since for other, owed in self._unanswered.items() if other != unit)

    def _hold(self, unit: int, owed: _Owed, timeout_seconds: float) -> None:
        """From now on the line must be quiet for the longest time a reply took before anything else is asked."""
        self._unanswered[unit] = owed
        self._stray = self._question.received if self._question else b""
        self._touched = asyncio.get_running_loop().time()
        self._quiet_seconds = self._wait_for_late(timeout_seconds)

    def _wait_for_late(self, unknown: float) -> float:
        """How long to wait for a reply that may still come; `unknown`: while none was ever seen."""
        return min(max(self.longest_reply or unknown, self._pause), LONGEST_HOLD)

    @property
    def _pause(self) -> float:
        return self._pace.silence_seconds + self._pace.turnaround_seconds

    async def _until_quiet(self) -> None:
        """Wait until nothing came for as long as it must; whatever comes meanwhile is discarded."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + NEVER_QUIET
        while (rest := self._touched + self._quiet_seconds - loop.time()) > 0:
            if loop.time() > give_up:
                raise NoAnswer(f"{self.place} is never quiet: something sends without being asked")
            await asyncio.sleep(rest)
        if self._lost is not None:
            raise NoAnswer(self._lost)
        self._learn_from_stray()
        self._stray = b""
        self._quiet_seconds = self._pause

    async def _until_given_up(self, unit: int, size: int, timeout_seconds: float) -> None:
        """A slave that owes an answer is asked for one of the same size only when it had its time twice: come late,
        the one would pass for the other."""
        loop = asyncio.get_running_loop()
        while (owed := self._unanswered.get(unit)) and owed.size == size:
            rest = owed.sent_at + 2 * timeout_seconds - loop.time()
            if rest <= 0:
                return
            await asyncio.sleep(rest)
            await self._until_quiet()

    def _learn_from_stray(self) -> None:
        """What was discarded ends with a late reply: so long may a reply take."""
        for start, unit in enumerate(self._stray):
            if unit in self._unanswered and is_whole(self._stray[start:]):
                late = self._heard_at - self._unanswered.pop(unit).sent_at
                self.longest_reply = max(self.longest_reply, late if late < LATEST_SECONDS else 0.0)
                return

    async def _open(self) -> Wire:
        """The wire, opened anew unless it is there."""
        if self._wire is not None and self._lost is None:
            return self._wire
        self.close()
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            raise NoAnswer(self._lost or "")
        self._lost = None
        try:
            wire = await self._opening(partial(self._take, self._openings), partial(self._lose, self._openings))
        except OSError as error:
            self._lose(self._openings, str(error))
            raise NoAnswer(str(error)) from None
        self._wire = wire
        self._touched = loop.time()
        self._quiet_seconds = max(min(self.longest_reply or self._slowest_seconds, LONGEST_HOLD), FIRST_HOLD)
        return wire

    def _lose(self, opening: int, reason: str) -> None:
        if opening != self._openings:
            return
        self._lost = reason
        self._not_before = asyncio.get_running_loop().time() + REOPEN_SECONDS
        if self._question is not None:
            self._question.fail(NoAnswer(reason))

    def _take(self, opening: int, data: bytes) -> None:
        if opening != self._openings:
            return
        self._mute_questions = 0
        self._touched = self._heard_at = now = asyncio.get_running_loop().time()
        question = self._question
        if question is None:
            self._stray = (self._stray + data)[-LONGEST_FRAME:]
            self._quiet_seconds = max(self._quiet_seconds, min(self.longest_reply, LONGEST_HOLD))
            return
        is_first = not question.received
        question.received += data
        if question.whole.done():
            return
        if now < question.sent_at + REQUEST_SIZE * self._pace.character_seconds:
            question.fail(BadReply("bytes that came before the request was over"))
            return
        try:
            rest = missing(question.received, question.table, question.count, question.unit)
        except BadReply as error:
            question.fail(error)
            return
        if rest == 0:
            question.whole.set_result(now)
        elif is_first and self._pace.baud_rate is not None and not question.deadline.expired():
            size = reply_size(question.table, question.count)
            question.deadline.reschedule(now + size * self._pace.character_seconds + TAIL_SECONDS)
