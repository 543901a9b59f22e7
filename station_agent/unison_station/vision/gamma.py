"""Light from the numbers of cameras that brighten dark parts for the eye: with them an edge is not symmetric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.camera_settings import AS_IT_IS

from unison_station.vision.picture import Gray

UNSURE = 0.05
"""Standard uncertainty of a gamma other than 1, relative: sRGB is like 2.2 to 2.3, Rec. 709 like 2.0, makers differ."""

_MOVES = np.pi**0.5 / 2
"""Of its spread, so far an edge from black to white moves when light v is seen as v + e v ln v, by e: least squares of
the edge weigh by its slope f, and the integral of F ln F f over that of f^2 is -1/4 times 2 sqrt(pi). From gray to
white it is less."""


def light_of(gray: Gray, gamma: float) -> NDArray[np.float64]:
    """What fell on each pixel, 0 to 255."""
    if gamma == AS_IT_IS:
        return gray.astype(np.float64)
    table: NDArray[np.float64] = 255 * (np.arange(256) / 255) ** gamma
    return table[gray]


def to_dark(spread: float, gamma: float) -> float:
    """Standard uncertainty, in pixels, of how far edges of that spread lie to their dark side; none where light is
    taken as it is."""
    return 0.0 if gamma == AS_IT_IS else _MOVES * UNSURE * spread
