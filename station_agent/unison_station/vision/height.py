"""Lengths at a height: an edge nearer to the camera than the calibrated board looks larger than it is.

Seen from one point, planes that lie side by side look alike but for their size. So what is laid on the board's plane
shrinks towards the foot of the camera by height / distance, and angles stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import Caliper, CircleDiameter

from unison_station.vision.measured import COVERAGE
from unison_station.vision.picture import NotMeasurable, Points
from unison_station.vision.plane import CalibratedPlane, PicturePlane, Plane

UNKNOWN_DISTANCE = 0.05
"""Standard uncertainty of the distance, relative, where a calibration was made before it was kept."""

_SKEWED = 0.2
"""A camera and a plane that don't belong together show its axes so far from square, or so unlike in length."""


@dataclass(frozen=True)
class Standpoint:
    """Where the camera is: `foot` on the plane below it, and its `distance` from the plane; in the plane's unit."""

    foot: Points
    distance: float


def standpoint(camera: NDArray[np.float64], homography: NDArray[np.float64]) -> Standpoint | None:
    """From the camera's matrix and what leads from straightened pixels to the plane (Zhang 2000, 3.1).

    Returns:
        None where no camera with this matrix sees the plane so.
    """
    across, down, origin = (np.linalg.inv(camera) @ np.linalg.inv(homography)).T
    normal = np.cross(across, down)
    size = float(np.sqrt(np.linalg.norm(normal)))
    if not np.isfinite(size) or size == 0:
        return None
    across, down, origin = across / size, down / size, origin / size
    lengths = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    is_skewed = abs(float(across @ down)) > _SKEWED or abs(lengths[0] - lengths[1]) > _SKEWED
    distance = abs(float(np.cross(across, down) @ origin))
    if is_skewed or distance == 0:
        return None
    return Standpoint(-np.array([[across @ origin, down @ origin]]), distance)


@dataclass(frozen=True)
class RaisedPlane:
    """A plane beside the calibrated one.

    Attributes:
        shrunk: a length on it, as a part of the one on the calibrated plane that looks alike.
        uncertainty: standard uncertainty of that, relative.
    """

    below: CalibratedPlane
    foot: Points
    shrunk: float
    uncertainty: float

    @property
    def unit(self) -> str:
        """As below."""
        return self.below.unit

    @property
    def relative_uncertainty(self) -> float:
        """Of the plane below, and of where this one is."""
        return hypot(self.below.relative_uncertainty, self.uncertainty)

    def lay(self, places: Points) -> Points:
        """On the plane below, and up from there towards the camera."""
        return self.foot + self.shrunk * (self.below.lay(places) - self.foot)

    def seen(self, places: Points) -> Points:
        """Down to the plane below, and seen there."""
        return self.below.seen(self.foot + (np.asarray(places, np.float64) - self.foot) / self.shrunk)

    def demand_shown(self, places: Points, name: str) -> None:
        """As below: it is the lens that is known there, or not. Raises NotMeasurable."""
        self.below.demand_shown(places, name)


def at_height(plane: Plane, tool: Caliper | CircleDiameter) -> tuple[Plane, str]:
    """The plane the tool's edges lie on, and what is to be said of it.

    Raises:
        NotMeasurable: it can't be known, or lies behind the camera.
    """
    if isinstance(plane, PicturePlane):
        return plane, "; its height is not taken into account, as the camera is not calibrated" if tool.height else ""
    if not isinstance(plane, CalibratedPlane):
        return plane, ""
    calibration = plane.calibration
    height = tool.height - calibration.board.thickness
    if not (height or tool.height_uncertainty):
        return plane, ""
    stands = standpoint(plane.camera, plane.homography)
    if stands is None:
        raise NotMeasurable(
            f"{tool.name}: its height of {tool.height:g} mm can't be taken into account, since this calibration does "
            "not tell how far the camera is: calibrate it anew, with the board tilted to different sides"
        )
    if height >= 0.9 * stands.distance:
        raise NotMeasurable(
            f"{tool.name}: a height of {tool.height:g} mm reaches the camera, which is {stands.distance:.0f} mm above "
            "the board: set it right, or calibrate the camera anew"
        )
    left = stands.distance - height
    known = calibration.distance_uncertainty
    from_distance = height / stands.distance * (UNKNOWN_DISTANCE if known is None else known) * stands.distance / left
    uncertainty = hypot(tool.height_uncertainty / COVERAGE / left, from_distance)
    said = f"; {height:g} mm above the board's print, the camera {stands.distance:.0f} mm" if height else ""
    return RaisedPlane(plane, stands.foot, left / stands.distance, uncertainty), said
