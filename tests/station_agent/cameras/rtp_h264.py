"""H.264 pictures as network cameras send them in RTP (RFC 6184), made without an encoder: each sample as it is.

Pictures are of I_PCM macroblocks alone (ITU-T H.264, 7.3.5), so nothing is lost and nothing is compressed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
from unison_station.cameras.code import Grey

PAYLOAD_TYPE = 96
ATTRIBUTES = "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
_MOST = 1_400
_SEQUENCE, _PICTURE, _IDR = 0x67, 0x68, 0x65
_PCM = 25
_GREY = bytes([128]) * 128
"""The two colours of a macroblock."""


class _Bits:
    """A text of bits."""

    def __init__(self) -> None:
        self._bits = ""

    def put(self, value: int, width: int) -> _Bits:
        self._bits += f"{value:0{width}b}"
        return self

    def ue(self, *values: int) -> _Bits:
        """Exponential Golomb codes (9.1)."""
        for value in values:
            self._bits += f"{value + 1:b}".zfill(2 * (value + 1).bit_length() - 1)
        return self

    def aligned(self) -> bytes:
        """Filled with zeros to whole bytes."""
        bits = self._bits + "0" * (-len(self._bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")

    def ended(self) -> bytes:
        """With the bit that ends a unit (7.3.2.11)."""
        return self.put(1, 1).aligned()


def fragments(picture: Grey) -> Iterator[tuple[bytes, bool]]:
    """The payloads of one picture, whose sides are multiples of 16 pixels; the last one is marked."""
    height, width = picture.shape
    yield bytes([_SEQUENCE]) + _escaped(_sequence(width // 16, height // 16)), False
    yield bytes([_PICTURE]) + _parameters(), False
    content = _escaped(_slice(picture))
    for offset in range(0, len(content), _MOST):
        is_last = offset + _MOST >= len(content)
        part = (0x80 if offset == 0 else 0) | (0x40 if is_last else 0) | (_IDR & 0x1F)
        yield struct.pack(">BB", (_IDR & 0xE0) | 28, part) + content[offset : offset + _MOST], is_last


def _sequence(across: int, down: int) -> bytes:
    """Baseline, order of output as of decoding, no pictures to refer to."""
    bits = _Bits().put(66, 8).put(0xC0, 8).put(40, 8).ue(0, 0, 2, 0).put(0, 1).ue(across - 1, down - 1)
    return bits.put(0b11, 2).put(0, 2).ended()


def _parameters() -> bytes:
    """Of all pictures: variable-length codes, one group of slices, nothing weighted."""
    return _Bits().ue(0, 0).put(0, 2).ue(0, 0, 0).put(0, 3).ue(0, 0, 0).put(0, 3).ended()


def _slice(picture: Grey) -> bytes:
    """A whole picture: header, and each macroblock's samples at whole bytes."""
    head = _Bits().ue(0, 7, 0).put(0, 4).ue(0).put(0, 2).ue(0)
    first = head.ue(_PCM).aligned()
    following = _Bits().ue(_PCM).aligned()
    height, width = picture.shape
    samples = np.maximum(picture, 1)
    blocks = samples.reshape(height // 16, 16, width // 16, 16).swapaxes(1, 2).reshape(-1, 256)
    return first + following.join(block.tobytes() + _GREY for block in blocks) + b"\x80"


def _escaped(content: bytes) -> bytes:
    """With the bytes that keep start codes out (7.4.1)."""
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", content)
