"""Corners of a printed board in a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2 import aruco
from numpy.typing import NDArray
from unison_domain.stations.camera_commands import FoundBoard
from unison_domain.stations.picture_tools import Board, CalibrationBoard

from unison_station.vision.picture import Gray, NotMeasurable, Points

FEWEST_CORNERS = 8
"""Of a ChArUco board, parts of which may be hidden."""

_DICTIONARIES = (
    (50, aruco.DICT_5X5_50),
    (100, aruco.DICT_5X5_100),
    (250, aruco.DICT_5X5_250),
    (1000, aruco.DICT_5X5_1000),
)


@dataclass(frozen=True)
class Corners:
    """Corners found: in the picture, in pixels, and on the board, in millimetres; both of shape (n, 2)."""

    seen: Points
    on_board: Points


def find_corners(picture: Gray, board: CalibrationBoard, name: str) -> Corners:
    """All corners of the board; `name` is the picture's, for the message.

    Raises:
        NotMeasurable: the board is not found, or can't be.
    """
    return _chessboard(picture, board, name) if board.board is Board.CHESSBOARD else _charuco(picture, board, name)


def board_found(picture: Gray, board: CalibrationBoard) -> FoundBoard:
    """Whether a picture can be used to calibrate: what of the board is seen in it.

    Raises:
        NotMeasurable: the board is not found, and why that may be.
    """
    seen = find_corners(picture, board, "this picture").seen
    around = cv2.convexHull(seen.astype(np.float32))
    return FoundBoard(
        corners=len(seen),
        of=(board.columns - 1) * (board.rows - 1),
        share=cv2.contourArea(around) / picture.size,
        points=tuple((round(x, 2), round(y, 2)) for x, y in seen.tolist()),
    )


def _chessboard(picture: Gray, board: CalibrationBoard, name: str) -> Corners:
    columns, rows = board.columns - 1, board.rows - 1
    flags = cv2.CALIB_CB_ACCURACY | cv2.CALIB_CB_NORMALIZE_IMAGE
    is_found, seen = cv2.findChessboardCornersSB(picture, (columns, rows), flags=flags)
    if not is_found:
        raise NotMeasurable(
            f"No chessboard of {board.columns} by {board.rows} squares was found in {name}: "
            "all squares and a light margin around them must be seen, without glare"
        )
    y, x = np.mgrid[0:rows, 0:columns]
    on_board = np.column_stack((x.ravel(), y.ravel())) * board.square
    return Corners(_refined(picture, np.asarray(seen, np.float32).reshape(rows, columns, 2)), on_board)


def _refined(picture: Gray, rough: NDArray[np.float32]) -> Points:
    """To where the gradients around meet: steadier in noise than the detector's own places by three to five times."""
    gaps = [np.hypot(*np.moveaxis(np.diff(rough, axis=axis), 2, 0)).min() for axis in (0, 1)]
    return _to_gradients(picture, rough, min(gaps) * 0.35)


def _to_gradients(picture: Gray, rough: NDArray[np.float32], reach: float) -> Points:
    """Within so many pixels around each place, which must hold nothing but the corner."""
    half = int(np.clip(reach, 2, 12))
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 100, 1e-4)
    corners = cv2.cornerSubPix(picture, rough.reshape(-1, 1, 2).copy(), (half, half), (-1, -1), until)
    return np.asarray(corners, np.float64).reshape(-1, 2)


def _charuco(picture: Gray, board: CalibrationBoard, name: str) -> Corners:
    pattern = charuco_board(board)
    seen, numbers, _, _ = aruco.CharucoDetector(pattern).detectBoard(picture)
    count = 0 if numbers is None else len(numbers)
    if count < FEWEST_CORNERS:
        raise NotMeasurable(
            f"{count} corners of a ChArUco board of {board.columns} by {board.rows} squares were found in {name}, "
            f"at least {FEWEST_CORNERS} are needed: is it that board, with 5x5 markers, in focus and without glare?"
        )
    on_board = np.asarray(pattern.getChessboardCorners(), np.float64)[np.asarray(numbers).ravel(), :2]
    rough = np.asarray(seen, np.float32).reshape(-1, 2)
    margin = (pattern.getSquareLength() - pattern.getMarkerLength()) / (2 * pattern.getSquareLength())
    return Corners(_to_gradients(picture, rough, _nearest(rough) * margin), on_board)


def _nearest(places: NDArray[np.float32]) -> float:
    """The least distance of two of them, in pixels."""
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    return float(apart[~np.eye(len(places), dtype=bool)].min())


def charuco_board(board: CalibrationBoard) -> aruco.CharucoBoard:
    """The board as OpenCV knows it, with 5x5 markers from the smallest dictionary that has enough.

    Raises:
        NotMeasurable: its marker does not fit its square, or it needs more markers than there are.
    """
    if board.marker is None or board.marker >= board.square:
        raise NotMeasurable(
            f"A ChArUco board of squares of {board.square:g} mm needs the side of its markers, smaller than a square"
        )
    needed = board.columns * board.rows // 2
    for size, dictionary in _DICTIONARIES:
        if needed <= size:
            markers = aruco.getPredefinedDictionary(dictionary)
            return aruco.CharucoBoard((board.columns, board.rows), board.square, board.marker, markers)
    raise NotMeasurable(f"A board of {board.columns} by {board.rows} squares needs {needed} markers, there are 1000")
