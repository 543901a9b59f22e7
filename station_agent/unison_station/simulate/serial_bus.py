"""A simulated serial line: slaves behind a pseudo-terminal, at the pace of a real line, that can be unplugged.

A pseudo-terminal passes bytes on at once, so the time they take on a line (11 bits each) is waited for here. Replies of
two slaves that send at the same time mix, as on a wire. POSIX only.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from unison_station.simulate.slave import Delivery, SerialFrame, Slave

_REQUEST_SIZE = 8
_BITS_PER_CHARACTER = 11
_SILENT_CHARACTERS = 3.5
_GAP_SECONDS = 0.05
"""After so long without a byte a new request begins."""
_SHORTEST_WAIT = 0.001
_OUTPUT_SPEED = 5
"""Where `termios.tcgetattr` puts it."""


class SerialBus:
    """Slaves on one line; unknown units stay silent.

    Attributes:
        link: path by which the line is opened; like the name of an adapter it stays when it is plugged in again.
        slaves: by unit id.
        think_seconds: what a slave takes to answer, beside the silence before.
    """

    def __init__(
        self, link: Path, baud_rate: int, contacted: Callable[[int], None], think_seconds: float = 0.002
    ) -> None:
        """`contacted` is told the unit id of every request."""
        self.link = link
        self.baud_rate = baud_rate
        self.slaves: dict[int, Slave] = {}
        self.think_seconds = think_seconds
        self._contacted = contacted
        self._ends: tuple[int, int] | None = None
        self._received = b""
        self._heard_at = 0.0
        self._replies: set[asyncio.Task[None]] = set()

    async def plug(self) -> None:
        """Make the line appear.

        Raises:
            OSError: the link can't be made.
        """
        if self._ends is not None:
            return
        ours, theirs, name = pseudo_terminal()
        self.link.parent.mkdir(parents=True, exist_ok=True)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(name)
        # Kept open by us too: else the line would hang up whenever nobody has it open.
        self._ends = ours, theirs
        asyncio.get_running_loop().add_reader(ours, self._readable)

    async def unplug(self) -> None:
        """Make the line vanish under whoever has it open, as a pulled adapter does."""
        if self._ends is None:
            return
        asyncio.get_running_loop().remove_reader(self._ends[0])
        for reply in tuple(self._replies):
            reply.cancel()
        await asyncio.gather(*self._replies, return_exceptions=True)
        self.link.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def put(self, data: bytes) -> None:
        """Bytes appear on the line now; when nobody reads them it forgets them."""
        if self._ends is not None:
            with suppress(BlockingIOError):
                os.write(self._ends[0], data)

    @property
    def _character_seconds(self) -> float:
        return _BITS_PER_CHARACTER / self.baud_rate

    def _readable(self) -> None:
        if self._ends is None:
            return
        with suppress(OSError):
            data = os.read(self._ends[0], 4096)
            now = time.monotonic()
            if now - self._heard_at > _GAP_SECONDS:
                self._received = b""
            self._heard_at = now
            self._received += data
            while len(self._received) >= _REQUEST_SIZE:
                request, self._received = self._received[:_REQUEST_SIZE], self._received[_REQUEST_SIZE:]
                self._asked(request)

    def _asked(self, request: bytes) -> None:
        frame = SerialFrame.read(request)
        if frame is None or not self._is_at_our_speed():
            self._received = b""
            return
        self._contacted(frame.unit)
        slave = self.slaves.get(frame.unit)
        delivery = slave.answer(frame) if slave else None
        if delivery is not None:
            task = asyncio.create_task(self._send(delivery))
            self._replies.add(task)
            task.add_done_callback(self._replies.discard)

    def _is_at_our_speed(self) -> bool:
        """Whoever opened the line set it to our speed; speeds termios has no name for are taken as right."""
        return self._ends is None or _has_speed(self._ends[0], self.baud_rate)

    async def _send(self, delivery: Delivery) -> None:
        character = self._character_seconds
        await asyncio.sleep((_REQUEST_SIZE + _SILENT_CHARACTERS) * character + self.think_seconds + delivery.delay)
        began, sent = time.monotonic(), 0
        while sent < len(delivery.data):
            await asyncio.sleep(max(character, _SHORTEST_WAIT))
            due = min(int((time.monotonic() - began) / character), len(delivery.data))
            self.put(delivery.data[sent:due])
            sent = due


if sys.platform != "win32":
    import termios
    import tty

    def pseudo_terminal() -> tuple[int, int, str]:
        """Our end, theirs, and the name theirs is opened by."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        return ours, theirs, os.ttyname(theirs)

    def _has_speed(end: int, baud_rate: int) -> bool:
        wanted: int | None = getattr(termios, f"B{baud_rate}", None)
        return wanted is None or termios.tcgetattr(end)[_OUTPUT_SPEED] == wanted

else:

    def pseudo_terminal() -> tuple[int, int, str]:
        raise OSError("a serial line is simulated by a pseudo-terminal, which Windows has not")

    def _has_speed(_end: int, _baud_rate: int) -> bool:
        return True
