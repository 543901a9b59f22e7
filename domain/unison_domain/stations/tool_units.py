"""In which unit a camera's tool gives its values, and which characteristics can therefore be measured by it."""

from __future__ import annotations

from unison_domain.kernel.units import plain_unit
from unison_domain.stations.picture_tools import PictureTool

_UNITS = {"caliper": ("mm", "px"), "circle": ("mm", "px"), "angle": ("deg",), "presence": ("",)}
"""By kind of tool; the first is that of a calibrated camera."""


def plain_tool_unit(unit: str) -> str:
    """As units are compared; degrees are written in two ways."""
    plain = plain_unit(unit)
    return "deg" if plain == "°" else plain


def unit_of(tool: PictureTool) -> str:
    """Of its values where the camera is calibrated; empty: a number without unit."""
    return _UNITS[tool.tool][0]


def could_measure(tool: PictureTool, unit: str) -> bool:
    """Whether its values are ever in the unit of a characteristic."""
    return plain_tool_unit(unit) in _UNITS[tool.tool]
