"""Whether a tool measures a characteristic, and one it can measure. Pure: no widget, no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from unison_domain.stations.one_characteristic import on_one_characteristic
from unison_domain.stations.picture_tools import PictureTool, Presence
from unison_domain.stations.tool_units import could_measure, unit_of

from unison_desktop.kernel.texts import _
from unison_desktop.stations.vision.laying import NO_TEMPLATE

NOT_CHOSEN = UUID(int=0)
"""The characteristic of a tool for which nobody chose one."""


def against_characteristic(tool: PictureTool, units: Mapping[str, str], *, is_trial: bool = False) -> str | None:
    """Why nothing could be booked with it, in words; a trial books nothing and needs no characteristic.

    Args:
        units: of what can be measured, by id.
    """
    if tool.characteristic_id == NOT_CHOSEN:
        return None if is_trial else _("Choose what {tool} measures.").format(tool=tool.name)
    unit = units.get(str(tool.characteristic_id))
    if unit is None or could_measure(tool, unit):
        return None
    return _("{tool} gives {given}, this characteristic is measured in {unit}: choose another, or make one.").format(
        tool=tool.name, given=_named(unit_of(tool)), unit=_named(unit)
    )


def against_saving(tools: Sequence[PictureTool]) -> str | None:
    """What else these lack, in words."""
    for one in tools:
        if isinstance(one, Presence) and one.template == NO_TEMPLATE:
            return _("{tool} has no template yet.").format(tool=one.name)
    if pair := on_one_characteristic(tools):
        words = _("{second} measures the same as {first}: choose another characteristic for it, or make one.")
        return words.format(first=pair[0].name, second=pair[1].name)
    return None


def _named(unit: str) -> str:
    return unit or _("a number without unit")
