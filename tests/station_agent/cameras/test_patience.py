"""How long a camera may be silent follows from what was asked of it, and from what it gave."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.stations.camera_settings import CameraSettings
from unison_station.cameras.patience import FIRST_SECONDS, SILENCE_SECONDS, Patience


def patience(*came: float, **asked: Any) -> float:
    learned = Patience(CameraSettings(name="camera", source="x", **asked))
    for at in came:
        learned.came(at)
    return learned.seconds


@pytest.mark.parametrize(
    ("came", "asked", "seconds"),
    [
        ((), {}, FIRST_SECONDS),
        ((10.0,), {}, FIRST_SECONDS),
        ((10.0, 10.1, 10.2), {}, SILENCE_SECONDS),
        ((10.0, 13.0, 16.0), {}, 9.0),
        ((10.0, 20.0, *(20 + n / 15 for n in range(1, 6))), {}, SILENCE_SECONDS),
        ((10.0, 60.0), {}, 60.0),
        ((10.0, 10.1), {"rate": 0.1}, 30.0),
        ((), {"rate": 0.1}, 30.0),
        ((10.0, 10.9), {"exposure_milliseconds": 1_000}, SILENCE_SECONDS),
    ],
)
def test_slow_cameras_are_waited_for(came: tuple[float, ...], asked: dict[str, Any], seconds: float) -> None:
    assert patience(*came, **asked) == pytest.approx(seconds)
