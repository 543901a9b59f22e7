"""Pictures a simulated camera takes: an empty table, a board, and a part of known size with a code printed on it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from unison_station.simulate.camera_board import board_picture
from unison_station.simulate.camera_scene import BORE_PLACE, HEIGHT, PIXELS_PER_MILLIMETRE, PLATE, USUAL_BORE, WIDTH

_TABLE, _PART, _HOLE = 60, 190, 45
_NOISE = 3.0
_BLUR = 0.8
"""Standard deviation of the lens, in pixels."""
_MODULE_PIXELS = 6

_Grey: TypeAlias = NDArray[np.uint8]


def show_nothing(folder: Path) -> None:
    """The table is empty. Raises OSError."""
    _show(folder, _table())


def show_board(folder: Path, turn: int) -> None:
    """The board a camera is calibrated with, flat at the first turn and then tilted otherwise each. Raises OSError."""
    _show(folder, np.asarray(cv2.GaussianBlur(board_picture(turn, _TABLE), (0, 0), _BLUR), np.float64))


def show_code(folder: Path, text: str, bore: float = USUAL_BORE) -> None:
    """A part lies on the table, with a QR code that says `text` and a bore of so many millimetres. Raises OSError."""
    picture = _table()
    _draw_part(picture, bore)
    code = _code(text)
    top, left = (HEIGHT - code.shape[0]) // 2, WIDTH // 2 - 40
    picture[top : top + code.shape[0], left : left + code.shape[1]] = code
    _show(folder, picture)


def _table() -> _Grey:
    return np.full((HEIGHT, WIDTH), _TABLE, dtype=np.uint8)


def _draw_part(picture: _Grey, bore: float) -> None:
    """Each pixel is as bright as the share of it that is covered, so that edges are where they are said to be."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    width, height = (side * PIXELS_PER_MILLIMETRE for side in PLATE)
    plate = _covered(width / 2 - abs(x - WIDTH / 2)) * _covered(height / 2 - abs(y - HEIGHT / 2))
    hole = _covered(bore * PIXELS_PER_MILLIMETRE / 2 - np.hypot(x - BORE_PLACE[0], y - BORE_PLACE[1]))
    drawn = picture + (_PART - picture.astype(np.float64)) * plate
    drawn += (_HOLE - drawn) * hole
    picture[:] = np.round(cv2.GaussianBlur(drawn, (0, 0), _BLUR))


def _covered(inside: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of pixels whose middles lie so far inside an edge."""
    return np.clip(inside + 0.5, 0.0, 1.0)


def _code(text: str) -> _Grey:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return np.array(zxingcpp.write_barcode_to_image(made, scale=_MODULE_PIXELS), dtype=np.uint8)


def _show(folder: Path, picture: NDArray[np.uint8] | NDArray[np.float64]) -> None:
    """Whole at once: a reader finds the picture before or this one."""
    noise = np.random.default_rng().normal(0.0, _NOISE, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    new = folder / ".new.png"
    if not cv2.imwrite(str(new), noisy):
        raise OSError(f"{new} can't be written")
    new.replace(folder / "picture.png")
