"""What a gauge's settings make of a message, tried before they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from unison_domain.stations.gauge_formats import GaugeFault, GaugeValue, plain_unit, read_gauge
from unison_domain.stations.gauge_settings import GaugeFormat, GaugeSettings

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.peripherals.words import EXAMPLES

_LONGEST = 200
_GAUGE = _("The gauge")
"""What the gauge is called that is tried, which may have no name yet."""
_OF_READING = ("format", "pattern", "stable_statuses", "unit", "decimal_comma", "stable_only")


class GaugeTrial(QFrame):
    """A line to paste a message into, and what it reads."""

    def __init__(
        self, theme: Theme, characteristics: Mapping[str, str], units: Mapping[str, str], parent: QWidget
    ) -> None:
        """`characteristics` are names and `units` their units, both by id."""
        super().__init__(parent)
        self._characteristics = characteristics
        self._units = units
        self._channels: dict[str | None, str] = {}
        self._settings: dict[str, Any] = {}
        self._example = ""
        heading = QLabel(_("Try a message"), self)
        heading.setFont(theme.font(Type.STRONG))
        self.message = QLineEdit(self)
        self.message.setMaxLength(_LONGEST)
        self.message.setFont(theme.font(Type.CODE))
        self.message.setAccessibleName(_("Message of the gauge"))
        self.message.setToolTip(_("As “unison-station check” shows it; a line end does no harm. Alt+T goes here."))
        heading.setBuddy(self.message)
        heading.setText(_("&Try a message"))
        self.message.textChanged.connect(self._show)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setMinimumHeight(self.words.fontMetrics().lineSpacing() * 2 + 4)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        line = QHBoxLayout()
        line.addWidget(heading)
        line.addWidget(self.message, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 14, 0)
        column.addLayout(line)
        column.addWidget(self.words)

    def show_settings(self, settings: Mapping[str, Any]) -> None:
        """Read by these settings, as far as they were typed."""
        self._settings = {name: settings[name] for name in _OF_READING if name in settings}
        self._channels = {one["channel"]: str(one["characteristic_id"]) for one in settings.get("channels", ())}
        told = settings.get("format")
        self._example = EXAMPLES[GaugeFormat(told)] if told in tuple(GaugeFormat) else ""
        self.message.setPlaceholderText(_("for example {message}").format(message=self._example))
        self._show()

    def _show(self) -> None:
        message = self.message.text()
        words, is_wrong = self._outcome(message)
        self.words.setText(words)
        self.words.setAccessibleName(words)
        self.words.setProperty("role", "bad" if is_wrong else "muted")
        self.words.style().polish(self.words)

    def _outcome(self, message: str) -> tuple[str, bool]:
        """What the message reads in words, and whether it is refused; nothing before there is something to try."""
        if self._settings.get("format") == GaugeFormat.PATTERN and not self._settings.get("pattern"):
            return _("Write the pattern of its messages above."), False
        try:
            given = {**self._settings, "name": _GAUGE, "serial": {"port": "-"}}
            settings = GaugeSettings.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            return worded(first["msg"]).removeprefix(worded(f"gauge {_GAUGE}: ")), True
        if not message:
            return "", False
        try:
            value = read_gauge(message, settings)
        except GaugeFault as fault:
            return worded(str(fault)), True
        id_ = self._channels.get(value.channel, "")
        measured, unit = self._characteristics.get(id_, ""), self._units.get(id_, "")
        is_other = bool(measured and value.unit) and plain_unit(value.unit) != plain_unit(unit)
        words = _unit_words(measured, unit) if is_other else _measured_words(value, measured)
        return f"{_value_words(message, value)}\n{words}", is_other or not measured


def _value_words(message: str, value: GaugeValue) -> str:
    words = (
        _("{message} reads {value} {unit}")
        .format(message=message, value=number_text(value.value), unit=value.unit)
        .rstrip()
    )
    return words if value.settled else _("{words}, still moving").format(words=words)


def _unit_words(measured: str, unit: str) -> str:
    if not unit:
        return _("It is refused: {measured} is a number without unit.").format(measured=measured)
    words = _("It is refused: {measured} is measured in {unit}; set the gauge to {unit}.")
    return words.format(measured=measured, unit=unit)


def _measured_words(value: GaugeValue, measured: str) -> str:
    channel = _("a gauge without channels") if value.channel is None else _("channel {n}").format(n=value.channel)
    if measured:
        return _("That is {measured}: it came from {channel}.").format(measured=measured, channel=channel)
    return _("It came from {channel}, which measures nothing yet: say under “Measures” what it is.").format(
        channel=channel
    )
