"""A tool laid upon a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from unison_domain.stations.picture_tools import (
    Caliper,
    CircleDiameter,
    EdgeAngle,
    PictureTool,
    PlaneCalibration,
    Presence,
)

from unison_station.vision.angle import measure_angle
from unison_station.vision.caliper import measure_caliper
from unison_station.vision.circle import measure_circle
from unison_station.vision.height import at_height
from unison_station.vision.measured import Measured
from unison_station.vision.picture import Gray, NotMeasurable, gray_picture
from unison_station.vision.plane import plane_of
from unison_station.vision.presence import find_presence

Stored = Callable[[str], bytes | None]
"""The file of a stored picture by its SHA-256; None where it is not at hand."""


def measure(
    picture: Gray, tool: PictureTool, calibration: PlaneCalibration | None, stored: Stored, gamma: float = 1.0
) -> Measured:
    """What the tool finds; `gamma` is the camera's, as in `CameraSettings`.

    Raises:
        NotMeasurable: nothing, and why.
    """
    match tool:
        case Caliper() | CircleDiameter():
            plane, said = at_height(plane_of(picture, calibration), tool)
            measured = (
                measure_caliper(picture, tool, plane, gamma)
                if isinstance(tool, Caliper)
                else measure_circle(picture, tool, plane, gamma)
            )
            return replace(measured, seen=measured.seen + said)
        case EdgeAngle():
            return measure_angle(picture, tool, plane_of(picture, calibration), gamma)
        case Presence():
            file = stored(tool.template)
            if file is None:
                raise NotMeasurable(
                    f"{tool.name}: its template {tool.template[:12]}… is not on this PC: it comes from the server; "
                    "if it does not within a minute, take it anew"
                )
            return find_presence(picture, tool, gray_picture(file, f"The template of {tool.name}"))
        case _:
            assert_never(tool)
