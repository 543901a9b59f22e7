"""What a gauge's settings make of a message, tried before they are saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.framing import as_sent
from unison_domain.stations.gauge_reading import GaugeReading, read_for
from unison_domain.stations.gauge_settings import LONGEST_OF_PATTERN, GaugeFormat
from unison_domain.stations.peripherals import GaugeConfiguration

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.own_units import beside
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.peripherals.words import EXAMPLES

_LONGEST = 2 * LONGEST_OF_PATTERN
"""Also of a message that is too long, which is told then, not cut to one that fits."""
_GAUGE = _("The gauge")
"""What the gauge is called that is tried, which may have no name yet."""
_OF_READING = (
    *("format", "pattern", "stable_statuses", "unit", "decimal_comma", "stable_only"),
    *("framing", "channels"),
)
_NOBODY = UUID(int=0)
_CONTROLS = {0x2400 + code: code for code in range(32)} | {0x2421: 127}


class GaugeTrial(QFrame):
    """A line to paste a message into, and what it reads."""

    def __init__(self, theme: Theme, characteristics: Sequence[CharacteristicConfiguration], parent: QWidget) -> None:
        """`characteristics` are those its channels may measure."""
        super().__init__(parent)
        self._characteristics = characteristics
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
        named = settings.get("format")
        self._example = EXAMPLES[GaugeFormat(named)] if named in tuple(GaugeFormat) else ""
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
            given = {**self._settings, "name": _GAUGE, "serial": {"port": "-"}, "id": _NOBODY, "station_id": _NOBODY}
            gauge = GaugeConfiguration.model_validate(given)
            gauge.demand_pattern()
        except ValidationError as error:
            return _wrong(worded(error.errors()[0]["msg"])), True
        except ValueError as error:
            return _wrong(worded(str(error))), True
        if not message:
            return "", False
        return self._read(message, gauge)

    def _read(self, message: str, gauge: GaugeConfiguration) -> tuple[str, bool]:
        """As its station reads it, from the first byte on."""
        lines, is_wrong = [], False
        for frame in as_sent(_bytes(message), gauge.framing):
            try:
                found = read_for(frame, gauge, self._characteristics)
            except ValueError as error:
                found = [error]
            for one in found:
                is_wrong = is_wrong or isinstance(one, ValueError)
                lines.append(worded(str(one)) if isinstance(one, ValueError) else _words(message, one))
        return "\n".join(lines), is_wrong


def _bytes(message: str) -> bytes:
    """What was sent: control characters may stand as their pictures, as they are shown everywhere."""
    return message.translate(_CONTROLS).encode("latin-1", errors="replace")


def _wrong(rule: str) -> str:
    return rule.removeprefix(worded(f"gauge {_GAUGE}: "))


def _words(message: str, read: GaugeReading) -> str:
    value, unit = number_text(read.value), read.characteristic.unit
    words = _("{message} reads {value} {unit}").format(message=message, value=value, unit=unit).rstrip()
    words += beside(read.value, unit, read.characteristic.resolution)
    words = words if read.settled else _("{words}, still moving").format(words=words)
    channel = _("a gauge without channels") if read.channel is None else _("channel {n}").format(n=read.channel)
    measured = _("That is {measured}: it came from {channel}.")
    return f"{words}\n{measured.format(measured=read.characteristic.name, channel=channel)}"
