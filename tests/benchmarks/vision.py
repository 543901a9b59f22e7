"""Measuring by camera: parts of known size, seen obliquely through a lens, blurred and noisy, against what is measured.

Cameras lie at chance over the plane and are calibrated from pictures of a chessboard, so what a calibration is wrong by
is in every error. Pictures are rendered by `tests/station_agent/vision/rendering.py`, which shares nothing with what
measures. The peer measures the same pictures on the same calibration the way it is mostly done with OpenCV: a threshold
by Otsu, whole pixels at the border, an ellipse through the contour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import cos, hypot, pi, sin
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import CalibrationBoard, Caliper, CircleDiameter, Strip
from unison_station.vision.calibration import calibrate
from unison_station.vision.caliper import measure_caliper
from unison_station.vision.circle import measure_circle
from unison_station.vision.measured import Measured
from unison_station.vision.plane import CalibratedPlane

from tests.benchmarks.report import result
from tests.station_agent.vision.rendering import Camera, Light, Pose, View, bar, chessboard, disk, render

BOARD = CalibrationBoard(columns=10, rows=7, square=10.0)
MIDDLE = (40.0, 25.0)
TILTS = ((0.5, 0.0, 0.1), (-0.5, 0.1, 0.0), (0.0, 0.5, -0.1), (0.1, -0.5, 0.0), (0.35, 0.3, 0.3))
SEED = 20_261_121
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

    def seen(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the plane is in the picture."""
        return self.view.picture(x, y)


def setup(chance: np.random.Generator) -> Setup:
    """A camera at chance, calibrated from six pictures."""
    lens = (*chance.uniform((-0.25, -0.05), (0.1, 0.1)), *chance.uniform(-0.001, 0.001, 2), 0.0)
    camera = Camera(480, 360, float(chance.uniform(480, 620)), lens)
    lying = tuple(chance.uniform(-0.25, 0.25, 3))
    views = [View(camera, _over(lying, 0.24 * camera.focal))]
    views += [View(camera, _over(tilt, 0.28 * camera.focal)) for tilt in TILTS]
    light = Light(blur=float(chance.uniform(0.5, 1.2)), noise=float(chance.uniform(1, 4)))
    pictures = [render(view, chessboard(10, 7, BOARD.square), light, chance, fine=3) for view in views]
    calibration = calibrate(pictures, BOARD, 0, datetime(2026, 11, 21, tzinfo=UTC))
    return Setup(views[0], CalibratedPlane(calibration))


def _over(turned: tuple[float, ...], away: float) -> Pose:
    """The middle of the board `away` before the camera."""
    x, y, z = turned
    at = Pose((x, y, z), (0, 0, 0)).rotation @ np.array([*MIDDLE, 0.0])
    return Pose((x, y, z), (-float(at[0]), -float(at[1]), away - float(at[2])))


def width(camera: Setup, chance: np.random.Generator) -> Trial:
    """A bar's width, by a caliper square to it."""
    size, angle = float(chance.uniform(6, 30)), float(chance.uniform(-pi, pi))
    x, y = chance.uniform(-8, 8, 2) + MIDDLE
    reach = size / 2 + 3.0
    ends = [camera.seen(x + side * reach * cos(angle), y + side * reach * sin(angle)) for side in (-1, 1)]
    edges = [camera.seen(x + side * size / 2 * cos(angle), y + side * size / 2 * sin(angle)) for side in (-1, 1)]
    light = _light(chance)
    picture = render(camera.view, bar(x, y, size, angle), light, chance, _around(ends, 20, camera))
    strip = Strip(from_x=ends[0][0], from_y=ends[0][1], to_x=ends[1][0], to_y=ends[1][1], width=12)
    tool = Caliper(id=NOBODY, name="width", characteristic_id=NOBODY, strip=strip)
    return _trial(
        size, _distance(edges), measure_caliper(picture, tool, camera.plane), _by_threshold(picture, ends, camera.plane)
    )


def diameter(camera: Setup, chance: np.random.Generator) -> Trial:
    """A disk's diameter."""
    size = float(chance.uniform(8, 30))
    x, y = chance.uniform(-8, 8, 2) + MIDDLE
    border = [camera.seen(x + size / 2 * cos(a), y + size / 2 * sin(a)) for a in np.arange(36) * pi / 18]
    (middle_x, middle_y), across = _middle(border), _distance([border[0], border[18]])
    radii = [hypot(at[0] - middle_x, at[1] - middle_y) for at in border]
    light = _light(chance)
    picture = render(camera.view, disk(x, y, size), light, chance, _around(border, 22, camera))
    tool = CircleDiameter(
        id=NOBODY,
        name="diameter",
        characteristic_id=NOBODY,
        x=middle_x,
        y=middle_y,
        inner=max(2.0, min(radii) - 11),
        outer=max(radii) + 11,
    )
    return _trial(size, across, measure_circle(picture, tool, camera.plane), _by_contour(picture, camera.plane))


def _light(chance: np.random.Generator) -> Light:
    dark, light = float(chance.uniform(20, 80)), float(chance.uniform(150, 230))
    part, ground = (dark, light) if chance.random() < 0.5 else (light, dark)
    return Light(part, ground, blur=float(chance.uniform(0.4, 2.5)), noise=float(chance.uniform(0, 6)))


def _trial(size: float, pixels: float, measured: Measured, peer: float | None) -> Trial:
    """Errors against the true size, in pixels of the picture."""
    off = float(measured.value) - size
    assert measured.uncertainty is not None
    scale = pixels / size
    return Trial(off * scale, None if peer is None else (peer - size) * scale, abs(off) <= float(measured.uncertainty))


def _by_threshold(picture: Picture, ends: list[tuple[float, float]], plane: CalibratedPlane) -> float | None:
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


def _by_contour(picture: Picture, plane: CalibratedPlane) -> float | None:
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


def _around(places: list[tuple[float, float]], margin: int, camera: Setup) -> Window:
    x, y = np.array(places).T
    size = camera.view.camera
    return (
        max(0, int(x.min()) - margin), max(0, int(y.min()) - margin),
        min(size.width, int(x.max()) + margin), min(size.height, int(y.max()) + margin),
    )  # fmt: skip


def _middle(places: list[tuple[float, float]]) -> tuple[float, float]:
    x, y = np.array(places).mean(axis=0)
    return float(x), float(y)


def _distance(places: list[tuple[float, float]]) -> float:
    return hypot(places[0][0] - places[1][0], places[0][1] - places[1][1])


def _rms(errors: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def rows(name: str, trials: list[Trial]) -> bool:
    """Error and coverage of one tool."""
    ours = _rms([one.error for one in trials])
    theirs = _rms([one.peer for one in trials if one.peer is not None])
    share = 100 * sum(one.is_covered for one in trials) / len(trials)
    good = result(
        "vision", f"{name}: error", round(ours, 4), "pixel rms", peer="threshold by OpenCV",
        ratio=round(ours / theirs, 3), reach="<= 0.1 pixel", ok=ours <= 0.1,
    )  # fmt: skip
    reach = f">= 95 % of {len(trials)} trials"
    return result("vision", f"{name}: uncertainty covers", round(share, 2), "%", reach=reach, ok=share >= 95) and good


def main() -> int:
    """Print the rows; 1 when one falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    cameras, each = (2, 20) if arguments.quick else (10, 60)
    chance = np.random.default_rng(SEED)
    tools: dict[str, Callable[[Setup, np.random.Generator], Trial]] = {"edge distance": width, "diameter": diameter}
    trials: dict[str, list[Trial]] = {name: [] for name in tools}
    for _ in range(cameras):
        camera = setup(chance)
        for name, tool in tools.items():
            trials[name] += [tool(camera, chance) for _ in range(each)]
    reached = [rows(name, done) for name, done in trials.items()]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
