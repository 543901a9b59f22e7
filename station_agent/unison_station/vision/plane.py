"""From places in a picture to places on the plane of the parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import hypot
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import PlaneCalibration

from unison_station.vision.measured import COVERAGE
from unison_station.vision.picture import Gray, NotMeasurable, Points

_UNDISTORT_UNTIL = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 50, 1e-9)

_NEAR = 0.25
"""Half of the stretch over which a scale is taken, in pixels."""


class Plane(Protocol):
    """Where a picture's places lie."""

    @property
    def unit(self) -> str:
        """Of lengths."""

    @property
    def relative_uncertainty(self) -> float:
        """Standard uncertainty of a length that comes from the plane itself, relative."""

    def lay(self, places: Points) -> Points:
        """On the plane, in `unit`, of places in the picture, shape (n, 2)."""

    def seen(self, places: Points) -> Points:
        """In the picture, of places on the plane."""

    def demand_shown(self, places: Points, name: str) -> None:
        """Ask that it is known how places in the picture lie on it; `name` is the tool's, for the message.

        Raises:
            NotMeasurable: one lies where the board never was.
        """


@dataclass(frozen=True)
class PicturePlane:
    """The picture itself: without a calibration lengths are pixels."""

    unit: str = "px"
    relative_uncertainty: float = 0.0

    def lay(self, places: Points) -> Points:
        """As they are."""
        return np.asarray(places, np.float64)

    def seen(self, places: Points) -> Points:
        """As they are."""
        return np.asarray(places, np.float64)

    def demand_shown(self, places: Points, name: str) -> None:
        """They need no board."""


@dataclass(frozen=True)
class CalibratedPlane:
    """By a calibration; only the places are undistorted, not the picture."""

    calibration: PlaneCalibration
    unit: str = "mm"
    camera: NDArray[np.float64] = field(init=False)
    homography: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what can't be turned around.

        Raises:
            NotMeasurable: the calibration's matrices are singular.
        """
        object.__setattr__(self, "camera", np.reshape(self.calibration.camera_matrix, (3, 3)).astype(np.float64))
        object.__setattr__(self, "homography", np.reshape(self.calibration.plane, (3, 3)).astype(np.float64))
        if min(np.linalg.cond(self.camera) ** -1, np.linalg.cond(self.homography) ** -1) < 1e-14:
            raise NotMeasurable("The calibration of this camera is no picture of a plane: calibrate it anew")

    @property
    def relative_uncertainty(self) -> float:
        """As the calibration found it, and what the board may be wrong by."""
        return hypot(self.calibration.plane_uncertainty, self.calibration.board.square_uncertainty / COVERAGE)

    def lay(self, places: Points) -> Points:
        """Undistorted, then by the homography."""
        distorted = np.ascontiguousarray(places, np.float64).reshape(-1, 1, 2)
        lens = np.array(self.calibration.distortion)
        straight = cv2.undistortPoints(
            distorted, self.camera, lens, R=np.eye(3), P=self.camera, criteria=_UNDISTORT_UNTIL
        )
        return _projected(self.homography, np.asarray(straight, np.float64).reshape(-1, 2))

    def seen(self, places: Points) -> Points:
        """By the homography turned around, then distorted."""
        straight = _projected(_turned_around(self.homography), np.asarray(places, np.float64))
        rays = _projected(_turned_around(self.camera), straight)
        in_space = np.column_stack((rays, np.ones(len(rays))))
        lens = np.array(self.calibration.distortion)
        seen, _ = cv2.projectPoints(in_space, np.zeros(3), np.zeros(3), self.camera, lens)
        return np.asarray(seen, np.float64).reshape(-1, 2)

    def demand_shown(self, places: Points, name: str) -> None:
        """Within the hull of all corners, or at most a square beside it: so far the board itself reached.

        Raises:
            NotMeasurable: as `Plane` says. Calibrations without a hull are believed everywhere.
        """
        if self.calibration.hull is None:
            return
        hull = np.array(self.calibration.hull, np.float32)
        outside = max(-cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=True) for x, y in places)
        middle = hull.mean(axis=0, dtype=np.float64, keepdims=True)
        square = self.calibration.board.square / float(np.sqrt(abs(np.linalg.det(scales(self, middle)[0]))))
        if outside > square:
            raise NotMeasurable(
                f"{name}: an edge lies {outside:.0f} pixels beside where the board was shown when the camera was "
                "calibrated, and the lens is not known there: calibrate it anew with pictures of the board there too, "
                "or lay the part nearer to the middle"
            )


def plane_of(picture: Gray, calibration: PlaneCalibration | None) -> Plane:
    """What lengths in this picture are measured on.

    Raises:
        NotMeasurable: the calibration is for pictures of another size.
    """
    if calibration is None:
        return PicturePlane()
    height, width = picture.shape
    if (width, height) != (calibration.width, calibration.height):
        raise NotMeasurable(
            f"The picture is {width} by {height} pixels, the camera was calibrated with "
            f"{calibration.width} by {calibration.height}: calibrate it anew, or set its size back"
        )
    return CalibratedPlane(calibration)


def scales(plane: Plane, places: Points) -> NDArray[np.float64]:
    """How the plane moves with the picture at each place: derivatives by x and y, shape (n, 2, 2)."""
    places = np.asarray(places, np.float64)
    moved = [plane.lay(places + step) - plane.lay(places - step) for step in ((_NEAR, 0.0), (0.0, _NEAR))]
    return np.stack(moved, axis=2) / (2 * _NEAR)


def _turned_around(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _projected(homography: NDArray[np.float64], places: Points) -> Points:
    in_space = np.column_stack((places, np.ones(len(places)))) @ homography.T
    flat: Points = in_space[:, :2] / in_space[:, 2:]
    return flat
