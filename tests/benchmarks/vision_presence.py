"""Presence of a part, told from a part of its size and from none."""

from __future__ import annotations

import numpy as np
from unison_domain.stations.picture_tools import Presence
from unison_station.vision.presence import find_presence

from tests.benchmarks.vision_parts import NOBODY, Setup, around, distance
from tests.station_agent.vision.rendering import Floats, Light, Shape, disk, render

LIKE = 0.9
"""As somebody sets it who tries both parts: a disk is like a washer by 0.8."""


def is_told(camera: Setup, chance: np.random.Generator) -> bool:
    """Whether presence tells a washer from a disk of its size and from nothing, a little aside from its template."""
    size, place = float(chance.uniform(10, 16)), (-1.0, -1.0)
    while not camera.shows([place], 70):
        x, y = camera.anywhere(chance)
        place = camera.seen(x, y)
    window = around([place], 64, camera)
    clear = render(camera.view, _washer(x, y, size), Light(), chance, window)
    reach = round(0.6 * size * distance([place, camera.seen(x + 1, y)]))
    left, top = round(place[0]), round(place[1])
    template = clear[top - reach : top + reach, left - reach : left + reach]
    moved_x, moved_y = x + float(chance.uniform(-1, 1)), y + float(chance.uniform(-1, 1))
    parts = (_washer(moved_x, moved_y, size), disk(moved_x, moved_y, size), disk(moved_x, moved_y, 0))
    number = int(chance.integers(len(parts)))
    light = Light(blur=float(chance.uniform(0.4, 1.5)), noise=float(chance.uniform(0, 6)))
    picture = render(camera.view, parts[number], light, chance, window)
    beside, wide = reach + 12, 2 * (reach + 12)
    tool = Presence(
        id=NOBODY,
        name="presence",
        characteristic_id=NOBODY,
        template="0" * 64,
        x=left - beside,
        y=top - beside,
        width=wide,
        height=wide,
        score=LIKE,
    )
    return find_presence(picture, tool, template).value == (number == 0)


def _washer(x: float, y: float, size: float) -> Shape:
    outside, hole = disk(x, y, size), disk(x, y, 0.45 * size)

    def outside_of(at_x: Floats, at_y: Floats) -> Floats:
        return np.maximum(outside(at_x, at_y), -hole(at_x, at_y))

    return outside_of
