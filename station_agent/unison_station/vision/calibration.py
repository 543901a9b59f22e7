"""How a camera sees the plane of the parts, from pictures of a board (Zhang 2000, by OpenCV)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import CalibrationBoard, PlaneCalibration

from unison_station.vision.board import Corners, find_corners
from unison_station.vision.height import standpoint
from unison_station.vision.picture import Gray, NotMeasurable, Points
from unison_station.vision.plane import CalibratedPlane

FEWEST_PICTURES = 3
WORST_RESIDUAL = 1.5
"""Root mean square of reprojection, in pixels, from which the pictures contradict each other."""

TRIALS = 24
"""Repetitions with other noise from which the uncertainty of lengths follows."""

FILLS, SHOWS_BENDING = 0.6, 0.15
"""Share of the picture the corners must span for the lens's third radial term to be found, and for its second: where
they end before, these take up noise, and are wrong by pixels a little farther out."""

_Floats = NDArray[np.float64]


def calibrate(
    pictures: Sequence[Gray], board: CalibrationBoard, on_plane: int, at: datetime, files: Sequence[str] = ()
) -> PlaneCalibration:
    """Calibrate camera and plane.

    Args:
        pictures: of one size; the board tilted in different ways, filling much of the picture.
        on_plane: index of the picture in which the board lies on the plane of the parts' edges.
        files: SHA-256 of the pictures, to be remembered.

    Raises:
        NotMeasurable: too few pictures, sizes differ, no board in one, or they contradict each other.
    """
    if len(pictures) < FEWEST_PICTURES:
        raise NotMeasurable(
            f"{_pictures(len(pictures))} of the board, at least {FEWEST_PICTURES} are needed: "
            "one flat on the plane, the others tilted to different sides"
        )
    if not 0 <= on_plane < len(pictures):
        raise NotMeasurable(f"There is no picture {on_plane + 1} that shows the plane; there are {len(pictures)}")
    _demand_one_size(pictures)
    found = [find_corners(picture, board, f"picture {number}") for number, picture in enumerate(pictures, 1)]
    height, width = pictures[0].shape
    fit = _Fit(found, (width, height))
    if fit.residual > WORST_RESIDUAL:
        raise NotMeasurable(
            f"The pictures contradict each other by {fit.residual:.2f} pixels, {WORST_RESIDUAL:g} are too many: "
            "is the board flat, are its squares all alike, did the focus stay?"
        )
    homography = fit.plane(on_plane)
    rough = _calibration(fit, homography, board, (width, height), at, files)
    lengths, distance = _uncertainties(fit, on_plane, CalibratedPlane(rough))
    return rough.model_copy(update={"plane_uncertainty": lengths, "distance_uncertainty": distance})


class _Fit:
    """Camera and lens from corners; `residual` is the root mean square of reprojection per corner, in pixels."""

    def __init__(self, found: Sequence[Corners], size: tuple[int, int], start: _Fit | None = None) -> None:
        self.found, self.size = found, size
        on_board = [np.column_stack((one.on_board, np.zeros(len(one.on_board)))).astype(np.float32) for one in found]
        seen = [one.seen.astype(np.float32) for one in found]
        matrix = np.eye(3) if start is None else start.camera.copy()
        lens = np.zeros(5) if start is None else start.lens.copy()
        self.hull = _hull(found)
        flags = _fixed_terms(self.hull, size) | (0 if start is None else cv2.CALIB_USE_INTRINSIC_GUESS)
        try:
            residual, camera, bent, turned, moved = cv2.calibrateCamera(on_board, seen, size, matrix, lens, flags=flags)
        except cv2.error:
            raise NotMeasurable("No camera sees the board as in these pictures: tilt it in different ways") from None
        self.residual = float(residual)
        self.camera: _Floats = np.asarray(camera, np.float64)
        self.lens: _Floats = np.asarray(bent, np.float64).ravel()[:5]
        self.poses = list(zip(turned, moved, strict=True))
        if not (np.isfinite(self.camera).all() and np.isfinite(self.lens).all()):
            raise NotMeasurable("No camera sees the board as in these pictures: tilt it in different ways")

    def plane(self, index: int) -> _Floats:
        """Homography from undistorted pixels to millimetres on the board of one picture."""
        one = self.found[index]
        places = one.seen.reshape(-1, 1, 2)
        straight = cv2.undistortPoints(places, self.camera, self.lens, R=np.eye(3), P=self.camera)
        homography, _ = cv2.findHomography(np.asarray(straight).reshape(-1, 2), one.on_board, 0)
        if homography is None:
            raise NotMeasurable(f"The board in picture {index + 1} is seen edge-on: lay it flat on the plane")
        return np.asarray(homography, np.float64)

    def seen(self, index: int) -> Points:
        """Where the corners of a picture ought to be."""
        one = self.found[index]
        turned, moved = self.poses[index]
        in_space = np.column_stack((one.on_board, np.zeros(len(one.on_board))))
        seen, _ = cv2.projectPoints(in_space, turned, moved, self.camera, self.lens)
        return np.asarray(seen, np.float64).reshape(-1, 2)

    @property
    def noise(self) -> float:
        """Standard deviation of a corner in each direction, in pixels."""
        corners = sum(len(one.seen) for one in self.found)
        free = max(1, 2 * corners - 9 - 6 * len(self.found))
        return self.residual * float(np.sqrt(corners / free))


def _hull(found: Sequence[Corners]) -> Points:
    """Around all corners, in the picture."""
    seen = np.concatenate([one.seen for one in found]).astype(np.float32)
    return np.asarray(cv2.convexHull(seen), np.float64).reshape(-1, 2)


def _fixed_terms(hull: Points, size: tuple[int, int]) -> int:
    """Terms of the lens that corners within the hull can't show."""
    share = cv2.contourArea(hull.astype(np.float32)) / (size[0] * size[1])
    fixed = 0 if share >= FILLS else cv2.CALIB_FIX_K3
    return fixed if share >= SHOWS_BENDING else fixed | cv2.CALIB_FIX_K2


def _demand_one_size(pictures: Sequence[Gray]) -> None:
    height, width = pictures[0].shape
    for number, picture in enumerate(pictures, 1):
        if picture.shape != (height, width):
            raise NotMeasurable(
                f"Picture {number} is {picture.shape[1]} by {picture.shape[0]} pixels, picture 1 is {width} by "
                f"{height}: all must be taken with one setting of the camera"
            )


def _calibration(
    fit: _Fit,
    homography: _Floats,
    board: CalibrationBoard,
    size: tuple[int, int],
    at: datetime,
    files: Sequence[str],
) -> PlaneCalibration:
    return PlaneCalibration(
        board=board,
        width=size[0],
        height=size[1],
        camera_matrix=tuple(fit.camera.ravel().tolist()),
        distortion=tuple(fit.lens.tolist()),
        plane=tuple(homography.ravel().tolist()),
        residual=fit.residual,
        plane_uncertainty=0.0,
        hull=tuple((round(x, 2), round(y, 2)) for x, y in fit.hull.tolist()),
        pictures=tuple(files),
        calibrated_at=at,
    )


def _uncertainties(fit: _Fit, on_plane: int, plane: CalibratedPlane) -> tuple[float, float]:
    """How far lengths, and the camera's distance, scatter when the corners are found with other noise of the same size.

    Both are relative. Lengths are a fifth of the board, anywhere on it or up to a square beside its corners, as far as
    tools may lie, in four directions. What the board is wrong by is in neither.
    """
    chance = np.random.default_rng(1)
    begin, end = _lengths(fit.found[on_plane], plane.calibration.board.square)
    seen = [fit.seen(index) for index in range(len(fit.found))]
    begin_seen, end_seen = plane.seen(begin), plane.seen(end)
    stands = standpoint(plane.camera, plane.homography)
    lengths, off = [], []
    for _ in range(TRIALS):
        noisy = [
            Corners(where + chance.normal(0, fit.noise, where.shape), one.on_board)
            for where, one in zip(seen, fit.found, strict=True)
        ]
        trial = _Fit(noisy, fit.size, fit)
        matrix = trial.plane(on_plane)
        changed = plane.calibration.model_copy(
            update={
                "camera_matrix": tuple(trial.camera.ravel().tolist()),
                "distortion": tuple(trial.lens.tolist()),
                "plane": tuple(matrix.ravel().tolist()),
            }
        )
        other = CalibratedPlane(changed)
        lengths.append(np.hypot(*(other.lay(end_seen) - other.lay(begin_seen)).T))
        elsewhere = standpoint(other.camera, other.homography)
        off.append(1.0 if stands is None or elsewhere is None else elsewhere.distance / stands.distance - 1)
    true = np.hypot(*(end - begin).T)
    scatter = np.array(lengths) / true - 1
    return float(np.sqrt(np.mean(scatter**2))), float(np.sqrt(np.mean(np.square(off))))


def _lengths(corners: Corners, beside: float) -> tuple[Points, Points]:
    low, high = corners.on_board.min(axis=0) - beside, corners.on_board.max(axis=0) + beside
    reach = 0.2 * float(np.hypot(*(high - low)))
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, 5) for a, b in zip(low, high, strict=True))), axis=-1).reshape(
        -1, 2
    )
    angles = np.arange(4) * np.pi / 4
    half = 0.5 * reach * np.column_stack((np.cos(angles), np.sin(angles)))
    begin = (grid[:, None] - half[None]).reshape(-1, 2)
    end = (grid[:, None] + half[None]).reshape(-1, 2)
    inside = np.all((begin >= low) & (begin <= high) & (end >= low) & (end <= high), axis=1)
    return begin[inside], end[inside]


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
