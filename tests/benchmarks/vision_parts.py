"""Cameras at chance over a plane, calibrated from rendered boards, and parts of known size measured by them.

Cameras are calibrated from pictures of a chessboard or a ChArUco board, so what a calibration is wrong by is in every
error. Parts lie anywhere the board was shown, strips up to five degrees off square, as people lay them. Pictures are
rendered by `tests/station_agent/vision/rendering.py`, which shares nothing with what measures. The peer measures the
same pictures on the same calibration the way it is mostly done with OpenCV: a threshold by Otsu, whole pixels at the
border, an ellipse through the contour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import cos, hypot, inf, pi, radians, sin
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import (
    Board,
    CalibrationBoard,
    Caliper,
    CircleDiameter,
    EdgeAngle,
    Strip,
)
from unison_station.vision.angle import measure_angle
from unison_station.vision.board import charuco_board
from unison_station.vision.calibration import calibrate
from unison_station.vision.caliper import measure_caliper
from unison_station.vision.circle import measure_circle
from unison_station.vision.height import at_height
from unison_station.vision.measured import Measured
from unison_station.vision.plane import CalibratedPlane, Plane

from tests.station_agent.vision.rendering import (
    Camera,
    Light,
    Pose,
    Shape,
    View,
    bar,
    chessboard,
    corner,
    disk,
    image_on_plane,
    render,
)

CHESSBOARD = CalibrationBoard(columns=10, rows=7, square=10.0)
CHARUCO = CalibrationBoard(board=Board.CHARUCO, columns=9, rows=6, square=11.0, marker=8.0)
MIDDLES = {Board.CHESSBOARD: (40.0, 25.0), Board.CHARUCO: (49.5, 33.0)}
"""Of the boards, from their origins."""

FINE = 16
"""Pixels a millimetre of the printed ChArUco board."""

MARGIN = 14
LEGS = 14.0
"""So far from its corner an angle is measured, in millimetres."""

OBLIQUE = radians(5)
"""Strips are laid by eye."""

NEAR = 0.24
"""So far, as a part of the focal length in pixels, a millimetre is 1 / NEAR pixels and the board fills the picture."""

TILTED_AWAY = 0.28 / 0.24
TILTS = ((0.5, 0.0, 0.1), (-0.5, 0.1, 0.0), (0.0, 0.5, -0.1), (0.1, -0.5, 0.0), (0.35, 0.3, 0.3))
NOBODY = UUID(int=0)

Picture = NDArray[np.uint8]
Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Trial:
    """One part: errors in pixels, and whether the stated uncertainty held."""

    error: float
    peer: float | None
    is_covered: bool


@dataclass(frozen=True)
class Setup:
    """A camera over its plane, and what its calibration made of it."""

    view: View
    plane: CalibratedPlane
    middle: tuple[float, float]
    board: CalibrationBoard

    def seen(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the plane is in the picture."""
        return self.view.picture(x, y)

    def raised(self, height: float) -> Setup:
        """The same camera over a plane so many millimetres nearer to it."""
        pose = self.view.pose
        away = np.array(pose.away) - height * pose.rotation[:, 2]
        nearer = Pose(pose.turned, (float(away[0]), float(away[1]), float(away[2])))
        return replace(self, view=replace(self.view, pose=nearer))

    def misprinted(self, off: float, within: float) -> Setup:
        """Calibrated by a board whose squares are smaller by such a part than they are said to be."""
        calibration = self.plane.calibration
        larger = np.diag((1 + off, 1 + off, 1.0)) @ self.plane.homography
        board = calibration.board.model_copy(update={"square_uncertainty": within})
        changed = calibration.model_copy(update={"plane": tuple(larger.ravel().tolist()), "board": board})
        return replace(self, plane=CalibratedPlane(changed))

    def shows(self, places: list[tuple[float, float]], margin: float = MARGIN) -> bool:
        """Whether all these places are in the picture, so far from its border."""
        size = self.view.camera
        return all(margin < x < size.width - margin and margin < y < size.height - margin for x, y in places)

    def is_on_board(self, x: float, y: float, reach: float) -> bool:
        """Whether what reaches so far around a place of the plane lies where the board lay, all but its rim."""
        beyond = reach - 0.7 * self.board.square
        from_middle = abs(x - self.middle[0]), abs(y - self.middle[1])
        squares = self.board.columns - 2, self.board.rows - 2
        return all(
            far + beyond <= count * self.board.square / 2 for far, count in zip(from_middle, squares, strict=True)
        )

    def anywhere(self, chance: np.random.Generator, reach: float = 1.0) -> tuple[float, float]:
        """A place on the plane at chance, where the board was shown, or `reach` times as far from its middle."""
        farthest = reach * np.array([self.board.columns - 2, self.board.rows - 2]) * self.board.square / 2
        x, y = chance.uniform(-1, 1, 2) * farthest + self.middle
        return float(x), float(y)


def usual_light(chance: np.random.Generator) -> Light:
    """Well exposed, dark on light or light on dark."""
    dark, light = float(chance.uniform(20, 80)), float(chance.uniform(150, 230))
    part, ground = (dark, light) if chance.random() < 0.5 else (light, dark)
    return Light(part, ground, blur=float(chance.uniform(0.4, 2.5)), noise=float(chance.uniform(0, 6)))


@dataclass(frozen=True)
class Circumstances:
    """What parts are measured in.

    Attributes:
        light: of a trial.
        sizes: of parts, from and to, in millimetres; None: as is usual for the tool.
        gamma: as the camera's is set.
        away: as in `setup`; reach: as in `Setup.anywhere`.
        height: up to so many millimetres above the board, or half as many below it, edges lie.
        height_within, board_within: 95 % of what is told of heights is right within so many millimetres, and of the
            board's squares within so large a part of them.
    """

    light: Callable[[np.random.Generator], Light] = usual_light
    sizes: tuple[float, float] | None = None
    gamma: float = 1.0
    away: float = NEAR
    reach: float = 1.0
    height: float = 0.0
    height_within: float = 0.0
    board_within: float = 0.0

    def at_chance(self, camera: Setup, chance: np.random.Generator) -> tuple[Setup, dict[str, float]]:
        """The camera over a part, as its calibration has it; and what the tool is told of the part's height."""
        if self.board_within:
            camera = camera.misprinted(float(chance.normal(0, self.board_within / 2)), self.board_within)
        if not self.height:
            return camera, {}
        told = float(chance.uniform(-self.height / 2, self.height))
        true = told + float(chance.normal(0, self.height_within / 2))
        return camera.raised(true), {"height": told, "height_uncertainty": self.height_within}

    def may_lie(self, camera: Setup, x: float, y: float, reach: float) -> bool:
        """Whether a part around a place, so large, is to be measured: on the board, or anywhere."""
        return self.reach > 1 or camera.is_on_board(x, y, reach)

    def size(self, chance: np.random.Generator, least: float, greatest: float) -> float:
        """At chance, between what is usual where nothing else is said."""
        return float(chance.uniform(*(self.sizes or (least, greatest))))


USUAL = Circumstances()


def setup(chance: np.random.Generator, board: CalibrationBoard, away: float = NEAR) -> Setup:
    """A camera at chance, calibrated from six pictures, of which the first is taken from `away`."""
    lens = (*chance.uniform((-0.25, -0.05), (0.1, 0.1)), *chance.uniform(-0.001, 0.001, 2), 0.0)
    camera = Camera(480, 360, float(chance.uniform(480, 620)), lens)
    lying = tuple(chance.uniform(-0.25, 0.25, 3))
    middle = MIDDLES[board.board]
    views = [View(camera, _over(lying, away * camera.focal, middle))]
    views += [View(camera, _over(tilt, away * TILTED_AWAY * camera.focal, middle)) for tilt in TILTS]
    light = Light(blur=float(chance.uniform(0.5, 1.2)), noise=float(chance.uniform(1, 4)))
    pictures = [render(view, _printed(board), light, chance, fine=3) for view in views]
    calibration = calibrate(pictures, board, 0, datetime(2026, 11, 21, tzinfo=UTC))
    return Setup(views[0], CalibratedPlane(calibration), middle, board)


def _printed(board: CalibrationBoard) -> Shape:
    if board.board is Board.CHESSBOARD:
        return chessboard(board.columns, board.rows, board.square)
    size = (round(board.columns * board.square * FINE), round(board.rows * board.square * FINE))
    return image_on_plane(np.asarray(charuco_board(board).generateImage(size), np.uint8), 1 / FINE)


def _over(turned: tuple[float, ...], away: float, middle: tuple[float, float]) -> Pose:
    """The middle of the board `away` before the camera."""
    x, y, z = turned
    at = Pose((x, y, z), (0, 0, 0)).rotation @ np.array([*middle, 0.0])
    return Pose((x, y, z), (-float(at[0]), -float(at[1]), away - float(at[2])))


def width(camera: Setup, chance: np.random.Generator, circumstances: Circumstances = USUAL) -> Trial:
    """A bar's width, by a caliper laid by eye. Raises NotMeasurable."""
    camera, told = circumstances.at_chance(camera, chance)
    size, angle, off = (
        circumstances.size(chance, 6, 30),
        float(chance.uniform(-pi, pi)),
        chance.uniform(-OBLIQUE, OBLIQUE),
    )
    reach, ends = size / 2 + 3.0, [(-1.0, -1.0)]
    x, y = inf, inf
    while not (camera.shows(ends) and circumstances.may_lie(camera, x, y, size / 2)):
        x, y = camera.anywhere(chance, circumstances.reach)
        ends = [
            camera.seen(x + side * reach * cos(angle + off), y + side * reach * sin(angle + off)) for side in (-1, 1)
        ]
    edges = [camera.seen(x + side * size / 2 * cos(angle), y + side * size / 2 * sin(angle)) for side in (-1, 1)]
    light = circumstances.light(chance)
    picture = render(camera.view, bar(x, y, size, angle), light, chance, around(ends, 20, camera))
    tool = Caliper(id=NOBODY, name="width", characteristic_id=NOBODY, strip=_strip(ends, 12), **told)
    plane, _ = at_height(camera.plane, tool)
    return _trial(
        size,
        distance(edges),
        measure_caliper(picture, tool, plane, circumstances.gamma),
        _by_threshold(picture, ends, plane),
    )


def diameter(camera: Setup, chance: np.random.Generator, circumstances: Circumstances = USUAL) -> Trial:
    """A disk's diameter. Raises NotMeasurable."""
    camera, told = circumstances.at_chance(camera, chance)
    size, border = circumstances.size(chance, 8, 30), [(-1.0, -1.0)]
    x, y = inf, inf
    while not (camera.shows(border, 2 * MARGIN) and circumstances.may_lie(camera, x, y, size / 2)):
        x, y = camera.anywhere(chance, circumstances.reach)
        border = [camera.seen(x + size / 2 * cos(a), y + size / 2 * sin(a)) for a in np.arange(36) * pi / 18]
    (middle_x, middle_y), across = _middle(border), distance([border[0], border[18]])
    radii = [hypot(at[0] - middle_x, at[1] - middle_y) for at in border]
    light = circumstances.light(chance)
    picture = render(camera.view, disk(x, y, size), light, chance, around(border, 22, camera))
    tool = CircleDiameter(
        id=NOBODY,
        name="diameter",
        characteristic_id=NOBODY,
        x=middle_x,
        y=middle_y,
        inner=max(1.0, min(radii) - 11),
        outer=max(radii) + 11,
        **told,
    )
    plane, _ = at_height(camera.plane, tool)
    return _trial(
        size,
        across,
        measure_circle(picture, tool, plane, circumstances.gamma),
        _by_contour(picture, plane),
    )


def angle(camera: Setup, chance: np.random.Generator, circumstances: Circumstances = USUAL) -> Trial:
    """The angle of a corner, by strips across both its edges; errors as pixels over the width of a strip.

    Raises NotMeasurable.
    """
    size, turned = float(chance.uniform(30, 150)), float(chance.uniform(-pi, pi))
    normals = (turned, turned + pi - radians(size))
    strips = [[(-1.0, -1.0)], [(-1.0, -1.0)]]
    x, y = inf, inf
    while not (all(camera.shows(ends, 2 * MARGIN) for ends in strips) and circumstances.may_lie(camera, x, y, LEGS)):
        x, y = camera.anywhere(chance, circumstances.reach)
        strips = [_across_edge(camera, x, y, normals[side], normals[1 - side]) for side in (0, 1)]
    light = circumstances.light(chance)
    window = around([*strips[0], *strips[1]], 30, camera)
    picture = render(camera.view, corner(x, y, *normals), light, chance, window)
    first, second = (_strip(ends, 30) for ends in strips)
    tool = EdgeAngle(id=NOBODY, name="angle", characteristic_id=NOBODY, first=first, second=second)
    pixels = radians(size) * first.width
    return _trial(size, pixels, measure_angle(picture, tool, camera.plane, circumstances.gamma), None)


def _across_edge(camera: Setup, x: float, y: float, normal: float, other: float) -> list[tuple[float, float]]:
    """Ends of a strip across the edge with this normal, on the side of the corner at which the part is."""
    along = normal + pi / 2 if cos(normal + pi / 2 - other) < 0 else normal - pi / 2
    at_x, at_y = x + 12 * cos(along), y + 12 * sin(along)
    return [camera.seen(at_x + out * 4 * cos(normal), at_y + out * 4 * sin(normal)) for out in (-1, 1)]


def _strip(ends: list[tuple[float, float]], wide: float) -> Strip:
    (from_x, from_y), (to_x, to_y) = ends
    return Strip(from_x=from_x, from_y=from_y, to_x=to_x, to_y=to_y, width=wide)


def _trial(size: float, pixels: float, measured: Measured, peer: float | None) -> Trial:
    """Errors against the true size, in pixels of the picture."""
    off = float(measured.value) - size
    assert measured.uncertainty is not None
    scale = pixels / size
    return Trial(off * scale, None if peer is None else (peer - size) * scale, abs(off) <= float(measured.uncertainty))


def _by_threshold(picture: Picture, ends: list[tuple[float, float]], plane: Plane) -> float | None:
    """Whole pixels on one line at which an Otsu threshold is crossed first and last."""
    begin, end = np.array(ends)
    steps = np.linspace(0, 1, int(hypot(*(end - begin))) + 1)[:, None]
    line = np.round(begin + steps * (end - begin)).astype(int)
    _, binary = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    crossed = np.flatnonzero(np.diff(np.asarray(binary)[line[:, 1], line[:, 0]].astype(int)))
    if len(crossed) < 2:
        return None
    laid = plane.lay((line[crossed[[0, -1]]] + line[crossed[[0, -1]] + 1]) / 2)
    return float(hypot(*(laid[1] - laid[0])))


def _by_contour(picture: Picture, plane: Plane) -> float | None:
    """An ellipse through the border of what an Otsu threshold leaves, half a pixel outside the contour's pixels."""
    _, binary = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    turned = np.asarray(binary) if np.mean(binary) < 127 else 255 - np.asarray(binary)
    contours, _ = cv2.findContours(turned.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    longest = max(contours, key=len).reshape(-1, 2).astype(np.float64)
    if len(longest) < 5:
        return None
    outward = longest - longest.mean(axis=0)
    border = longest + 0.5 * outward / np.hypot(*outward.T)[:, None]  # contours run through pixels' middles
    _, axes, _ = cv2.fitEllipse(plane.lay(border).astype(np.float32))
    return float(np.mean(axes))


def around(places: list[tuple[float, float]], margin: int, camera: Setup) -> Window:
    x, y = np.array(places).T
    size = camera.view.camera
    return (
        max(0, int(x.min()) - margin), max(0, int(y.min()) - margin),
        min(size.width, int(x.max()) + margin), min(size.height, int(y.max()) + margin),
    )  # fmt: skip


def _middle(places: list[tuple[float, float]]) -> tuple[float, float]:
    x, y = np.array(places).mean(axis=0)
    return float(x), float(y)


def distance(places: list[tuple[float, float]]) -> float:
    return hypot(places[0][0] - places[1][0], places[0][1] - places[1][1])
