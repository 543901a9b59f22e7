"""From bytes of a serial line to whole messages: partial ones wait, two at once are two, noise is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from unison_domain.stations.serial_settings import MAX_FRAME_BYTES, FrameEnd, Framing

GIVE_UP_SECONDS = 1.0
"""Silence after which the end of a message that has one is waited for no more: USB adapters and busy drivers pause for
some tenths of a second inside a message."""

_AGAIN = "Scan or measure it once more"
_SET_PORT = "Set speed, parity and end of message in its settings as they are set in the device"
_SEND_END = (
    "Scan or measure it once more; if it comes again, have the device send the configured end of message, or set the "
    "end it sends in its settings"
)
_SEND_STX = "Have the device put STX and ETX around all it sends, or set the end it sends in its settings"
_SEND_PREFIX = "Have the device send the configured prefix, or set the one it sends in its settings"

_STX, _ETX = b"\x02", b"\x03"
_CR, _LF = 0x0D, 0x0A
_NOISE = b"\x00\xff"
"""What a break, or plugging in, leaves on a quiet line; alone it is no message, and none was lost in it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, without prefix and suffix.

    Attributes:
        fault: why it is no message, in words that may begin with the content; None: it is one.
        remedy: what to do about the fault, in words.
    """

    content: bytes
    fault: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Framer:
    """What came so far of a message that has not ended.

    Attributes:
        last_at: monotonic seconds of the newest byte.
        after_return: the last message ended with CR, so a LF that follows belongs to it.
        is_lost: the begin of a message was given up, so what ends next may be the rest of that one.
    """

    framing: Framing
    pending: bytes = b""
    last_at: float = 0.0
    after_return: bool = False
    is_lost: bool = False

    @property
    def silence_seconds(self) -> float:
        """Silence that ends a message, or gives up one whose end did not come."""
        return self.framing.idle_milliseconds / 1000 if self.framing.end is FrameEnd.IDLE else GIVE_UP_SECONDS

    def fed(self, content: bytes, at: float) -> tuple[Framer, list[Frame]]:
        """After bytes came at a monotonic time: what is pending then, and the messages that ended."""
        rested, frames = self.rested(at)
        pending, after_return, is_lost = rested.pending + content, rested.after_return, rested.is_lost
        if after_return and pending[:1] == b"\n":
            pending, after_return = pending[1:], False
        while (cut := self._cut(pending)) is not None:
            message, pending, after_return = cut
            frames += self._frames(message, is_lost=is_lost)
            is_lost = False
        if len(pending) > MAX_FRAME_BYTES:
            endless = f"{len(pending)} bytes came without an end of message; is the speed right?"
            frames.append(Frame(pending, endless, _SET_PORT))
            pending, is_lost = b"", True
        after_return = after_return and not pending
        return replace(self, pending=pending, last_at=at, after_return=after_return, is_lost=is_lost), frames

    def rested(self, at: float) -> tuple[Framer, list[Frame]]:
        """After silence until a monotonic time: a message that silence ends, or what never ended."""
        if at - self.last_at < self.silence_seconds:
            return self, []
        if not self.pending.strip(_NOISE):
            self = replace(self, pending=b"")
            return (replace(self, is_lost=False) if self.framing.end is FrameEnd.IDLE else self), []
        if self.framing.end is FrameEnd.IDLE:
            return replace(self, pending=b"", is_lost=False), list(self._frames(self.pending, is_lost=self.is_lost))
        quiet = replace(self, pending=b"", after_return=False, is_lost=True)
        if self.framing.end is FrameEnd.STX_ETX and not self.pending.strip(b"\r\n"):
            return quiet, []  # some end their line after ETX too
        return quiet, [Frame(self.pending, f"{self.pending!r} came without its end and was given up", _SEND_END)]

    def _cut(self, pending: bytes) -> tuple[bytes, bytes, bool] | None:
        """The first message, what follows it, and whether it ended with CR."""
        match self.framing.end:
            case FrameEnd.LINE:
                ends = [place for place in (pending.find(_CR), pending.find(_LF)) if place >= 0]
                if not ends:
                    return None
                end = min(ends)
                length = 2 if pending[end : end + 2] == b"\r\n" else 1
                return pending[:end], pending[end + length :], length == 1 and pending[end] == _CR
            case FrameEnd.STX_ETX:
                message, found, rest = pending.partition(_ETX)
            case FrameEnd.SUFFIX:
                message, found, rest = pending.partition(bytes.fromhex(self.framing.suffix))
            case FrameEnd.IDLE:
                return None
        return (message, rest, False) if found else None

    def _frames(self, message: bytes, *, is_lost: bool) -> Iterator[Frame]:
        """What STX or the prefix begins is whole, whatever was lost before it."""
        if self.framing.end is FrameEnd.STX_ETX:
            before, started, message = message.rpartition(_STX)
            noise = (before if started else message).strip(b"\r\n" + _NOISE)
            if noise:
                yield Frame(noise, f"{noise!r} came outside STX and ETX", _SEND_STX)
            if not started:
                return
        prefix = bytes.fromhex(self.framing.prefix)
        if not message.strip(_NOISE):
            return
        if prefix:
            message = message.lstrip(_NOISE.translate(None, prefix[:1]))
        if not message.startswith(prefix):
            yield Frame(message, f"{message!r} does not begin with {self.framing.prefix}", _SEND_PREFIX)
        elif is_lost and message and not prefix and self.framing.end is not FrameEnd.STX_ETX:
            rest = f"{message!r} may be the rest of the message that was given up: have it sent again"
            yield Frame(message, rest, _AGAIN)
        elif len(message) - len(prefix) > MAX_FRAME_BYTES:
            length = len(message) - len(prefix)
            endless = f"{length} bytes came as one message, and at most {MAX_FRAME_BYTES} count; is its end right?"
            yield Frame(message, endless, _SET_PORT)
        elif message := message[len(prefix) :]:
            yield Frame(message)


def as_sent(message: bytes, framing: Framing) -> list[Frame]:
    """What becomes of one message as people write it down: what begins and ends it may be left out."""
    prefix, suffix = bytes.fromhex(framing.prefix), bytes.fromhex(framing.suffix)
    match framing.end:
        case FrameEnd.LINE:
            message = message if message.endswith((b"\r", b"\n")) else message + b"\r"
        case FrameEnd.STX_ETX:
            message = message if _ETX in message else _STX + message + _ETX
        case FrameEnd.SUFFIX:
            message = message if suffix in message else message + suffix
    if prefix not in message:
        place = message.find(_STX) + 1 if framing.end is FrameEnd.STX_ETX else 0
        message = message[:place] + prefix + message[place:]
    framer, frames = Framer(framing).fed(message, 0.0)
    return [*frames, *framer.rested(framer.silence_seconds)[1]]
