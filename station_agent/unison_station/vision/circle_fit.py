"""A circle through places some of which are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unison_station.vision.picture import Points

_ROUNDS = 30
_TUKEY = 4.685
"""Biweight: 95 % efficient with normal errors (Huber 1981)."""


@dataclass(frozen=True)
class Circle:
    """A circle.

    Attributes:
        scatter: standard deviation of the distances from it, of those places that were kept.
        radius_uncertainty: standard uncertainty of the radius that follows from the scatter.
        kept: which places lie on it.
    """

    x: float
    y: float
    radius: float
    scatter: float
    radius_uncertainty: float
    kept: NDArray[np.bool_]


def fit_circle(places: Points, least_scatter: float) -> Circle | None:
    """By orthogonal distance, biweight; None where the places lie on none.

    Args:
        least_scatter: what places scatter at least, in their unit, so that none is thrown out for less.
    """
    start = _algebraic(places)
    if start is None:
        return None
    x, y, radius = start
    for _ in range(_ROUNDS):
        outward = places - (x, y)
        distance = np.hypot(*outward.T)
        if np.any(distance == 0):
            return None
        off = distance - radius
        weights = _weights(off, least_scatter)
        slope = np.column_stack((outward / distance[:, None], np.ones(len(places))))
        normal = slope.T @ (slope * weights[:, None])
        if np.count_nonzero(weights) < 4 or np.linalg.cond(normal) > 1e12:
            return None
        move = np.linalg.solve(normal, slope.T @ (weights * off))
        x, y, radius = x + move[0], y + move[1], radius + move[2]
        if np.abs(move).max() < 1e-9 * max(radius, 1.0):
            break
    kept = weights > 0
    scatter = float(np.sqrt((off[kept] ** 2).sum() / max(1, np.count_nonzero(kept) - 3)))
    inverse = np.linalg.inv(slope[kept].T @ slope[kept])
    return Circle(float(x), float(y), float(radius), scatter, float(scatter * np.sqrt(inverse[2, 2])), kept)


def _algebraic(places: Points) -> tuple[float, float, float] | None:
    """Through three places of the best of many triples, so that wrong places do not pull (Fischler, Bolles 1981)."""
    chance = np.random.default_rng(1)
    best: tuple[float, float, float] | None = None
    best_error = np.inf
    for _ in range(60):
        chosen = places[chance.choice(len(places), 3, replace=False)]
        system = np.column_stack((2 * chosen, np.ones(3)))
        if np.linalg.cond(system) > 1e12:
            continue
        x, y, rest = np.linalg.solve(system, (chosen**2).sum(axis=1))
        radius = float(np.sqrt(max(0.0, rest + x * x + y * y)))
        error = float(np.median(np.abs(np.hypot(*(places - (x, y)).T) - radius)))
        if error < best_error:
            best, best_error = (float(x), float(y), radius), error
    return best


def _weights(off: NDArray[np.float64], least_scatter: float) -> NDArray[np.float64]:
    scale = max(1.4826 * float(np.median(np.abs(off))), least_scatter)
    inside = 1 - (off / (_TUKEY * scale)) ** 2
    weights: NDArray[np.float64] = np.where(inside > 0, inside**2, 0.0)
    return weights
