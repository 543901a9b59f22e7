"""Scanners, gauges and cameras in a table: where each is, what it does, and how it fares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.stations.camera_address import without_password
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS
from unison_domain.stations.gauge_settings import GaugeSettings
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.peripherals import PeripheralSettings, PeripheralState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.health import span
from unison_desktop.stations.peripherals.words import CODES, GAUGE_FORMATS, KINDS, STATES, WERE
from unison_desktop.tables.columns import Column

_LOOKS = {
    PeripheralState.ONLINE: ("good", Tone.GOOD),
    PeripheralState.OFFLINE: ("offline", Tone.BAD),
    PeripheralState.REFUSED: ("error", Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class PeripheralRow:
    """One of them with the name of its station, and what it does in words.

    Attributes:
        told: how long ago its silent PC told how it fares; None while the PC is heard.
    """

    peripheral: PeripheralAnswer
    station: str
    does: str
    told: timedelta | None = None


def peripheral_rows(
    peripherals: Iterable[PeripheralAnswer],
    stations: Mapping[UUID, str],
    characteristics: Mapping[str, str],
    now: datetime,
) -> list[PeripheralRow]:
    """Those of these stations, by station and name; `characteristics` are names by id, `now` is the server's time."""
    rows = [
        PeripheralRow(one, stations[one.station_id], _does(one.settings, characteristics), _told(one, now))
        for one in peripherals
        if one.station_id in stations
    ]
    return sorted(rows, key=_order)


def peripheral_id(row: PeripheralRow) -> UUID:
    """What tells a row from others."""
    return row.peripheral.id


def peripheral_columns(theme: Theme) -> tuple[Column[PeripheralRow], ...]:
    """The table of them; icons follow the theme."""
    return (
        Column("name", _("Name"), lambda row: row.peripheral.name, width=14, always_visible=True),
        Column("kind", _("Kind"), lambda row: KINDS[row.peripheral.kind], width=17),
        Column("station", _("Station"), lambda row: row.station, width=12),
        Column("state", _("State"), _state, width=18, icon=_Icons(theme).icon, explain=_("As its PC said last")),
        Column("message", _("To look after"), lambda row: worded(row.peripheral.message or ""), width=18),
        Column("refused", _("Refused last"), _refused, width=18, sort_key=_refused_at, explain=_("F6 lists all")),
        Column("does", _("Reads or measures"), lambda row: row.does, width=20),
        Column("place", _("Connected by"), lambda row: place_words(row.peripheral.settings), width=24, stretch=True),
    )


class _Icons:
    """How it fares, beside the words."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: PeripheralRow) -> QIcon:
        if row.peripheral.state is None:
            return QIcon()
        name, tone = _LOOKS[row.peripheral.state] if row.told is None else ("state-unknown", Tone.IDLE)
        return self._theme.icon(name, self._theme.tone(tone).fill)


def _told(peripheral: PeripheralAnswer, now: datetime) -> timedelta | None:
    age = now - peripheral.told_at if peripheral.told_at is not None else timedelta()
    return age if age > timedelta(seconds=SILENT_AFTER_SECONDS) else None


def _order(row: PeripheralRow) -> tuple[str, str]:
    return row.station.casefold(), row.peripheral.name.casefold()


def _state(row: PeripheralRow) -> str:
    if row.peripheral.state is None:
        return ""
    return STATES[row.peripheral.state] if row.told is None else WERE[row.peripheral.state].format(time=span(row.told))


def _refused(row: PeripheralRow) -> str:
    return worded(row.peripheral.refused[-1].reason) if row.peripheral.refused else ""


def _refused_at(row: PeripheralRow) -> float | None:
    return row.peripheral.refused[-1].at.timestamp() if row.peripheral.refused else None


def place_words(settings: PeripheralSettings) -> str:
    """Where it is, in words."""
    if isinstance(settings, CameraSettings):
        return without_password(settings.source)
    if isinstance(settings, GaugeSettings):
        return settings.serial.port
    return settings.serial.port if settings.serial is not None else settings.keyboard or ""


def _does(settings: PeripheralSettings, characteristics: Mapping[str, str]) -> str:
    if isinstance(settings, GaugeSettings):
        measured = [characteristics.get(str(one.characteristic_id), "?") for one in settings.channels]
        return ", ".join(measured) or _("{format}, nothing yet").format(format=GAUGE_FORMATS[settings.format])
    if isinstance(settings, CameraSettings):
        measured = [characteristics.get(str(tool.characteristic_id), "?") for tool in settings.tools]
        return ", ".join([*(CODES[one] for one in settings.formats), *measured]) or _("nothing yet")
    return _("codes")
