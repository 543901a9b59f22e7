"""The chessboard a simulated camera is calibrated with, flat on the table and tilted to all sides."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from unison_station.simulate.camera_scene import (
    BOARD_COLUMNS,
    BOARD_ROWS,
    BOARD_SQUARE,
    FOCAL,
    HEIGHT,
    PIXELS_PER_MILLIMETRE,
    WIDTH,
)

POSES = (
    (0.0, 0.0, 0.0, 0.0),
    (0.45, 0.0, 0.0, 4.0),
    (-0.45, 0.1, -12.0, -3.0),
    (0.0, 0.45, 14.0, 0.0),
    (0.1, -0.45, -14.0, 2.0),
    (0.3, 0.3, 10.0, 4.0),
)
"""Turned about x and y (radians), and moved to the right and down (millimetres); the first lies where parts lie."""

_MARGIN, _FINE, _TWICE = 4.0, 20, 2
"""Light paper around the squares in millimetres; pixels of its print a millimetre; samples a pixel each way."""

_INK, _PAPER = 30, 225


def board_picture(turn: int, table: int) -> NDArray[np.float64]:
    """What the camera sees of the board at a turn; poses follow each other. `table`: how bright the rest is."""
    about_x, about_y, right, down = POSES[turn % len(POSES)]
    turned_x, turned_y = (np.asarray(cv2.Rodrigues(np.array(axis))[0]) for axis in ((about_x, 0, 0), (0, about_y, 0)))
    turned = turned_x @ turned_y
    middle = np.array((BOARD_COLUMNS, BOARD_ROWS)) * BOARD_SQUARE / 2
    to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    onto = np.column_stack((turned[:, 0], turned[:, 1], (right, down, FOCAL / PIXELS_PER_MILLIMETRE)))
    camera = np.array([[FOCAL, 0, WIDTH / 2], [0, FOCAL, HEIGHT / 2], [0, 0, 1]])
    finer = np.array([[_TWICE, 0, (_TWICE - 1) / 2], [0, _TWICE, (_TWICE - 1) / 2], [0, 0, 1]])
    print_to_board = np.array([[1 / _FINE, 0, 0.5 / _FINE - _MARGIN], [0, 1 / _FINE, 0.5 / _FINE - _MARGIN], [0, 0, 1]])
    size = (WIDTH * _TWICE, HEIGHT * _TWICE)
    way = finer @ camera @ onto @ to_middle @ print_to_board
    seen = cv2.warpPerspective(_printed(), way, size, flags=cv2.INTER_LINEAR, borderValue=(float(table),))
    return np.asarray(cv2.resize(seen, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), dtype=np.float64)


def _printed() -> NDArray[np.float32]:
    """Softened as much as a pixel of the camera is wide, so that nothing finer than that is sampled."""
    side = round(BOARD_SQUARE * _FINE)
    y, x = np.mgrid[: BOARD_ROWS * side, : BOARD_COLUMNS * side] // side
    squares = np.where((x + y) % 2 == 0, _INK, _PAPER).astype(np.float32)
    margin = round(_MARGIN * _FINE)
    return np.asarray(cv2.copyMakeBorder(squares, *(margin,) * 4, cv2.BORDER_CONSTANT, value=_PAPER), np.float32)
