"""The angle of two straight edges."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, hypot

import numpy as np
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import Edge, EdgeAngle, Strip

from unison_station.vision.measured import Measured, rounded
from unison_station.vision.picture import Gray, NotMeasurable, Points
from unison_station.vision.plane import Plane
from unison_station.vision.strip_edges import PIXEL_FIT, FoundEdge, demand_whole, find_edges, pixels_of, strongest, told

_SLICE = 4.0
"""Width of a slice of a strip, in pixels."""

_FEWEST, _MOST = 4, 60
_TUKEY = 4.685
_ROUNDS = 10


@dataclass(frozen=True)
class _Line:
    """A straight edge on the plane: its direction (radians, the dark side on one hand), and what is drawn."""

    direction: float
    uncertainty: float
    places: Points
    ends: Points


def measure_angle(picture: Gray, tool: EdgeAngle, plane: Plane, gamma: float = 1.0) -> Measured:
    """The angle of the corner two edges of a part make: 90 of a square, 0 of parallel sides, 180 of one straight side.

    Raises:
        NotMeasurable: an edge is not there, not straight, too bright or dark, or where the board was never shown; or a
            strip lies outside the picture.
    """
    first, second = (_line(picture, tool, strip, plane, gamma) for strip in (tool.first, tool.second))
    turned = degrees(abs((second.direction - first.direction + np.pi) % (2 * np.pi) - np.pi))
    deviation = degrees(hypot(first.uncertainty, second.uncertainty, plane.relative_uncertainty))
    value, uncertainty = rounded(180 - turned, deviation)
    seen = f"edges of {len(first.places)} and {len(second.places)} places"
    places = np.concatenate((first.places, second.places))
    return Measured(value, "deg", uncertainty, seen, places, (first.ends, second.ends))


def _line(picture: Gray, tool: EdgeAngle, strip: Strip, plane: Plane, gamma: float) -> _Line:
    places, uncertainties, rise = _places(picture, tool, strip, gamma)
    laid = plane.lay(places)
    pixel = _pixel_size(plane, places)
    middle, direction, kept, off = _fitted(laid, pixel)
    plane.demand_shown(places[kept], tool.name)
    extent = (laid[kept] - middle) @ direction
    spread = float(np.sqrt((extent**2).sum()))
    scatter = float(np.sqrt((off[kept] ** 2).sum() / max(1, np.count_nonzero(kept) - 2)))
    each = max(scatter, float(np.median(uncertainties)) * pixel)
    length = float(np.ptp(extent))
    if np.count_nonzero(kept) < max(_FEWEST, len(places) / 2) or length == 0:
        raise NotMeasurable(
            f"{tool.name}: the {len(places)} places of the edge in {told(strip)} lie on no straight line"
        )
    if direction @ _across(plane, places, rise) < 0:
        direction = -direction
    ends = plane.seen(np.array([middle + direction * extent.min(), middle + direction * extent.max()]))
    uncertainty = hypot(each / spread, PIXEL_FIT * pixel / length)
    return _Line(atan2(direction[1], direction[0]), uncertainty, places[kept], ends)


def _places(picture: Gray, tool: EdgeAngle, strip: Strip, gamma: float) -> tuple[Points, Points, Points]:
    """Where the edge crosses each slice of the strip, how sure that is, and the direction in which it grows light."""
    length = hypot(strip.to_x - strip.from_x, strip.to_y - strip.from_y)
    if length == 0 or strip.width < _SLICE * _FEWEST:
        raise NotMeasurable(
            f"{tool.name}: {told(strip)} is {strip.width:g} pixels wide; a direction needs {_SLICE * _FEWEST:g} or more"
        )
    along = np.array([strip.to_x - strip.from_x, strip.to_y - strip.from_y]) / length
    across = np.array([-along[1], along[0]])
    count = int(np.clip(strip.width / _SLICE, _FEWEST, _MOST))
    found: list[tuple[tuple[float, float], FoundEdge]] = []
    for offset in ((np.arange(count) + 0.5) / count - 0.5) * strip.width:
        begin = np.array([strip.from_x, strip.from_y]) + offset * across
        end = begin + length * along
        part = _part(picture, begin, end, strip.width / count)
        if part is None:
            continue
        pixels = pixels_of(picture, part, gamma)
        edge = strongest(find_edges(pixels, tool.contrast), Edge.ANY)
        if edge is not None:
            found.append((pixels.place(edge.at), edge))
    fewest = max(_FEWEST, count / 2)
    if len(found) < fewest:
        raise NotMeasurable(
            f"{tool.name}: an edge with contrast {tool.contrast:g} was found in {len(found)} of {count} slices of "
            f"{told(strip)}"
        )
    demand_whole([edge for _, edge in found], tool.name, fewest)
    whole = [(place, edge) for place, edge in found if edge.cut_off is None]
    rise = float(np.sign(np.median([edge.step for _, edge in whole])))
    places = np.array([place for place, _ in whole])
    return places, np.array([edge.uncertainty for _, edge in whole]), along * rise


def _part(picture: Gray, begin: Points, end: Points, width: float) -> Strip | None:
    """A slice, unless it lies outside the picture."""
    height, columns = picture.shape
    corners = np.array([begin, end])
    if np.any(corners < -0.5) or np.any(corners[:, 0] > columns - 0.5) or np.any(corners[:, 1] > height - 0.5):
        return None
    (from_x, from_y), (to_x, to_y) = corners.tolist()
    return Strip(from_x=from_x, from_y=from_y, to_x=to_x, to_y=to_y, width=max(width, 1.0))


def _fitted(places: Points, pixel: float) -> tuple[Points, Points, NDArray[np.bool_], Points]:
    """Middle, direction, which places lie on the line, and how far each is from it (orthogonal, biweight)."""
    weights = np.ones(len(places))
    for _ in range(_ROUNDS):
        middle = (places * weights[:, None]).sum(axis=0) / weights.sum()
        away = (places - middle) * np.sqrt(weights)[:, None]
        direction = np.linalg.svd(away, full_matrices=False)[2][0]
        off = (places - middle) @ np.array([-direction[1], direction[0]])
        scale = max(1.4826 * float(np.median(np.abs(off))), PIXEL_FIT * pixel)
        weights = np.maximum(1 - (off / (_TUKEY * scale)) ** 2, 0) ** 2
    return middle, direction, weights > 0, off


def _pixel_size(plane: Plane, places: Points) -> float:
    """A pixel on the plane, around these places."""
    middle = places.mean(axis=0)
    corners = plane.lay(middle + np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]))
    return float(np.sqrt(abs(np.linalg.det(corners[1:] - corners[0]))))


def _across(plane: Plane, places: Points, rise: Points) -> Points:
    """On the plane, the direction with the dark on one hand always: a quarter turn from where it grows light."""
    middle = places.mean(axis=0)
    ends = plane.lay(middle + np.array([(0.0, 0.0), (-rise[1], rise[0])]))
    turned: Points = ends[1] - ends[0]
    return turned
