"""Parts whose edges lie above the calibrated board, and boards that are not what they are said to be."""

from __future__ import annotations

from math import hypot
from uuid import UUID

import numpy as np
import pytest
from unison_domain.stations.picture_tools import CalibrationBoard, Caliper, CircleDiameter, PlaneCalibration, Strip
from unison_station.vision.height import at_height
from unison_station.vision.measured import Measured
from unison_station.vision.measuring import measure
from unison_station.vision.picture import NotMeasurable
from unison_station.vision.plane import CalibratedPlane, PicturePlane, Plane

from tests.station_agent.vision.rendering import Light, Pose, View, disk, render
from tests.station_agent.vision.test_calibration import AT, BOARD, CAMERA, VIEWS, calibration, none_stored

AWAY = 100.0
"""So far `VIEWS[0]` is from the middle of the board, in millimetres."""


def raised(height: float) -> View:
    """The camera of the calibration over a plane so far above the board."""
    pose = VIEWS[0].pose
    x, y, z = (float(one) for one in np.array(pose.away) - height * pose.rotation[:, 2])
    return View(CAMERA, Pose(pose.turned, (x, y, z)))


def ring(height: float = 0.0, within: float = 0.0, view: View = VIEWS[0]) -> CircleDiameter:
    """Around a disc of 20 mm in the middle of the board."""
    x, y = view.picture(30, 20)
    radius = hypot(view.picture(40, 20)[0] - x, view.picture(40, 20)[1] - y)
    return CircleDiameter(
        id=UUID(int=0),
        name="disc",
        characteristic_id=UUID(int=0),
        x=x,
        y=y,
        inner=radius - 9,
        outer=radius + 9,
        height=height,
        height_uncertainty=within,
    )


def found(tool: CircleDiameter, calibrated: PlaneCalibration, height: float = 3.0) -> Measured:
    """A disc of 20 mm whose upper edge lies so high."""
    picture = render(raised(height), disk(30, 20, 20), Light(noise=1), np.random.default_rng(3))
    return measure(picture, tool, calibrated, none_stored)


def test_a_disc_of_3_mm_is_measured_right_where_its_height_is_told() -> None:
    flat = found(ring(), calibration())
    told = found(ring(3.0, 0.05), calibration())
    assert flat.uncertainty is not None
    assert told.uncertainty is not None
    assert float(flat.value) == pytest.approx(20 * AWAY / (AWAY - 3), rel=0.01)
    assert abs(float(flat.value) - 20) > 10 * float(flat.uncertainty)
    assert abs(float(told.value) - 20) <= float(told.uncertainty) < 0.05
    assert "3 mm above the board's print, the camera" in told.seen


def lengths(plane: Plane, view: View) -> float:
    """Of 30 mm on the plane of a view, from corner to corner of the board."""
    begin, end = (np.array([view.picture(x, 10)]) for x in (15, 45))
    return float(np.hypot(*(plane.lay(end) - plane.lay(begin))[0]))


@pytest.mark.parametrize("height", [-20.0, 0.5, 3.0, 40.0])
def test_lengths_at_any_height_are_right_within_what_is_stated(height: float) -> None:
    plane, _ = at_height(CalibratedPlane(calibration()), ring(height))
    assert abs(lengths(plane, raised(height)) / 30 - 1) <= 2 * plane.relative_uncertainty < 3e-3
    places = np.array([(60.0, 50.0), (250.0, 200.0)])
    assert plane.seen(plane.lay(places)) == pytest.approx(places, abs=1e-6)


def test_a_height_that_is_not_surely_known_is_stated() -> None:
    flat = CalibratedPlane(calibration())
    plane, _ = at_height(flat, ring(0.0, 2.0))
    assert plane.relative_uncertainty == pytest.approx(1.0 / AWAY, rel=0.05)
    assert lengths(plane, VIEWS[0]) == pytest.approx(lengths(flat, VIEWS[0]))
    assert at_height(flat, ring()) == (flat, "")


def test_heights_are_above_what_a_thick_board_lay_on() -> None:
    thick = calibration().model_copy(update={"board": BOARD.model_copy(update={"thickness": 5.0})})
    level, _ = at_height(CalibratedPlane(thick), ring(5.0))
    below, _ = at_height(CalibratedPlane(thick), ring(0.0))
    assert lengths(level, VIEWS[0]) == pytest.approx(30, rel=1e-3)
    assert lengths(below, raised(-5.0)) == pytest.approx(30, rel=1e-3)


def test_a_board_printed_wrong_is_stated() -> None:
    misprinted = calibration().model_copy(
        update={
            "board": BOARD.model_copy(update={"square_uncertainty": 0.003}),
            "plane": tuple((np.diag((1.003, 1.003, 1.0)) @ np.reshape(calibration().plane, (3, 3))).ravel().tolist()),
        }
    )
    measured = found(ring(), misprinted, height=0.0)
    assert measured.uncertainty is not None
    assert float(measured.value) == pytest.approx(20.06, abs=0.02)
    assert abs(float(measured.value) - 20) <= 1.2 * float(measured.uncertainty)
    assert float(measured.uncertainty) == pytest.approx(0.06, abs=0.02)


def test_a_calibration_of_before_is_believed_less() -> None:
    of_old = calibration().model_copy(update={"distance_uncertainty": None})
    plane, _ = at_height(CalibratedPlane(of_old), ring(10.0))
    assert lengths(plane, raised(10.0)) == pytest.approx(30, rel=1e-3)
    assert plane.relative_uncertainty == pytest.approx(0.05 * 10 / 90, rel=0.05)


def test_heights_that_can_not_be_are_refused() -> None:
    with pytest.raises(NotMeasurable, match=r"disc: a height of 95 mm reaches the camera, which is \d+ mm above"):
        at_height(CalibratedPlane(calibration()), ring(95.0))
    squeezed = calibration().model_copy(update={"camera_matrix": (330.0, 0, 160, 0, 90.0, 120, 0, 0, 1)})
    with pytest.raises(NotMeasurable, match="does not tell how far the camera is"):
        at_height(CalibratedPlane(squeezed), ring(3.0))


def test_without_a_calibration_heights_change_nothing_and_it_is_said() -> None:
    plane, said = at_height(PicturePlane(), ring(3.0))
    assert plane == PicturePlane()
    assert "not calibrated" in said


def test_what_nobody_told_is_not_sent_so_that_older_agents_understand_the_rest() -> None:
    strip = Strip(from_x=0, from_y=0, to_x=9, to_y=0)
    sent = Caliper(id=UUID(int=0), name="bar", characteristic_id=UUID(int=0), strip=strip).model_dump(mode="json")
    assert not {"height", "height_uncertainty"} & set(sent)
    board = CalibrationBoard(columns=4, rows=4, square=5.0).model_dump(mode="json")
    assert not {"square_uncertainty", "thickness"} & set(board)
    of_old = calibration().model_copy(update={"distance_uncertainty": None, "calibrated_at": AT})
    assert "distance_uncertainty" not in of_old.model_dump(mode="json")


def test_a_calibration_tells_how_surely_the_distance_is_known() -> None:
    assert 0 < (calibration().distance_uncertainty or 0) < 0.01
