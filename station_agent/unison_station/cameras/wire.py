"""How the process at the camera talks to the agent: a line of JSON with sizes, then bytes; a line of words back."""

from __future__ import annotations

import json
import struct
from typing import IO, Any, NamedTuple

_SIZES = struct.Struct("<II")
MOST_BYTES = 64 * 1024 * 1024


class Message(NamedTuple):
    """What the process says, with a picture where there is one."""

    said: dict[str, Any]
    picture: bytes = b""


def write(stream: IO[bytes], message: Message) -> None:
    """Send a message whole."""
    said = json.dumps(message.said).encode()
    stream.write(_SIZES.pack(len(said), len(message.picture)) + said + message.picture)
    stream.flush()


def read(stream: IO[bytes]) -> Message | None:
    """The next message; None where the stream ended, also in the middle of one.

    Raises:
        ValueError: what came is no message.
    """
    head = stream.read(_SIZES.size)
    if len(head) < _SIZES.size:
        return None
    said, picture = _SIZES.unpack(head)
    if said + picture > MOST_BYTES:
        raise ValueError(f"a message of {said + picture} bytes")
    body = stream.read(said + picture)
    if len(body) < said + picture:
        return None
    return Message(json.loads(body[:said]), body[said:])
