"""Typed entry: one value, Enter, next. What was typed is sent in its order, and is never lost from sight."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from unison_domain.quality.contracts import CharacteristicAnswer, MeasurementAnswer, MeasurementCreate
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.own_units import with_unit
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.quality import calls
from unison_desktop.quality.digits import doubt_of, read_value

RIGHT = "quality.measurement.create"
_LONGEST = 60


@dataclass(frozen=True)
class Typed:
    """A value on its way, and when it was entered; `key` makes its repetition the same request."""

    characteristic: CharacteristicAnswer
    value: Decimal
    at: datetime
    key: UUID = field(default_factory=uuid4)

    @property
    def text(self) -> str:
        """As it was typed, with its unit."""
        return with_unit(number_text(self.value), self.characteristic.measurement_unit)


class _ValueLine(QLineEdit):
    """An Enter that is held down is one Enter: what repeats it answers no question."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys; Enter counts when it goes down."""
        if event.isAutoRepeat() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)


class EntryBar(QWidget):
    """A field for a value of the chosen characteristic; what can't be one is told below it.

    Attributes:
        line: where values are typed.
        problem: why the last one was not taken; hidden where all went well.
        again: sends what waits once more.

    Signals:
        saved: the `MeasurementAnswer` of each value.
    """

    saved = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._characteristic: CharacteristicAnswer | None = None
        self._plant: PlantAnswer | None = None
        self._waiting: deque[Typed] = deque()
        self._under_way: Typed | None = None
        self._question = ""
        self.line = _ValueLine(self)
        self.line.setMaxLength(_LONGEST)
        self.line.setFixedWidth(self.fontMetrics().averageCharWidth() * 30)
        self.line.setAccessibleName(_("Measured value"))
        self.line.returnPressed.connect(self.enter)
        self.line.textEdited.connect(self._on_edit)
        self._unit = QLabel(self)
        self.button = QPushButton(pgettext("button", "Enter"), self)
        self.button.clicked.connect(self.enter)
        self.problem = ToneLabel(desk.theme, self)
        self.problem.hide()
        self.again = QPushButton(_("Try again"), self)
        self.again.clicked.connect(self._send_next)
        self.again.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.line, self._unit, self.button, self.again):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.problem)
        desk.session.events.link_changed.connect(self._on_link)
        desk.session.rights_changed.connect(self._allow)
        self.set_characteristic(None)

    def set_characteristic(self, characteristic: CharacteristicAnswer | None, plant: PlantAnswer | None = None) -> None:
        """Values typed from now on are of this, in its plant as far as that is known; what waits stays what it was."""
        is_other = (characteristic and characteristic.id) != (self._characteristic and self._characteristic.id)
        self._characteristic, self._plant = characteristic, plant
        self._unit.setText(characteristic.measurement_unit if characteristic else "")
        if is_other:
            self.line.clear()
            self._tell("")
        self._allow()

    @property
    def waiting(self) -> list[Typed]:
        """What was typed and is not saved yet, in its order."""
        return [*([self._under_way] if self._under_way else []), *self._waiting]

    def enter(self) -> None:
        """Take what stands in the field."""
        typed = self.line.text().strip()
        if not typed or self._characteristic is None or not self.line.isEnabled():
            return
        try:
            value = read_value(typed, self._characteristic)
        except ValueError as error:
            self._tell(str(error))
            self.line.selectAll()
            return
        question = doubt_of(value, self._characteristic)
        if question and question != self._question:
            self._ask(question)
            return
        self._tell("")
        self.line.clear()
        self._waiting.append(Typed(self._characteristic, value, self._desk.session.clock.now()))
        self._send_next()

    def _send_next(self) -> None:
        if self._under_way is not None or not self._waiting:
            return
        self.again.hide()
        self._under_way = typed = self._waiting.popleft()
        body = MeasurementCreate(
            characteristic_id=typed.characteristic.id,
            measured_value=typed.value,
            measurement_unit=typed.characteristic.measurement_unit,
            measured_at=typed.at,
        )
        call = calls.type_in(self._desk.session.client, body, key=typed.key, owner=self)
        call.done.connect(self._on_saved)
        call.failed.connect(self._on_failed)

    def _on_saved(self, measurement: MeasurementAnswer) -> None:
        self._under_way = None
        if not self._waiting and not self.line.text():
            self._tell("")
        self.saved.emit(measurement)
        self._send_next()

    def _on_failed(self, error: ApiError) -> None:
        """What may still be taken waits with all typed after it; what is refused goes back to the field."""
        typed, self._under_way = self._under_way, None
        if typed is None:
            return
        self._tell(_("{value} is not saved: {reason}").format(value=typed.text, reason=error.message))
        if error.is_temporary:
            self._waiting.appendleft(typed)
            self.again.setText(_("Try again ({count})").format(count=len(self._waiting)))
            self.again.show()
            return
        is_free = not self.line.text() and typed.characteristic == self._characteristic
        if is_free:
            self.line.setText(number_text(typed.value))
            self.line.selectAll()
        self._send_next()

    def _on_edit(self) -> None:
        if not self._waiting or self._question:
            self._tell("")

    def _ask(self, question: str) -> None:
        """Once: the next Enter keeps the value, as long as the question is seen."""
        self._tell(question, Tone.WARNING)
        self._question = question
        self.line.selectAll()

    def _on_link(self) -> None:
        if self._desk.session.is_online:
            self._send_next()
        self._allow()

    def _allow(self) -> None:
        """Typing goes on while the server is away: it is sent when it is back."""
        known = self._characteristic
        why = against(self._desk.session, RIGHT, self._plant)
        if not why and known is not None and not known.is_active:
            why = _("{name} is no longer measured.").format(name=known.characteristic_name)
        for widget in (self.line, self.button):
            widget.setEnabled(not why and known is not None)
            widget.setToolTip(why)
        self.line.setPlaceholderText(why or _("Type a value, Enter"))

    def _tell(self, text: str, tone: Tone = Tone.BAD) -> None:
        self._question = ""
        self.problem.say(text, tone)
        self.problem.setVisible(bool(text))
        self.line.setProperty("invalid", bool(text))
        self.line.style().polish(self.line)
