"""The distance of two edges along a strip."""

from __future__ import annotations

from itertools import pairwise
from math import atan2, degrees, hypot

import numpy as np
from unison_domain.stations.picture_tools import Caliper, Edge

from unison_station.vision.measured import Measured, rounded
from unison_station.vision.picture import Gray, NotMeasurable, Points
from unison_station.vision.plane import Plane, scales
from unison_station.vision.strip_edges import (
    FoundEdge,
    StripPixels,
    demand_whole,
    find_edges,
    fits,
    line_of,
    pixels_of,
    told,
)

_NO_FIRST = {
    Edge.ANY: "no first edge",
    Edge.DARK_TO_LIGHT: "no first edge from dark to light",
    Edge.LIGHT_TO_DARK: "no first edge from light to dark",
}
_NO_SECOND = {
    Edge.ANY: "no second edge",
    Edge.DARK_TO_LIGHT: "no second edge from dark to light",
    Edge.LIGHT_TO_DARK: "no second edge from light to dark",
}

_NEAREST = 2.5
_SPREADS = 4.0
"""So far edges must be apart, in pixels and in spreads: nearer ones look alike with another width and another blur."""


def measure_caliper(picture: Gray, tool: Caliper, plane: Plane, gamma: float = 1.0) -> Measured:
    """From the first edge of its kind to the last of the other kind behind it, on the middle of the strip.

    The distance is square to the edges (to the mean of their directions where they are not parallel), so a strip laid
    obliquely measures the same. How surely it is known how the edges lie is in the uncertainty, with both places and
    the plane.

    Raises:
        NotMeasurable: an edge is not there, too bright or dark, or too near to the next, or where the board was
            never shown; or the strip lies outside the picture.
    """
    pixels = pixels_of(picture, tool.strip, gamma)
    pair = first, second = _pair(pixels, tool)
    lines = tuple(line_of(pixels, edge) for edge in pair)
    places = np.array([pixels.place(edge.at) for edge in pair])
    plane.demand_shown(places, tool.name)
    laid = plane.lay(places)
    gap = laid[1] - laid[0]
    square = _square_to(plane, lines, gap)
    length, beside = float(gap @ square), float(gap @ (-square[1], square[0]))
    along = np.array(pixels.place(1.0)) - np.array(pixels.place(0.0))
    per_pixel = scales(plane, places) @ along @ square
    edges = per_pixel * np.array([edge.uncertainty for edge in pair])
    turn = max(edge.tilt_uncertainty for edge in pair)
    turned = hypot(beside * turn, length * turn**2 / 2)
    moved = per_pixel * np.array([np.copysign(edge.to_dark, edge.step) for edge in pair])
    deviation = hypot(*edges, turned, float(moved[1] - moved[0]), plane.relative_uncertainty * length)
    value, uncertainty = rounded(length, deviation)
    seen = (
        f"edges at {first.at:.2f} and {second.at:.2f} pixels along the strip, which lies "
        f"{degrees(atan2(abs(beside), length)):.1f} degrees off square, "
        f"steps of {first.step:+.0f} and {second.step:+.0f}, blur {max(first.blur, second.blur):.1f} pixels"
    )
    measured = plane.seen(np.array([laid[0], laid[0] + length * square]))
    return Measured(value, plane.unit, uncertainty, seen, places, (*lines, measured))


def _square_to(plane: Plane, lines: tuple[Points, ...], gap: Points) -> Points:
    """On the plane, the direction square to both edges that leads along the gap; of length 1."""
    laid = [plane.lay(line) for line in lines]
    directions = [(end - begin) / np.hypot(*(end - begin)) for begin, end in laid]
    along = directions[0] + directions[1] * np.copysign(1.0, directions[0] @ directions[1])
    square: Points = np.array([along[1], -along[0]]) / np.hypot(*along)
    return square if square @ gap > 0 else -square


def _pair(pixels: StripPixels, tool: Caliper) -> tuple[FoundEdge, FoundEdge]:
    edges = find_edges(pixels, tool.contrast)
    first = next((edge for edge in edges if fits(edge, tool.first)), None)
    if first is None:
        raise NotMeasurable(_missing(_NO_FIRST[tool.first], tool, pixels))
    second = next((edge for edge in reversed(edges) if fits(edge, tool.second) and edge.at > first.at), None)
    if second is None:
        raise NotMeasurable(_missing(_NO_SECOND[tool.second], tool, pixels))
    demand_whole([first, second], tool.name, fewest=2)
    _demand_apart(edges, (first, second), tool)
    return first, second


def _demand_apart(edges: list[FoundEdge], pair: tuple[FoundEdge, FoundEdge], tool: Caliper) -> None:
    for one, other in pairwise(edges):
        gap, least = other.at - one.at, max(_NEAREST, _SPREADS * max(one.spread, other.spread))
        if gap < least and (one in pair or other in pair):
            raise NotMeasurable(
                f"{tool.name}: two edges in {told(tool.strip)} are {gap:.1f} pixels apart; with a blur of "
                f"{one.blur:.1f} at least {least:.1f} are needed: sharpen the focus, or bring the camera nearer"
            )


def _missing(what: str, tool: Caliper, pixels: StripPixels) -> str:
    return (
        f"{tool.name}: {what} with contrast {tool.contrast:g} was found in {told(tool.strip)}; "
        f"brightness there lies between {pixels.brightness.min():.0f} and {pixels.brightness.max():.0f}"
    )
