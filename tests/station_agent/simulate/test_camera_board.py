"""Whoever tries the demo can calibrate its camera by what it shows, and measure right with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from unison_domain.stations.picture_tools import CalibrationBoard, CircleDiameter
from unison_station.simulate.camera_board import POSES
from unison_station.simulate.camera_pictures import show_board, show_code
from unison_station.simulate.camera_scene import BOARD_COLUMNS, BOARD_ROWS, BOARD_SQUARE, BORE_PLACE
from unison_station.vision.calibration import calibrate
from unison_station.vision.height import standpoint
from unison_station.vision.measuring import measure
from unison_station.vision.picture import Gray, gray_picture
from unison_station.vision.plane import CalibratedPlane

BORE = CircleDiameter(
    id=UUID(int=1), name="bore", characteristic_id=UUID(int=2), x=BORE_PLACE[0], y=BORE_PLACE[1], inner=40, outer=80
)


def shown(folder: Path) -> Gray:
    return gray_picture((folder / "picture.png").read_bytes(), "the picture")


def test_the_board_of_the_demo_calibrates_its_camera_and_a_bore_is_measured_right(tmp_path: Path) -> None:
    boards = []
    for turn in range(len(POSES)):
        show_board(tmp_path, turn)
        boards.append(shown(tmp_path))
    board = CalibrationBoard(columns=BOARD_COLUMNS, rows=BOARD_ROWS, square=BOARD_SQUARE)
    calibration = calibrate(boards, board, 0, datetime(2026, 1, 5, tzinfo=UTC))
    assert calibration.residual < 0.1
    plane = CalibratedPlane(calibration)
    stands = standpoint(plane.camera, plane.homography)
    assert stands is not None
    assert stands.distance == pytest.approx(100, rel=0.01)
    show_code(tmp_path, "PART-1", 12.34)
    found = measure(shown(tmp_path), BORE, calibration, lambda _: None)
    assert found.uncertainty is not None
    assert abs(float(found.value) - 12.34) <= float(found.uncertainty) < 0.02
