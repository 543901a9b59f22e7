"""How the devices of one PC answer, down to the tag that gives no good value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.stations.contracts import DeviceAnswer, DeviceReport, TagProblem
from unison_domain.stations.events import DeviceState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import DRIVERS
from unison_desktop.stations.health import span
from unison_desktop.tables.columns import Column

_LOOKS = {
    DeviceState.ONLINE: (_("Answers"), "good", Tone.GOOD),
    DeviceState.DEGRADED: (_("Answers in part"), "warning", Tone.WARNING),
    DeviceState.OFFLINE: (_("Does not answer"), "error", Tone.BAD),
    None: (_("Not reported yet"), "state-unknown", Tone.IDLE),
}
_WERE = {
    DeviceState.ONLINE: _("Answered {time} ago"),
    DeviceState.DEGRADED: _("Answered in part {time} ago"),
    DeviceState.OFFLINE: _("Did not answer {time} ago"),
    None: _("Not reported yet"),
}
"""Of a PC that is silent."""
_RANK = (DeviceState.OFFLINE, DeviceState.DEGRADED, None, DeviceState.ONLINE)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device, or one tag of it that gives no good value.

    Attributes:
        told: how long ago its silent PC told this; None while the PC is heard.
    """

    device: DeviceAnswer
    report: DeviceReport | None
    problem: TagProblem | None
    told: timedelta | None = None

    @property
    def id(self) -> tuple[UUID, UUID | None]:
        """What tells it from other rows."""
        return self.device.id, self.problem.tag_id if self.problem else None

    @property
    def state(self) -> DeviceState | None:
        """How the device answers; None if the PC has not said."""
        return self.report.state if self.report else None


def device_rows(
    devices: Iterable[DeviceAnswer], reports: Iterable[DeviceReport], told: timedelta | None = None
) -> list[DeviceRow]:
    """A row for each bad tag, and one for each device without any; those that need somebody first."""
    by_device = {report.device_id: report for report in reports}
    rows = [
        DeviceRow(device, report, problem, told)
        for device in devices
        for report in (by_device.get(device.id),)
        for problem in (report.tags if report and report.tags else (None,))
    ]
    return sorted(rows, key=_urgency)


def device_columns(theme: Theme) -> tuple[Column[DeviceRow], ...]:
    """The table of devices; icons follow the theme."""
    return (
        Column("device", _("Device"), _device, width=18, always_visible=True),
        Column("state", _("State"), _state_text, sort_key=_urgency, width=18, icon=_StateIcons(theme).icon),
        Column("tag", _("Tag"), _tag, width=20),
        Column("problem", _("Problem"), _problem, width=46),
        Column("exception", _("Modbus exception"), _exception, width=10),
        Column("driver", _("Driver"), lambda row: DRIVERS[row.device.driver], width=14),
        Column("address", _("Address"), _address, width=22),
    )


class _StateIcons:
    """Draws the state's icon in its tone."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: DeviceRow) -> QIcon:
        _text, icon, tone = _LOOKS[row.state if row.told is None else None]
        return self._theme.icon(icon, self._theme.tone(tone).fill)


def _urgency(row: DeviceRow) -> tuple[int, str, str]:
    return _RANK.index(row.state), row.device.name.casefold(), _tag(row).casefold()


def _device(row: DeviceRow) -> str:
    return row.device.name


def _state_text(row: DeviceRow) -> str:
    if row.state is None and row.device.tag_count == 0:
        return _("Not read")
    return _LOOKS[row.state][0] if row.told is None else _WERE[row.state].format(time=span(row.told))


def _tag(row: DeviceRow) -> str:
    return row.problem.name if row.problem else ""


def _problem(row: DeviceRow) -> str:
    if row.problem is not None:
        return worded(row.problem.message)
    if row.device.tag_count == 0:
        return _("It has no tags, so nothing is read. Make some under Configuration.")
    return worded((row.report.message if row.report else None) or "")


def _exception(row: DeviceRow) -> int | None:
    return row.problem.exception if row.problem else None


def _address(row: DeviceRow) -> str:
    return f"{row.device.line_words} #{row.device.unit_id}"
