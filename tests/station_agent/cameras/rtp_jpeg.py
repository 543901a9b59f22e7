"""JPEG pictures as network cameras send them in RTP (RFC 2435): headers stay behind, their tables go along."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import cv2
import numpy as np
from unison_station.cameras.code import Grey

PAYLOAD_TYPE = 26
_MOST = 1_400
_WITH_TABLES = 255


def fragments(picture: Grey) -> Iterator[tuple[bytes, bool]]:
    """The payloads of one picture, whose sides are multiples of 16 pixels; the last one is marked."""
    colours = np.repeat(picture[:, :, None], 3, axis=2)
    tables, scan = _parts(cv2.imencode(".jpg", colours)[1].tobytes())
    height, width = picture.shape
    for offset in range(0, len(scan), _MOST):
        # Type 1 is YUV 4:2:0, as OpenCV writes it.
        head = struct.pack(">BBHBBBB", 0, offset >> 16, offset & 0xFFFF, 1, _WITH_TABLES, width // 8, height // 8)
        known = struct.pack(">BBH", 0, 0, len(tables)) + tables if offset == 0 else b""
        yield head + known + scan[offset : offset + _MOST], offset + _MOST >= len(scan)


def _parts(jpeg: bytes) -> tuple[bytes, bytes]:
    """The quantization tables and the entropy-coded data of a baseline JPEG."""
    tables, at = b"", 2
    while True:
        marker, length = struct.unpack_from(">HH", jpeg, at)
        segment = jpeg[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xFFDB:
            tables += b"".join(segment[first + 1 : first + 65] for first in range(0, len(segment), 65))
        elif marker == 0xFFDA:
            return tables, jpeg[at:-2]
