"""How the devices of one PC answer, down to the tag that gives no good value, and its scanners, gauges and cameras."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.stations.contracts import DeviceAnswer, DeviceReport, TagProblem
from unison_domain.stations.events import DeviceState
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import DRIVERS
from unison_desktop.stations.health import span
from unison_desktop.stations.instruments import InstrumentRow
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

    @property
    def name(self) -> str:
        """What the device is called."""
        return self.device.name

    @property
    def is_read(self) -> bool:
        """Whether it has anything to be read."""
        return self.device.tag_count != 0

    @property
    def tag(self) -> str:
        """The tag that gives no good value."""
        return self.problem.name if self.problem else ""

    @property
    def said(self) -> str:
        """What is wrong."""
        if self.problem is not None:
            return worded(self.problem.message)
        if not self.is_read:
            return _("It has no tags in use, so nothing is read. Make some, or bring back their machine.")
        return worded((self.report.message if self.report else None) or "")

    @property
    def exception(self) -> int | None:
        """The Modbus exception."""
        return self.problem.exception if self.problem else None

    @property
    def kind(self) -> str:
        """How it is talked to."""
        return DRIVERS[self.device.driver]

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{self.device.line_words} #{self.device.unit_id}"


ReadRow = DeviceRow | InstrumentRow


def device_rows(
    devices: Iterable[DeviceAnswer],
    reports: Iterable[DeviceReport],
    told: timedelta | None = None,
    peripherals: Iterable[PeripheralAnswer] = (),
) -> list[ReadRow]:
    """A row for each bad tag, and one for each device without any and each scanner, gauge and camera; those that need
    somebody first.
    """
    by_device = {report.device_id: report for report in reports}
    rows: list[ReadRow] = [
        DeviceRow(device, report, problem, told)
        for device in devices
        for report in (by_device.get(device.id),)
        for problem in (report.tags if report and report.tags else (None,))
    ]
    rows += [InstrumentRow(one, told) for one in peripherals]
    return sorted(rows, key=_urgency)


def device_columns(theme: Theme) -> tuple[Column[ReadRow], ...]:
    """The table of devices; icons follow the theme."""
    return (
        Column("device", _("Device"), lambda row: row.name, width=18, always_visible=True),
        Column("state", _("State"), _state_text, sort_key=_urgency, width=18, icon=_StateIcons(theme).icon),
        Column("tag", _("Tag"), lambda row: row.tag, width=20),
        Column("problem", _("Problem"), lambda row: row.said, width=46),
        Column("exception", _("Modbus exception"), lambda row: row.exception, width=10),
        Column("driver", _("Driver"), lambda row: row.kind, width=14),
        Column("address", _("Address"), lambda row: row.address, width=22),
    )


class _StateIcons:
    """Draws the state's icon in its tone."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: ReadRow) -> QIcon:
        _text, icon, tone = _LOOKS[row.state if row.told is None else None]
        return self._theme.icon(icon, self._theme.tone(tone).fill)


def _urgency(row: ReadRow) -> tuple[int, str, str]:
    return _RANK.index(row.state), row.name.casefold(), row.tag.casefold()


def _state_text(row: ReadRow) -> str:
    if row.state is None and not row.is_read:
        return _("Not read")
    return _LOOKS[row.state][0] if row.told is None else _WERE[row.state].format(time=span(row.told))
