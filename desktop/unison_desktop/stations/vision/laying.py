"""Tools as they are laid upon a picture with mouse and keys. Pure: no widget, no request."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, hypot, pi, sin
from typing import Any, assert_never
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError
from unison_domain.stations.camera_commands import Place
from unison_domain.stations.picture_tools import Caliper, CircleDiameter, EdgeAngle, PictureTool, Presence, Strip

_TOOL: TypeAdapter[PictureTool] = TypeAdapter(PictureTool)
NO_TEMPLATE = "0" * 64
"""Of a tool for which none was taken."""

_RING = 0.2
"""A ring reaches so far inside and outside of what was drawn."""

_LEAST_RING = 6.0
_LEAST_DRAWN = 3.0
HEIGHT_KNOWN = 0.1
"""In millimetres, of a new tool: nobody knows a height for certain."""

_ARROW = 14.0
"""Length of an arrow's head, in pixels."""


def new_tool(kind: str, name: str, characteristic_id: UUID, middle: Place, reach: float) -> PictureTool:
    """A tool in the middle of the picture, to be drawn where it belongs; a template is taken later."""
    x, y = middle
    own = {"tool": kind, "id": uuid4(), "name": name, "characteristic_id": characteristic_id}
    strip = {"from_x": x - reach, "from_y": y, "to_x": x + reach, "to_y": y}
    within = {"height_uncertainty": HEIGHT_KNOWN}
    ring = {"inner": reach * (1 - _RING), "outer": reach * (1 + _RING) + _LEAST_RING}
    places: dict[str, dict[str, Any]] = {
        "caliper": {"strip": strip, **within},
        "circle": {"x": x, "y": y, **ring, **within},
        "angle": {
            "first": {**strip, "to_x": x - reach / 4, "width": 40.0},
            "second": {**strip, "from_x": x + reach / 4, "width": 40.0},
        },
        "presence": {"template": NO_TEMPLATE, "x": x - reach, "y": y - reach, "width": 2 * reach, "height": 2 * reach},
    }
    return _TOOL.validate_python({**own, **places[kind]})


def drawn(tool: PictureTool, begin: Place, end: Place, *, is_second: bool = False) -> PictureTool:
    """The tool laid from where the mouse was pressed to where it was let go; a mere click moves nothing."""
    if hypot(end[0] - begin[0], end[1] - begin[1]) < _LEAST_DRAWN:
        return tool
    match tool:
        case Caliper():
            return _with(tool, strip=_strip(tool.strip, begin, end))
        case CircleDiameter():
            radius = hypot(end[0] - begin[0], end[1] - begin[1])
            reach = max(_RING * radius, _LEAST_RING)
            return _with(tool, x=begin[0], y=begin[1], inner=max(1.0, radius - reach), outer=radius + reach)
        case EdgeAngle():
            side = "second" if is_second else "first"
            return _with(tool, **{side: _strip(getattr(tool, side), begin, end)})
        case Presence():
            left, top = min(begin[0], end[0]), min(begin[1], end[1])
            size = {"width": max(4.0, abs(end[0] - begin[0])), "height": max(4.0, abs(end[1] - begin[1]))}
            return _with(tool, x=left, y=top, **size)
        case _:
            assert_never(tool)


def moved(tool: PictureTool, x: float, y: float, *, is_second: bool = False, end_alone: bool = False) -> PictureTool:
    """The tool nudged by so many pixels; `end_alone` moves the end of a strip, the size of a ring or region."""
    match tool:
        case Caliper():
            return _with(tool, strip=_nudged(tool.strip, x, y, end_alone))
        case CircleDiameter() if end_alone:
            return _with(tool, inner=max(1.0, tool.inner + x), outer=max(tool.inner + x + 8, tool.outer + x))
        case CircleDiameter():
            return _with(tool, x=tool.x + x, y=tool.y + y)
        case EdgeAngle():
            side = "second" if is_second else "first"
            return _with(tool, **{side: _nudged(getattr(tool, side), x, y, end_alone)})
        case Presence() if end_alone:
            return _with(tool, width=max(4.0, tool.width + x), height=max(4.0, tool.height + y))
        case Presence():
            return _with(tool, x=tool.x + x, y=tool.y + y)
        case _:
            assert_never(tool)


def widened(tool: PictureTool, width: float) -> PictureTool:
    """With strips of this width; tools without strips stay as they are."""
    match tool:
        case Caliper():
            return _with(tool, strip=_with_width(tool.strip, width))
        case EdgeAngle():
            return _with(tool, first=_with_width(tool.first, width), second=_with_width(tool.second, width))
        case _:
            return tool


def strip_width(tool: PictureTool) -> float | None:
    """Width of its strips; None where it has none."""
    match tool:
        case Caliper():
            return tool.strip.width
        case EdgeAngle():
            return tool.first.width
        case _:
            return None


def outlines(tool: PictureTool) -> Iterator[list[Place]]:
    """What is drawn of the tool: closed lines; a strip has an arrow along its middle, the way its edges are counted."""
    match tool:
        case Caliper():
            yield from _strip_lines(tool.strip)
        case CircleDiameter():
            for radius in (tool.inner, tool.outer):
                turns = [n * pi / 36 for n in range(73)]
                yield [(tool.x + radius * cos(turn), tool.y + radius * sin(turn)) for turn in turns]
        case EdgeAngle():
            yield from _strip_lines(tool.first)
            yield from _strip_lines(tool.second)
        case Presence():
            right, bottom = tool.x + tool.width, tool.y + tool.height
            yield [(tool.x, tool.y), (right, tool.y), (right, bottom), (tool.x, bottom), (tool.x, tool.y)]
        case _:
            assert_never(tool)


def _with(tool: PictureTool, **changes: Any) -> PictureTool:
    """Changed, or as it was where that would be no tool (outside of any picture)."""
    try:
        return _TOOL.validate_python({**tool.model_dump(), **changes})
    except ValidationError:
        return tool


def _strip(strip: Strip, begin: Place, end: Place) -> dict[str, float]:
    return {"from_x": begin[0], "from_y": begin[1], "to_x": end[0], "to_y": end[1], "width": strip.width}


def _nudged(strip: Strip, x: float, y: float, end_alone: bool) -> dict[str, float]:
    begin = (strip.from_x, strip.from_y) if end_alone else (strip.from_x + x, strip.from_y + y)
    return _strip(strip, begin, (strip.to_x + x, strip.to_y + y))


def _with_width(strip: Strip, width: float) -> dict[str, float]:
    return {**strip.model_dump(), "width": width}


def _strip_lines(strip: Strip) -> Iterator[list[Place]]:
    length = hypot(strip.to_x - strip.from_x, strip.to_y - strip.from_y) or 1.0
    across = (
        -(strip.to_y - strip.from_y) / length * strip.width / 2,
        (strip.to_x - strip.from_x) / length * strip.width / 2,
    )
    begin, end = (strip.from_x, strip.from_y), (strip.to_x, strip.to_y)
    sides = [
        (begin[0] + across[0], begin[1] + across[1]),
        (end[0] + across[0], end[1] + across[1]),
        (end[0] - across[0], end[1] - across[1]),
        (begin[0] - across[0], begin[1] - across[1]),
    ]
    yield [*sides, sides[0]]
    yield [begin, end]
    head = min(_ARROW, length / 3) / length
    back = (end[0] - head * (end[0] - begin[0]), end[1] - head * (end[1] - begin[1]))
    aside = (-(end[1] - back[1]) / 2, (end[0] - back[0]) / 2)
    yield [(back[0] + aside[0], back[1] + aside[1]), end, (back[0] - aside[0], back[1] - aside[1])]
