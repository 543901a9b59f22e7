"""Brightness across straight edges, fitted to single pixels: no interpolation, so no bias of the pixel grid.

A pixel sees the scene averaged over its own width; the lens blurs by a symmetric spot, taken for Gaussian. A step of
height a at p is then seen as a·F(t - p), F the normal distribution averaged over one pixel. Being symmetric, the model
puts the edge in the middle whatever the blur is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

SHARPEST, BLURRIEST = 0.05, 40.0
"""Standard deviation of the blur that is fitted, in pixels."""

STEPS = 40
CLOSE_ENOUGH = 1e-5
"""Steps of the fit at most, and the move of an edge, in pixels, that ends it."""

_REACH, _GRAIN = 6.0, 4096
_ERF_FROM = np.linspace(-_REACH, _REACH, 2 * _GRAIN + 1)


def _normal(at: Values) -> Values:
    density: Values = np.exp(-0.5 * at * at) / np.sqrt(2 * np.pi)
    return density


def _table() -> Values:
    """The normal distribution at `_ERF_FROM`, by Simpson's rule from its density."""
    step = _ERF_FROM[1] - _ERF_FROM[0]
    middle = _normal(_ERF_FROM[:-1] + step / 2)
    ends = _normal(_ERF_FROM)
    parts = (ends[:-1] + 4 * middle + ends[1:]) * step / 6
    return np.concatenate(([0.0], np.cumsum(parts)))


_TABLE = _table()


def _distribution(at: Values) -> Values:
    return np.interp(at, _ERF_FROM, _TABLE)


@dataclass(frozen=True)
class EdgeFit:
    """Edges fitted together.

    Attributes:
        places: where each crosses the middle of the strip, in pixels along it, in order.
        tilts: how each moves along the strip per pixel across it.
        steps: change of brightness of each along the strip.
        blur: standard deviation, in pixels, without the pixel's own width.
        place_uncertainties, tilt_uncertainties: standard uncertainties from the scatter of the pixels.
    """

    places: Values
    tilts: Values
    steps: Values
    blur: float
    place_uncertainties: Values
    tilt_uncertainties: Values


class _Model:
    """level + sum of steps; parameters: level, blur, then place, step and, if fitted, tilt of each edge."""

    def __init__(self, along: Values, across: Values, edges: int, *, tilted: bool) -> None:
        self.along, self.across = along, across
        self.per_edge = 3 if tilted else 2
        self.edges = edges
        self.tilted = tilted

    def __call__(self, parameters: Values) -> tuple[Values, Values]:
        """Brightness of each pixel, and its derivative by each parameter."""
        blur = parameters[1]
        seen = np.full(len(self.along), parameters[0])
        slope = np.zeros((len(self.along), len(parameters)))
        slope[:, 0] = 1
        for edge in range(self.edges):
            first = 2 + edge * self.per_edge
            place, step = parameters[first], parameters[first + 1]
            tilt = parameters[first + 2] if self.tilted else 0.0
            from_edge = self.along - place - tilt * self.across
            after, before = (from_edge + 0.5) / blur, (from_edge - 0.5) / blur
            risen, low = _distribution(after), _distribution(before)
            bell_after, bell_before = _normal(after), _normal(before)
            share = blur * (after * risen + bell_after - before * low - bell_before)
            seen += step * share
            slope[:, 1] += step * (bell_after - bell_before)
            slope[:, first] = -step * (risen - low)
            slope[:, first + 1] = share
            if self.tilted:
                slope[:, first + 2] = slope[:, first] * self.across
        return seen, slope


def fit_edges(
    along: Values, across: Values, brightness: Values, places: Values, steps: Values, blur: float, *, tilted: bool
) -> EdgeFit | None:
    """The edges nearest to the guesses, by damped least squares (Marquardt 1963); None where there is no end of it.

    Args:
        along, across, brightness: of each pixel, shape (n,).
        places, steps, blur: guesses, as in `EdgeFit`.
        tilted: edges need not be square to the strip.
    """
    model = _Model(along, across, len(places), tilted=tilted)
    parameters = _guess(brightness, along, places, steps, blur, tilted=tilted)
    if len(brightness) <= len(parameters) + 2:
        return None
    seen, slope = model(parameters)
    cost = float(np.sum((brightness - seen) ** 2))
    damping = 1e-3
    for _ in range(STEPS):
        move = _damped_step(slope, brightness - seen, damping)
        if move is None:
            return None
        tried = parameters + move
        tried[1] = np.clip(tried[1], SHARPEST, BLURRIEST)
        tried_seen, tried_slope = model(tried)
        tried_cost = float(np.sum((brightness - tried_seen) ** 2))
        if tried_cost <= cost:
            moved = float(np.max(np.abs(tried[2 :: model.per_edge] - parameters[2 :: model.per_edge])))
            parameters, seen, slope, cost, damping = tried, tried_seen, tried_slope, tried_cost, damping / 10
            if moved < CLOSE_ENOUGH:
                break
        else:
            damping *= 10
            if damping > 1e9:
                break
    return _result(parameters, slope, cost, model)


def _guess(brightness: Values, along: Values, places: Values, steps: Values, blur: float, *, tilted: bool) -> Values:
    """Begin at the level before the first edge."""
    before = brightness[along < places[0] - blur]
    level = float(np.mean(before)) if len(before) else float(np.mean(brightness) - steps[0] / 2)
    edges = [[place, step, 0.0][: 3 if tilted else 2] for place, step in zip(places, steps, strict=True)]
    return np.array([level, max(blur, 0.3), *(value for edge in edges for value in edge)])


def _damped_step(slope: Values, missing: Values, damping: float) -> Values | None:
    normal = slope.T @ slope
    scale = np.diag(normal) + 1e-9
    try:
        solved = np.linalg.solve(normal + np.diag(damping * scale + 1e-9), slope.T @ missing)
    except np.linalg.LinAlgError:
        return None
    step = np.asarray(solved, np.float64)
    return step if np.all(np.isfinite(step)) else None


def _result(parameters: Values, slope: Values, cost: float, model: _Model) -> EdgeFit:
    free = len(slope) - len(parameters)
    covariance = np.linalg.pinv(slope.T @ slope, hermitian=True) * (cost / free)
    deviations = np.asarray(np.sqrt(np.maximum(np.diag(covariance), 0.0)), np.float64)
    per_edge, none = model.per_edge, np.zeros(model.edges, np.float64)
    return EdgeFit(
        places=parameters[2::per_edge],
        tilts=parameters[4::per_edge] if model.tilted else none,
        steps=parameters[3::per_edge],
        blur=float(parameters[1]),
        place_uncertainties=deviations[2::per_edge],
        tilt_uncertainties=deviations[4::per_edge] if model.tilted else none,
    )
