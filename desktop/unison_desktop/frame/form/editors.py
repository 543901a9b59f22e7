"""What a value is typed into. Each gives back what JSON has for it; what can't be read stays text, to be refused."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDateTime, QSize, Qt, QTimeZone, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from unison_desktop.frame.choice_box import ChoiceBox
from unison_desktop.kernel.moments import offset_text
from unison_desktop.kernel.numbers import number_text, plain_number
from unison_desktop.kernel.texts import _

_LINES = 3
_BOX = 22
"""Pixels of a box to tick, its border, and the air around it."""


class Editor(QWidget):
    """One value of a form.

    Attributes:
        field: what takes the keyboard. column: it, and what is laid out with it.

    Signals:
        changed: the person changed it.
    """

    changed = Signal()

    def __init__(self, field: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self.setFocusProxy(field)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(field)

    @abstractmethod
    def value(self) -> Any:
        """What was typed, as JSON has it; None where nothing was."""

    @abstractmethod
    def set_value(self, value: Any) -> None:
        """Show this value."""

    def words(self, value: Any) -> str:
        """How a value reads, for telling two apart."""
        return "-" if value is None or value == "" else str(value)

    def set_invalid(self, invalid: bool) -> None:
        """Mark the field as wrong, or not any more."""
        self.field.setProperty("invalid", invalid)
        self.field.style().polish(self.field)


class TextEditor(Editor):
    """A line of text; an empty one is None, which a contract that needs it refuses."""

    def __init__(self, parent: QWidget, *, hint: str = "", longest: int = 200) -> None:
        self.line = QLineEdit()
        super().__init__(self.line, parent)
        self.line.setPlaceholderText(hint)
        self.line.setMaxLength(longest)
        self.line.textEdited.connect(self.changed)

    def value(self) -> Any:
        return self.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))


class NumberEditor(TextEditor):
    """A number, typed with a point or as the locale has it. `as_text`: travels as a string, to keep every digit."""

    def __init__(self, parent: QWidget, *, hint: str = "", as_text: bool = False) -> None:
        super().__init__(parent, hint=hint, longest=40)
        self._as_text = as_text

    def value(self) -> Any:
        text = super().value()
        if text is None:
            return None
        plain = plain_number(text)
        return plain if self._as_text else _number(plain)

    def set_value(self, value: Any) -> None:
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            value = int(value)
        if self._as_text and isinstance(value, str) and "." in value:
            value = value.rstrip("0").rstrip(".")
        super().set_value(None if value is None else number_text(value))

    def words(self, value: Any) -> str:
        return super().words(None if value is None else number_text(value))


class ChoiceEditor(Editor):
    """One of several; the choices may be given later, and an unknown value is kept as it is."""

    def __init__(self, parent: QWidget, choices: Mapping[str, str] | None = None, *, nothing: str = "") -> None:
        """`choices` maps values to texts; `nothing` is the text of None, which can't be chosen without it."""
        self.box = CalmBox()
        super().__init__(self.box, parent)
        self._nothing = nothing
        self.set_choices(choices or {})
        self.box.activated.connect(self.changed)

    def set_choices(self, choices: Mapping[str, str]) -> None:
        """Offer these; what is chosen stays chosen."""
        kept = self.box.currentData()
        self.box.clear()
        if self._nothing:
            self.box.addItem(self._nothing, None)
        for value, text in choices.items():
            self.box.addItem(text, value)
        if kept is not None:
            self.set_value(kept)

    def value(self) -> Any:
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        wanted = None if value is None else str(value)
        place = self.box.findData(wanted) if wanted is not None else 0
        if place < 0:
            self.box.addItem(str(value), wanted)
            place = self.box.count() - 1
        self.box.setCurrentIndex(place if self.box.count() else -1)

    def words(self, value: Any) -> str:
        place = self.box.findData(None if value is None else str(value))
        return self.box.itemText(place) if place >= 0 else super().words(value)


class MomentEditor(Editor):
    """A moment by the clocks of one zone, whose UTC offset stands beside it; travels with its offset.

    Attributes:
        clock: that offset.
    """

    def __init__(self, parent: QWidget, *, zone: tzinfo | None = None) -> None:
        """`zone`: by whose clocks it is typed; None: this PC's."""
        self._zone = zone
        self.edit = QDateTimeEdit()
        self.edit.setCalendarPopup(True)
        self.edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        if isinstance(zone, ZoneInfo):
            self.edit.setTimeZone(QTimeZone(zone.key.encode()))
        super().__init__(self.edit, parent)
        self.clock = QLabel(self)
        self.clock.setProperty("role", "muted")
        self.clock.setToolTip(str(zone) if zone is not None else _("The clock of this PC"))
        row = QHBoxLayout()
        row.addWidget(self.edit, 1)
        row.addWidget(self.clock)
        self.column.addLayout(row)
        self.edit.dateTimeChanged.connect(self._on_edit)
        self._show_clock()

    def value(self) -> Any:
        return datetime.fromtimestamp(self.edit.dateTime().toSecsSinceEpoch(), UTC).isoformat()

    def set_value(self, value: Any) -> None:
        moment = datetime.fromisoformat(str(value))
        self.edit.setDateTime(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))

    def _show_clock(self) -> None:
        moment = datetime.fromtimestamp(self.edit.dateTime().toSecsSinceEpoch(), UTC).astimezone(self._zone)
        self.clock.setText(offset_text(moment))

    def _on_edit(self) -> None:
        self._show_clock()
        self.changed.emit()


class SwitchEditor(Editor):
    """Yes or no; where the person may not change it, it says why not."""

    def __init__(self, parent: QWidget, text: str = "", *, why_not: str = "") -> None:
        self.box = QCheckBox(text)
        super().__init__(self.box, parent)
        self.box.setEnabled(not why_not)
        self.box.setToolTip(why_not)
        self.box.clicked.connect(self.changed)

    def value(self) -> Any:
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def words(self, value: Any) -> str:
        return _("yes") if value else _("no")


class NumbersEditor(TextEditor):
    """Several numbers in one line, apart by spaces or semicolons."""

    def value(self) -> Any:
        return [_number(plain_number(part)) for part in self.line.text().replace(";", " ").split()]

    def set_value(self, value: Any) -> None:
        self.line.setText(" ".join(map(number_text, value or ())))

    def words(self, value: Any) -> str:
        return " ".join(map(number_text, value)) if value else "-"


class ChecklistEditor(Editor):
    """Some of several; gives the names of those that are ticked."""

    def __init__(self, parent: QWidget) -> None:
        self.list = QListWidget()
        super().__init__(self.list, parent)
        self.list.setMinimumHeight(self.list.fontMetrics().lineSpacing() * 9)
        self.list.itemChanged.connect(self._on_item)

    def set_choices(self, choices: Iterable[tuple[str, str, bool]], said: Callable[[str], str] = str) -> None:
        """Offer these: name, tool tip, and whether it is ticked at first; `said` is how a name reads."""
        self.list.blockSignals(True)
        self.list.clear()
        for name, hint, ticked in choices:
            item = QListWidgetItem(said(name), self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setToolTip(hint)
            item.setSizeHint(self._room(item.text()))
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)

    def value(self) -> Any:
        items = [self.list.item(row) for row in range(self.list.count())]
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() is Qt.CheckState.Checked]

    def set_value(self, value: Any) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            is_ticked = item.data(Qt.ItemDataRole.UserRole) in value
            item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)

    def _room(self, text: str) -> QSize:
        """Of a row: as high as its box too, which the style draws over what a row has by itself."""
        letters = self.list.fontMetrics()
        return QSize(letters.horizontalAdvance(text) + 2 * _BOX, max(letters.lineSpacing(), _BOX))

    def _on_item(self) -> None:
        self.changed.emit()


class PairsEditor(Editor):
    """A text for each of several numbers, a line each: `3 = Door open`."""

    def __init__(self, parent: QWidget, *, hint: str = "") -> None:
        self.lines = _ShortText()
        super().__init__(self.lines, parent)
        self.lines.setPlaceholderText(hint)
        self.lines.textChanged.connect(self.changed)

    def value(self) -> Any:
        lines = (line.strip() for line in self.lines.toPlainText().splitlines())
        return {key.strip(): text.strip() for key, _sign, text in (line.partition("=") for line in lines if line)}

    def set_value(self, value: Any) -> None:
        pairs: Iterable[tuple[Any, Any]] = (value or {}).items()
        text = "\n".join(f"{key} = {text}" for key, text in pairs)
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)

    def words(self, value: Any) -> str:
        return ", ".join(f"{key} = {text}" for key, text in (value or {}).items()) or "-"


class LinesEditor(Editor):
    """A text of several lines; an empty one is None."""

    def __init__(self, parent: QWidget, *, hint: str = "") -> None:
        self.lines = _ShortText()
        super().__init__(self.lines, parent)
        self.lines.setPlaceholderText(hint)
        self.lines.textChanged.connect(self.changed)

    def value(self) -> Any:
        return self.lines.toPlainText().strip() or None

    def set_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)


class CalmBox(ChoiceBox):
    """Leaves the wheel to the scrolling of the form: a value that changes under the pointer changes unseen."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _ShortText(QPlainTextEdit):
    """A few lines; Tab goes on to the next field."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES + 18)


def _number(text: str) -> int | float | str:
    for read in _READERS:
        try:
            number = read(text)
        except ValueError:
            continue
        return number if isfinite(number) else text
    return text


_READERS: Sequence[type[int] | type[float]] = (int, float)
