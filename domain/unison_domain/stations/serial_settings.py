"""How an instrument talks over a serial port: where it is, how fast, and where one message of it ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from unison_domain.kernel.contracts import Request, Text
from unison_domain.stations.device_settings import Parity

MAX_FRAME_BYTES = 4096
"""Longest message of an instrument; what is longer is noise or a wrong speed."""


def _hex(text: str) -> str:
    try:
        return bytes.fromhex(text).hex()
    except ValueError:
        raise ValueError(f"must be bytes in hexadecimal such as 02 or 0d0a, not {text!r}") from None


HexBytes = Annotated[Text, AfterValidator(_hex), Field(max_length=32)]
"""Some bytes in hexadecimal, e.g. `0d0a` for CR LF."""


class FrameEnd(StrEnum):
    """What ends a message."""

    LINE = "line"
    """CR, LF or CR LF, whichever comes."""
    STX_ETX = "stx_etx"
    """Between STX (02) and ETX (03)."""
    SUFFIX = "suffix"
    """The configured suffix."""
    IDLE = "idle"
    """Nothing for `idle_milliseconds`."""


class Framing(Request):
    """How bytes become messages.

    Attributes:
        prefix: bytes before each message, which are no part of it; a message without them is refused as noise.
        suffix: bytes that end a message, with `end` = `suffix`.
        idle_milliseconds: silence that ends a message with `end` = `idle`, and with that alone.
    """

    end: FrameEnd = FrameEnd.LINE
    prefix: HexBytes = ""
    suffix: HexBytes = ""
    idle_milliseconds: Annotated[int, Field(ge=5, le=5_000)] = 40

    @model_validator(mode="after")
    def _suffix_is_its_own(self) -> Self:
        if (self.end is FrameEnd.SUFFIX) != bool(self.suffix):
            raise ValueError("a suffix is given with end suffix, and with that alone")
        return self


class SerialSettings(Request):
    """A serial port of the agent's PC.

    Attributes:
        port: name of the adapter under /dev/serial/by-id, which stays the same wherever it is plugged in, or a path
            (`/dev/ttyS0`, `COM3`) for ports without such a name.
    """

    port: Annotated[Text, Field(min_length=1, max_length=255, pattern=r"\S")]
    baud_rate: Annotated[int, Field(ge=300, le=4_000_000)] = 9_600
    data_bits: Annotated[int, Field(ge=7, le=8)] = 8
    parity: Parity = Parity.NONE
    stop_bits: Annotated[int, Field(ge=1, le=2)] = 1
