"""Pictures a simulated camera takes: an empty table, and a part of known size with a code printed on it.

The part is a plate of 60 by 40 mm with a bore of 12 mm, seen from straight above at 10 pixels a millimetre.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

WIDTH, HEIGHT = 1_280, 720
PIXELS_PER_MILLIMETRE = 10.0
PLATE = (60.0, 40.0)
"""Width and height of the part, in millimetres."""
BORE = 12.0
"""Diameter of its bore, in millimetres."""
_TABLE, _PART, _HOLE = 60, 190, 45
_NOISE = 3.0
_SHIFT = 4
"""Places are drawn in sixteenths of a pixel."""
_MODULE_PIXELS = 6

_Grey: TypeAlias = NDArray[np.uint8]


def show_nothing(folder: Path) -> None:
    """The table is empty. Raises OSError."""
    _show(folder, _table())


def show_code(folder: Path, text: str) -> None:
    """A part lies on the table, with a QR code that says `text`. Raises OSError."""
    picture = _table()
    _draw_part(picture)
    code = _code(text)
    top, left = (HEIGHT - code.shape[0]) // 2, WIDTH // 2 - 40
    picture[top : top + code.shape[0], left : left + code.shape[1]] = code
    _show(folder, picture)


def _table() -> _Grey:
    return np.full((HEIGHT, WIDTH), _TABLE, dtype=np.uint8)


def _draw_part(picture: _Grey) -> None:
    half = tuple(side * PIXELS_PER_MILLIMETRE / 2 for side in PLATE)
    middle = (WIDTH / 2, HEIGHT / 2)
    corners = [[middle[0] + x * half[0], middle[1] + y * half[1]] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    scaled = np.round(np.array(corners) * 2**_SHIFT).astype(np.int32)
    cv2.fillConvexPoly(picture, scaled, (_PART,), cv2.LINE_AA, _SHIFT)
    centre = round((middle[0] - 180) * 2**_SHIFT), round(middle[1] * 2**_SHIFT)
    radius = round(BORE * PIXELS_PER_MILLIMETRE / 2 * 2**_SHIFT)
    cv2.circle(picture, centre, radius, (_HOLE,), cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _code(text: str) -> _Grey:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return np.array(zxingcpp.write_barcode_to_image(made, scale=_MODULE_PIXELS), dtype=np.uint8)


def _show(folder: Path, picture: _Grey) -> None:
    """Whole at once: a reader finds the picture before or this one."""
    noise = np.random.default_rng().normal(0.0, _NOISE, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    new = folder / ".new.png"
    if not cv2.imwrite(str(new), noisy):
        raise OSError(f"{new} can't be written")
    new.replace(folder / "picture.png")
