"""A still picture is not looked at for ever, but often enough to be sure of what it shows."""

import numpy as np
from unison_domain.stations.camera_settings import CameraSettings
from unison_station.cameras.code import Grey
from unison_station.cameras.gate import LOOKS, Gate

DARK: Grey = np.full((90, 160), 20, dtype=np.uint8)
LIGHT: Grey = np.full((90, 160), 90, dtype=np.uint8)


def test_after_a_movement_many_pictures_are_looked_at_and_then_none() -> None:
    gate = Gate(CameraSettings(name="camera", source="x", motion=5.0))
    for picture in (DARK, LIGHT, DARK):
        assert [gate.is_still(picture) for _ in range(LOOKS + 3)] == [False] * LOOKS + [True] * 3


def test_without_a_limit_each_picture_is_looked_at() -> None:
    gate = Gate(CameraSettings(name="camera", source="x"))
    assert not any(gate.is_still(DARK) for _ in range(LOOKS + 3))
