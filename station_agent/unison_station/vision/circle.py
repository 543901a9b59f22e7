"""The diameter of a circle, by calipers along many of its radii."""

from __future__ import annotations

import numpy as np
from unison_domain.stations.picture_tools import CircleDiameter, Strip

from unison_station.vision.circle_fit import Circle, fit_circle
from unison_station.vision.measured import Measured, rounded
from unison_station.vision.picture import Gray, NotMeasurable, Points
from unison_station.vision.plane import Plane, scales
from unison_station.vision.roundness import ELLIPSE, Wave, is_round, out_of_round
from unison_station.vision.strip_edges import PIXEL_FIT, FoundEdge, demand_whole, find_edges, pixels_of, strongest

FEWEST, MOST = 24, 120
"""Radii along which is measured."""

_SPACING = 6.0
_WIDTH = 3.0
_SHARE = 0.5
"""So many of the radii must show the edge, and so many of those lie on one circle."""

_OBLIQUE = "a circle seen obliquely is one in an uncalibrated picture: calibrate the camera"
_OTHER_TOOL = "measure the distance of two of its edges instead, or lay the ring around the circle that is meant"

_SMALLEST = 4.0
_SPREADS = 5.0
"""Least radius, in pixels and in spreads of the edge: `_shrunk` is the first term of a series in spread / radius."""


def measure_circle(picture: Gray, tool: CircleDiameter, plane: Plane, gamma: float = 1.0) -> Measured:
    """On the plane, where a circle seen obliquely is round again.

    Raises:
        NotMeasurable: the radii are no ring, it reaches past the picture, too little of the edge is there or neither
            too bright nor too dark, it is no circle, or one too small for its blur or where the board was never shown.
    """
    if tool.outer - tool.inner < 8:
        raise NotMeasurable(
            f"{tool.name}: the edge is looked for between radii {tool.inner:g} and {tool.outer:g}; "
            "the outer one must be greater by 8 pixels"
        )
    edges = _edges(picture, tool, gamma)
    places = np.array([place for place, _, _ in edges])
    outward = np.array([direction for _, direction, _ in edges])
    found = [edge for _, _, edge in edges]
    along = np.einsum("nij,nj->ni", scales(plane, places), outward)
    per_pixel = np.hypot(*along.T)
    one_pixel = float(np.median(per_pixel))
    laid = plane.lay(places) + along * _shrunk(places, tool, found)[:, None]
    circle = fit_circle(laid, least_scatter=PIXEL_FIT * one_pixel)
    if circle is None or np.count_nonzero(circle.kept) < _SHARE * len(edges):
        raise NotMeasurable(f"{tool.name}: the {len(edges)} places of the edge lie on no circle")
    plane.demand_shown(places[circle.kept], tool.name)
    _demand_large(circle.radius / one_pixel, found, tool)
    wave = out_of_round(laid, circle)
    if wave is not None and not is_round(wave, circle, one_pixel, plane.relative_uncertainty):
        raise NotMeasurable(_no_circle(tool, plane, circle, wave))
    deviation = float(2 * np.sqrt(circle.radius_uncertainty**2 + (PIXEL_FIT * one_pixel) ** 2))
    moved = 2 * float(np.median([edge.to_dark for edge in found])) * one_pixel
    deviation = float(np.hypot(deviation, moved))
    deviation = float(np.hypot(deviation, plane.relative_uncertainty * 2 * circle.radius))
    value, uncertainty = rounded(2 * circle.radius, deviation)
    seen = (
        f"{np.count_nonzero(circle.kept)} of {len(edges)} places of the edge lie on the circle, "
        f"scatter {circle.scatter / one_pixel:.2f} pixels"
    )
    return Measured(value, plane.unit, uncertainty, seen, places[circle.kept], (_drawn(circle, plane),))


def _no_circle(tool: CircleDiameter, plane: Plane, circle: Circle, wave: Wave) -> str:
    is_ellipse = wave.count == ELLIPSE
    shape = "an ellipse" if is_ellipse else f"a figure of {wave.count} sides"
    share = 100 * wave.amplitude / circle.radius
    remedy = _OBLIQUE if plane.unit == "px" and is_ellipse else _OTHER_TOOL
    return f"{tool.name}: the edge is no circle but like {shape}, {share:.1f} % out of round: {remedy}"


def _edges(
    picture: Gray, tool: CircleDiameter, gamma: float
) -> list[tuple[tuple[float, float], tuple[float, float], FoundEdge]]:
    """Place, direction outward and edge of each radius that shows a whole one."""
    count = int(np.clip(np.pi * (tool.inner + tool.outer) / _SPACING, FEWEST, MOST))
    edges = []
    for angle in np.arange(count) * 2 * np.pi / count:
        x, y = float(np.cos(angle)), float(np.sin(angle))
        strip = Strip(
            from_x=_within(tool.x + tool.inner * x),
            from_y=_within(tool.y + tool.inner * y),
            to_x=_within(tool.x + tool.outer * x),
            to_y=_within(tool.y + tool.outer * y),
            width=_WIDTH,
        )
        try:
            pixels = pixels_of(picture, strip, gamma)
        except NotMeasurable:
            height, width = picture.shape
            raise NotMeasurable(
                f"{tool.name}: the ring of radius {tool.outer:g} around ({tool.x:g}, {tool.y:g}) reaches past the "
                f"picture, which is {width} by {height} pixels"
            ) from None
        edge = strongest(find_edges(pixels, tool.contrast), tool.edge)
        if edge is not None:
            edges.append((pixels.place(edge.at), (x, y), edge))
    if len(edges) < _SHARE * count:
        raise NotMeasurable(
            f"{tool.name}: an edge with contrast {tool.contrast:g} was found along {len(edges)} of {count} radii "
            f"between {tool.inner:g} and {tool.outer:g} around ({tool.x:g}, {tool.y:g})"
        )
    demand_whole([edge for _, _, edge in edges], tool.name, _SHARE * count)
    return [one for one in edges if one[2].cut_off is None]


def _within(at: float) -> float:
    """Places past the picture are refused in words, not by the contract of a strip."""
    return min(max(at, -1.0), 20_000.0)


def _shrunk(places: Points, tool: CircleDiameter, edges: list[FoundEdge]) -> Points:
    """How far each place was drawn inward, in pixels: averaging across the radius does that by variance / 2 r."""
    radius = np.hypot(*(places - (tool.x, tool.y)).T)
    variance = _spread(edges) ** 2 + _WIDTH**2 / 12
    shrunk: Points = variance / (2 * np.maximum(radius, 1.0))
    return shrunk


def _spread(edges: list[FoundEdge]) -> float:
    return float(np.median([edge.spread for edge in edges]))


def _demand_large(radius: float, edges: list[FoundEdge], tool: CircleDiameter) -> None:
    """`radius` in pixels."""
    least = max(_SMALLEST, _SPREADS * _spread(edges))
    if radius < least:
        blur = np.median([edge.blur for edge in edges])
        raise NotMeasurable(
            f"{tool.name}: the circle has a radius of {radius:.1f} pixels; with a blur of {blur:.1f} at least "
            f"{least:.1f} are needed: sharpen the focus, or bring the camera nearer"
        )


def _drawn(circle: Circle, plane: Plane) -> Points:
    angle = np.linspace(0, 2 * np.pi, 97)
    on_plane = np.column_stack((circle.x + circle.radius * np.cos(angle), circle.y + circle.radius * np.sin(angle)))
    return plane.seen(on_plane)
