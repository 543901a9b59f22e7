"""Tools of cameras are held to the unit of what they measure."""

from __future__ import annotations

from unison_domain.kernel.contracts import FieldError
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.peripherals import PeripheralSettings
from unison_domain.stations.picture_tools import PictureTool
from unison_domain.stations.tool_units import could_measure, unit_of

from unison_server.kernel.errors import Invalid


def tools_anew(settings: PeripheralSettings, before: PeripheralSettings | None) -> list[tuple[str, PictureTool]]:
    """Each with its field; what was saved when any unit was let through may stay as it is."""
    if not isinstance(settings, CameraSettings):
        return []
    had = {(one.tool, one.characteristic_id) for one in before.tools} if isinstance(before, CameraSettings) else set()
    return [
        (f"settings.tools.{place}.characteristic_id", tool)
        for place, tool in enumerate(settings.tools)
        if (tool.tool, tool.characteristic_id) not in had
    ]


def demand_unit_of_tool(field: str, tool: PictureTool, measured: CharacteristicConfiguration) -> None:
    """Raises Invalid where no value of the tool could ever be booked as one of the characteristic."""
    if not could_measure(tool, measured.unit):
        message = (
            f"{tool.name} gives {unit_of(tool) or 'a number without unit'}, but {measured.name} is measured in "
            f"{measured.unit or 'a number without unit'}: choose another characteristic or make one"
        )
        raise Invalid(
            message, code="unit_differs", errors=[FieldError(field=field, code="unit_differs", message=message)]
        )
