"""A plane calibrated from rendered boards, and boards that can't be used."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import cv2
import numpy as np
import pytest
from cv2 import aruco
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import Board, CalibrationBoard, Caliper, PlaneCalibration, Strip
from unison_station.vision.board import charuco_board, find_corners
from unison_station.vision.calibration import calibrate
from unison_station.vision.measuring import measure
from unison_station.vision.picture import NotMeasurable
from unison_station.vision.plane import CalibratedPlane, plane_of

from tests.station_agent.vision.rendering import Camera, Light, Pose, View, bar, chessboard, image_on_plane, render

BOARD = CalibrationBoard(columns=8, rows=6, square=10.0)
CHARUCO = CalibrationBoard(board=Board.CHARUCO, columns=6, rows=5, square=14.0, marker=10.0)
FINE = 8
CAMERA = Camera(320, 240, 330.0, (-0.15, 0.05, 0.001, -0.0005, 0.0))
TURNS = ((0.15, -0.1, 0.05), (0.5, 0.0, 0.1), (-0.45, 0.1, 0.0), (0.0, 0.5, -0.1), (0.1, -0.5, 0.0))
AT = datetime(2026, 11, 21, tzinfo=UTC)

HULL = ((0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0))
"""As if the board had only been here, in millimetres."""

Picture = NDArray[np.uint8]


def over(turned: tuple[float, float, float], away: float, middle: tuple[float, float] = (30.0, 20.0)) -> View:
    at = Pose(turned, (0, 0, 0)).rotation @ np.array([*middle, 0.0])
    return View(CAMERA, Pose(turned, (-float(at[0]), -float(at[1]), away - float(at[2]))))


VIEWS = [over(turned, 100.0 if number == 0 else 115.0) for number, turned in enumerate(TURNS)]


def none_stored(_: str) -> None:
    return None


@cache
def pictures() -> tuple[Picture, ...]:
    chance = np.random.default_rng(1)
    return tuple(render(view, chessboard(8, 6, 10.0), Light(noise=2), chance, fine=3) for view in VIEWS)


@cache
def calibration() -> PlaneCalibration:
    return calibrate(pictures(), BOARD, 0, AT, ["a" * 64])


def test_lengths_on_the_plane_are_right_within_what_is_stated() -> None:
    plane = CalibratedPlane(calibration())
    chance = np.random.default_rng(2)
    off = []
    for begin, end in zip(
        chance.uniform((0, 0), (60, 40), (40, 2)), chance.uniform((0, 0), (60, 40), (40, 2)), strict=True
    ):
        laid = plane.lay(np.array([VIEWS[0].picture(*begin), VIEWS[0].picture(*end)]))
        true = np.hypot(*(end - begin))
        off.append((np.hypot(*(laid[1] - laid[0])) - true) / max(true, 15.0))
    assert calibration().residual < 0.1
    assert calibration().plane_uncertainty < 5e-4
    assert float(np.sqrt(np.mean(np.square(off)))) < 2 * calibration().plane_uncertainty


def test_what_is_laid_on_the_plane_is_seen_where_it_was() -> None:
    plane = CalibratedPlane(calibration())
    places = np.array([(5.0, 7.0), (160.0, 120.0), (310.0, 20.0), (-0.5, 239.0)])
    assert plane.seen(plane.lay(places)) == pytest.approx(places, abs=1e-6)


def test_the_calibration_remembers_what_it_was_made_of() -> None:
    made = calibration()
    assert (made.width, made.height, made.board, made.pictures, made.calibrated_at) == (
        320,
        240,
        BOARD,
        ("a" * 64,),
        AT,
    )
    assert PlaneCalibration.model_validate_json(made.model_dump_json()) == made


def test_a_picture_without_the_board_is_named() -> None:
    bare = np.full((240, 320), 130, np.uint8)
    with pytest.raises(NotMeasurable, match="No chessboard of 8 by 6 squares was found in picture 2"):
        calibrate([pictures()[0], bare, pictures()[1]], BOARD, 0, AT)
    with pytest.raises(NotMeasurable, match="No chessboard of 9 by 7"):
        calibrate(pictures(), BOARD.model_copy(update={"columns": 9, "rows": 7}), 0, AT)


def test_too_few_pictures_other_sizes_and_no_such_picture_are_refused() -> None:
    with pytest.raises(NotMeasurable, match="2 pictures of the board, at least 3 are needed"):
        calibrate(pictures()[:2], BOARD, 0, AT)
    with pytest.raises(NotMeasurable, match="Picture 3 is 318 by 240 pixels, picture 1 is 320 by 240"):
        calibrate([*pictures()[:2], pictures()[2][:, 1:-1]], BOARD, 0, AT)
    with pytest.raises(NotMeasurable, match="no picture 9 that shows the plane; there are 5"):
        calibrate(pictures(), BOARD, 8, AT)


def across(x: float, y: float) -> Caliper:
    """Over a bar of 10 mm around a place of the plane."""
    (from_x, from_y), (to_x, to_y) = VIEWS[0].picture(x - 8, y), VIEWS[0].picture(x + 8, y)
    strip = Strip(from_x=from_x, from_y=from_y, to_x=to_x, to_y=to_y, width=8)
    return Caliper(id=UUID(int=0), name="width", characteristic_id=UUID(int=0), strip=strip)


def test_a_tool_where_the_board_was_never_shown_is_refused() -> None:
    far = calibration().model_copy(update={"hull": tuple(VIEWS[0].picture(*at) for at in HULL)})
    for x, y in ((10.0, 10.0), (48.0, 20.0)):
        picture = render(VIEWS[0], bar(x, y, 10.0), Light(noise=1), np.random.default_rng(1))
        if x == 10.0:
            within = measure(picture, across(x, y), far, none_stored)
            assert float(within.value) == pytest.approx(10.0, abs=0.05)
            continue
        with pytest.raises(
            NotMeasurable, match=r"width: an edge lies \d+ pixels beside where the board was shown when"
        ):
            measure(picture, across(x, y), far, none_stored)
        of_old = far.model_copy(update={"hull": None})
        assert float(measure(picture, across(x, y), of_old, none_stored).value) == pytest.approx(10.0, abs=0.05)


def test_a_hull_nobody_knows_is_not_sent_so_that_older_agents_take_the_calibration() -> None:
    made = calibration()
    assert made.hull is not None
    for x, y in (VIEWS[0].picture(0, 0), VIEWS[0].picture(60, 40), VIEWS[3].picture(60, 0)):
        assert cv2.pointPolygonTest(np.array(made.hull, np.float32), (x, y), measureDist=True) > -0.5
    old = made.model_copy(update={"hull": None})
    assert "hull" not in old.model_dump(mode="json")
    assert PlaneCalibration.model_validate_json(old.model_dump_json()) == old


def test_corners_that_do_not_fill_the_picture_leave_the_third_term_of_the_lens_alone() -> None:
    assert calibration().distortion[4] == 0
    assert calibration().distortion[1] != 0


def test_a_calibration_is_for_pictures_of_its_size() -> None:
    with pytest.raises(NotMeasurable, match="is 160 by 120 pixels, the camera was calibrated with 320 by 240"):
        plane_of(np.zeros((120, 160), np.uint8), calibration())
    flat = calibration().model_copy(update={"plane": (0.0,) * 9})
    with pytest.raises(NotMeasurable, match="calibrate it anew"):
        plane_of(np.zeros((240, 320), np.uint8), flat)


def charuco_image() -> Picture:
    """As OpenCV prints it, with `FINE` pixels a millimetre."""
    size = (int(CHARUCO.columns * CHARUCO.square * FINE), int(CHARUCO.rows * CHARUCO.square * FINE))
    return np.asarray(charuco_board(CHARUCO).generateImage(size), np.uint8)


def test_a_charuco_board_calibrates_too_also_partly_hidden() -> None:
    views = [over(turned, 110.0, (42.0, 35.0)) for turned in TURNS[:4]]
    chance = np.random.default_rng(1)
    shown = [
        render(view, image_on_plane(charuco_image(), 1 / FINE), Light(10, 240, noise=1), chance, fine=4)
        for view in views
    ]
    shown[1][:, :90] = 128
    made = calibrate(shown, CHARUCO, 0, AT)
    laid = CalibratedPlane(made).lay(np.array([views[0].picture(14, 14), views[0].picture(70, 56)]))
    assert float(np.hypot(*(laid[1] - laid[0]))) == pytest.approx(70.0, rel=3e-3)


def test_charuco_boards_that_can_not_be_are_refused() -> None:
    bare = np.full((240, 320), 130, np.uint8)
    with pytest.raises(NotMeasurable, match="0 corners of a ChArUco board of 6 by 5 squares were found in picture 1"):
        find_corners(bare, CHARUCO, "picture 1")
    with pytest.raises(NotMeasurable, match="side of its markers"):
        find_corners(bare, CHARUCO.model_copy(update={"marker": None}), "picture 1")
    with pytest.raises(NotMeasurable, match="needs 1250 markers, there are 1000"):
        charuco_board(CHARUCO.model_copy(update={"columns": 50, "rows": 50}))
    assert charuco_board(CHARUCO).getDictionary().bytesList.shape[0] == len(
        aruco.getPredefinedDictionary(aruco.DICT_5X5_50).bytesList
    )
