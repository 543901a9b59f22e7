"""Whether places that were taken for a circle lie on one: polygons and ellipses have no diameter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unison_station.vision.circle_fit import Circle
from unison_station.vision.picture import Points

ELLIPSE = 2
_WAVES = range(ELLIPSE, 9)
"""Waves around a circle that are looked for: 2 of an ellipse, 3 of a triangle, up to 8 of an octagon."""

_SURE = 5.0
"""Standard uncertainties from which a wave is none of the noise."""

_MOST = 0.01
"""Greatest amplitude, relative to the radius, of what is still a circle: 0.04 is a hexagon's, 0.013 a dodecagon's."""

_PIXELS = 0.35
"""Amplitudes below are a circle's, however small it is."""


@dataclass(frozen=True)
class Wave:
    """The greatest deviation from a circle: so many waves around it, of this amplitude in the circle's unit."""

    count: int
    amplitude: float


def out_of_round(places: Points, circle: Circle) -> Wave | None:
    """By least squares, with the circle itself free to move (Muralikrishnan, Raja 2009, ch. 8).

    Returns:
        None where nothing but noise is there.
    """
    outward = places[circle.kept] - (circle.x, circle.y)
    angle = np.arctan2(outward[:, 1], outward[:, 0])
    off = np.hypot(*outward.T) - circle.radius
    found = [wave for count in _WAVES if (wave := _wave(angle, off, count)) is not None]
    return max(found, key=lambda wave: wave.amplitude, default=None)


def is_round(wave: Wave | None, circle: Circle, pixel: float, relative_uncertainty: float) -> bool:
    """Whether what was found is a circle, as far as the plane is known.

    Args:
        pixel: on the plane. relative_uncertainty: standard, of lengths on the plane.
    """
    return wave is None or wave.amplitude <= max(
        _PIXELS * pixel, (_MOST + _SURE * relative_uncertainty) * circle.radius
    )


def _wave(angle: NDArray[np.float64], off: NDArray[np.float64], count: int) -> Wave | None:
    ways = [np.ones_like(angle), np.cos(angle), np.sin(angle), np.cos(count * angle), np.sin(count * angle)]
    slope = np.column_stack(ways)
    normal = slope.T @ slope
    if len(off) <= len(ways) or np.linalg.cond(normal) > 1e4:
        return None  # what is seen of the circle is too little to tell
    fitted = np.linalg.solve(normal, slope.T @ off)
    left = off - slope @ fitted
    each = float(
        np.sqrt(left @ left / (len(off) - len(ways))) * np.sqrt(np.linalg.inv(normal)[3:, 3:].diagonal().max())
    )
    amplitude = float(np.hypot(*fitted[3:]))
    return Wave(count, amplitude) if amplitude > _SURE * each else None
