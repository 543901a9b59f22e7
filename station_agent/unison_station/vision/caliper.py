"""The distance of two edges along a strip."""

from __future__ import annotations

import numpy as np
from unison_domain.stations.picture_tools import Caliper, Edge

from unison_station.vision.measured import Measured, rounded
from unison_station.vision.picture import Gray, NotMeasurable
from unison_station.vision.plane import Plane, scales
from unison_station.vision.strip_edges import FoundEdge, StripPixels, find_edges, fits, line_of, pixels_of, told

_DIRECTIONS = {Edge.ANY: "", Edge.DARK_TO_LIGHT: " from dark to light", Edge.LIGHT_TO_DARK: " from light to dark"}


def measure_caliper(picture: Gray, tool: Caliper, plane: Plane) -> Measured:
    """From the first edge of its kind to the last of the other kind behind it, on the middle of the strip.

    Like a caliper's jaws the strip has to be square to the edges: laid obliquely by an angle it measures too much by
    the reciprocal of its cosine. The uncertainty is that of both places and of the plane; not that of laying the strip.

    Raises:
        NotMeasurable: an edge is not there, or the strip lies outside the picture.
    """
    pixels = pixels_of(picture, tool.strip)
    first, second = _pair(pixels, tool)
    places = np.array([pixels.place(first.at), pixels.place(second.at)])
    laid = plane.lay(places)
    gap = laid[1] - laid[0]
    length = float(np.hypot(*gap))
    along = np.array(pixels.place(1.0)) - np.array(pixels.place(0.0))
    per_pixel = scales(plane, places) @ along @ (gap / length)
    edges = per_pixel * np.array([first.uncertainty, second.uncertainty])
    deviation = float(np.hypot(np.hypot(*edges), plane.relative_uncertainty * length))
    value, uncertainty = rounded(length, deviation)
    seen = (
        f"edges at {first.at:.2f} and {second.at:.2f} pixels along the strip, "
        f"steps of {first.step:+.0f} and {second.step:+.0f}, blur {max(first.blur, second.blur):.1f} pixels"
    )
    lines = tuple(line_of(pixels, edge) for edge in (first, second))
    return Measured(value, plane.unit, uncertainty, seen, places, (*lines, places))


def _pair(pixels: StripPixels, tool: Caliper) -> tuple[FoundEdge, FoundEdge]:
    edges = find_edges(pixels, tool.contrast)
    first = next((edge for edge in edges if fits(edge, tool.first)), None)
    if first is None:
        raise NotMeasurable(_missing("no first edge", tool.first, tool, pixels))
    second = next((edge for edge in reversed(edges) if fits(edge, tool.second) and edge.at > first.at), None)
    if second is None:
        raise NotMeasurable(_missing("no second edge", tool.second, tool, pixels))
    return first, second


def _missing(what: str, wanted: Edge, tool: Caliper, pixels: StripPixels) -> str:
    return (
        f"{tool.name}: {what}{_DIRECTIONS[wanted]} with contrast {tool.contrast:g} was found in {told(tool.strip)}; "
        f"brightness there lies between {pixels.brightness.min():.0f} and {pixels.brightness.max():.0f}"
    )
