"""Tags in a table: where each is, what it means, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.stations.contracts import DeviceAnswer, TagAnswer, TagProblem

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.numbers import short_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.holding import Holding
from unison_desktop.stations.configuration.words import ORDERS, ROLES, TABLES, resting_words
from unison_desktop.tables.columns import Align, Column

_ADDRESS = _("Register table by its first digit (4x holding, 3x input, 1x inputs, 0x coils), address from 0, bit")


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with its device and the machine it is about.

    Attributes:
        problem: why it gives no good value.
        is_waiting: a change of it waits for the end of its machine's run.
    """

    tag: TagAnswer
    device: DeviceAnswer
    machine: str
    problem: TagProblem | None
    is_waiting: bool


def tag_rows(holding: Holding, key: str) -> list[TagRow]:
    """The tags of all devices below a node."""
    devices = {device.id: device for device in holding.devices_below(key)}
    machines = holding.machine_names()
    waiting = {tag for agent in holding.agents for tag in agent.waiting_tags}
    problems = {problem.tag_id: problem for report in holding.reports.values() for problem in report.tags}
    rows = [
        TagRow(
            tag,
            devices[tag.device_id],
            machines.get(str(tag.machine_id), tag.rests_with or "") if tag.machine_id else "",
            None if tag.rests_with else problems.get(tag.id),
            tag.id in waiting and not tag.rests_with,
        )
        for tag in holding.tags
        if tag.device_id in devices
    ]
    return sorted(rows, key=_place)


def tag_id(row: TagRow) -> UUID:
    """What tells a row from others."""
    return row.tag.id


def tag_columns(theme: Theme) -> tuple[Column[TagRow], ...]:
    """The table of tags; icons follow the theme."""
    return (
        Column("name", _("Tag"), lambda row: row.tag.name, width=16, always_visible=True, icon=_Icons(theme).icon),
        Column("role", _("Meaning"), lambda row: ROLES[row.tag.role], width=17),
        Column("address", _("Address"), _address, sort_key=_place, align=Align.RIGHT, width=8, explain=_ADDRESS),
        Column("type", _("Type"), lambda row: row.tag.type.value, width=8),
        Column("state", _("To look after"), _state, width=30),
        Column("device", _("Device"), lambda row: row.device.name, width=18),
        Column("machine", _("Machine"), lambda row: row.machine, width=18),
        Column("scale", _("Scale"), lambda row: short_text(row.tag.scale), align=Align.RIGHT, width=6),
        Column("unit", _("Unit"), lambda row: row.tag.unit, width=6),
        Column("table", _("Register table"), lambda row: TABLES[row.tag.table], width=18, visible=False),
        Column("order", _("Byte order"), lambda row: ORDERS[row.tag.byte_order], width=16, visible=False),
        Column("poll", _("Read every"), _poll, align=Align.RIGHT, width=9, visible=False),
    )


class _Icons:
    """Marks what needs somebody."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: TagRow) -> QIcon:
        if row.tag.rests_with:
            return self._theme.icon("offline", self._theme.tone(Tone.IDLE).fill)
        name, tone = ("warning", Tone.BAD) if row.problem else ("clock", Tone.WARNING)
        return self._theme.icon(name, self._theme.tone(tone).fill) if row.problem or row.is_waiting else QIcon()


_FIRST_DIGIT = {"coil": 0, "discrete_input": 1, "input_register": 3, "holding_register": 4}


def _address(row: TagRow) -> str:
    """Table and protocol address, and the bit of one in a register."""
    bit = f".{row.tag.bit}" if row.tag.type == "bool" and row.tag.table.endswith("register") else ""
    return f"{_FIRST_DIGIT[row.tag.table]}x {row.tag.address}{bit}"


def _place(row: TagRow) -> tuple[str, str, int, int, str]:
    return row.device.name.casefold(), row.tag.table, row.tag.address, row.tag.bit, row.tag.name


def _poll(row: TagRow) -> str:
    return _("{n} s").format(n=short_text(row.tag.poll_seconds))


def _state(row: TagRow) -> str:
    if row.tag.rests_with:
        return resting_words(row.tag.rests_with)
    if row.problem is not None:
        return worded(row.problem.message)
    return _("read the old way until the run ends") if row.is_waiting else ""
