"""A picture to measure in, and the refusal to measure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
"""Brightness 0 to 255, shape (height, width)."""

Points = NDArray[np.float64]
"""Places, shape (n, 2): x, y."""


class NotMeasurable(Exception):
    """It can't be measured in this picture; the message tells a person why and what to do."""


def gray_picture(file: bytes, name: str) -> Gray:
    """The brightness of a picture file; `name` is for the message.

    Raises:
        NotMeasurable: the bytes are no picture.
    """
    read = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_GRAYSCALE) if file else None
    if read is None:
        raise NotMeasurable(f"{name} is no picture that can be read ({len(file)} bytes)")
    return np.asarray(read, np.uint8)
