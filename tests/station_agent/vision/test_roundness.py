"""Edges that are no circle are refused as such; circles of any size, noise and view are not."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
import pytest
from unison_station.vision.measuring import measure
from unison_station.vision.picture import NotMeasurable

from tests.station_agent.vision.rendering import Floats, Light, Shape, disk, render, straight
from tests.station_agent.vision.test_calibration import VIEWS, calibration, none_stored
from tests.station_agent.vision.test_tools import chance, circle

VIEW = straight(160, 120)


def polygon(sides: int, across: float, turned: float = 0.2) -> Shape:
    """A regular one, so wide between opposite sides."""
    angles = [turned + 2 * pi * side / sides for side in range(sides)]

    def outside(x: Floats, y: Floats) -> Floats:
        sides_of = [(x - 80) * cos(angle) + (y - 60) * sin(angle) for angle in angles]
        return np.asarray(np.max(sides_of, axis=0) - across / 2)

    return outside


def ellipse(wide: float, high: float) -> Shape:
    return lambda x, y: (np.hypot((x - 80) / wide, (y - 60) / high) - 0.5) * min(wide, high)


@pytest.mark.parametrize("sides", [3, 4, 5, 6, 8])
def test_polygons_are_refused(sides: int) -> None:
    picture = render(VIEW, polygon(sides, 50), Light(noise=2), chance())
    with pytest.raises(NotMeasurable, match=rf"bore: the edge is no circle but like a figure of {sides} sides, .* %"):
        measure(picture, circle(12, 56), None, none_stored)


def test_an_ellipse_is_refused_with_what_may_have_made_it_one() -> None:
    picture = render(VIEW, ellipse(60, 55), Light(noise=2), chance())
    with pytest.raises(NotMeasurable, match=r"like an ellipse, 4\.\d % out of round: .*calibrate the camera"):
        measure(picture, circle(18, 40), None, none_stored)


@pytest.mark.parametrize(("size", "noise", "blur"), [(90, 0, 0.5), (60, 8, 1.5), (24, 6, 1), (12, 3, 0.6)])
def test_circles_are_measured(size: float, noise: float, blur: float) -> None:
    for seed in range(8):
        picture = render(VIEW, disk(80.3, 59.6, size), Light(blur=blur, noise=noise), chance(seed))
        measured = measure(picture, circle(max(1.0, size / 2 - 12), size / 2 + 12), None, none_stored)
        assert float(measured.value) == pytest.approx(size, abs=0.3)


def test_a_bore_with_a_keyway_is_a_circle() -> None:
    bore = disk(80, 60, 60)
    picture = render(VIEW, lambda x, y: np.minimum(bore(x, y), slot(x, y)), Light(noise=2), chance())
    assert float(measure(picture, circle(20, 42), None, none_stored).value) == pytest.approx(60, abs=0.1)


def slot(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.maximum(np.abs(y - 60) - 6, np.abs(x - 105) - 14))


def test_a_circle_seen_obliquely_is_one_on_the_calibrated_plane_alone() -> None:
    for view in VIEWS[:2]:
        (x, y), (beside, _) = view.picture(30, 20), view.picture(40, 20)
        picture = render(view, disk(30, 20, 20), Light(noise=1), chance())
        ring = circle(beside - x - 9, beside - x + 9, x, y)
        if view is VIEWS[0]:
            assert float(measure(picture, ring, calibration(), none_stored).value) == pytest.approx(20, abs=0.02)
            continue
        with pytest.raises(NotMeasurable, match="like an ellipse"):
            measure(picture, ring, None, none_stored)
