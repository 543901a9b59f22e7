"""Editors that only scanners, gauges and cameras need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.form.editors import Editor, PairsEditor, TextEditor
from unison_desktop.kernel.texts import _

_COLUMNS = 2


class TicksEditor(Editor):
    """Some of several, each a box to tick."""

    def __init__(self, parent: QWidget, *, choices: Mapping[Any, str]) -> None:
        """`choices` maps values to texts."""
        field = QWidget()
        super().__init__(field, parent)
        self._names = {str(value): text for value, text in choices.items()}
        self.boxes = {value: QCheckBox(text, field) for value, text in self._names.items()}
        grid = QGridLayout(field)
        grid.setContentsMargins(0, 4, 0, 0)
        rows = -(-len(self.boxes) // _COLUMNS)
        for place, box in enumerate(self.boxes.values()):
            grid.addWidget(box, place % rows, place // rows)
            box.clicked.connect(self.changed)
        if first := next(iter(self.boxes.values()), None):
            field.setFocusProxy(first)

    def value(self) -> Any:
        return [value for value, box in self.boxes.items() if box.isChecked()]

    def set_value(self, value: Any) -> None:
        for one, box in self.boxes.items():
            box.setChecked(one in (value or ()))

    def words(self, value: Any) -> str:
        return ", ".join(self._names.get(one, one) for one in value) if value else "-"


class ListEditor(TextEditor):
    """Several words in one line, apart by spaces."""

    def value(self) -> Any:
        return self.line.text().split()

    def set_value(self, value: Any) -> None:
        self.line.setText(" ".join(value or ()))

    def words(self, value: Any) -> str:
        return " ".join(value) if value else "-"


class ExpectedEditor(PairsEditor):
    """Codes that belong together, a line each: `part = P\\d+`."""

    def value(self) -> Any:
        lines = (line.partition("=") for line in self.lines.toPlainText().splitlines() if line.strip())
        return [{"name": name.strip(), "pattern": pattern.strip()} for name, _sign, pattern in lines]

    def set_value(self, value: Any) -> None:
        text = "\n".join(f"{one['name']} = {one['pattern']}" for one in value or ())
        if value != self.value():
            self.lines.setPlainText(text)

    def words(self, value: Any) -> str:
        return ", ".join(f"{one['name']} = {one['pattern']}" for one in value or ()) or "-"


class ChannelsEditor(Editor):
    """Which characteristic each channel of a gauge measures, a line each."""

    def __init__(self, parent: QWidget, *, choices: Mapping[str, str]) -> None:
        """`choices` are characteristics by id."""
        self._lines_box = QWidget()
        super().__init__(self._lines_box, parent)
        self._choices = choices
        self._lines: list[tuple[QLineEdit, QComboBox, QPushButton]] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self.more = QPushButton(_("Another channel"), self)
        self.more.setProperty("role", "link")
        self.more.setAutoDefault(False)
        self.more.clicked.connect(self._add_empty)
        column = QVBoxLayout(self._lines_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_value([])

    def value(self) -> Any:
        """Lines without a characteristic measure nothing and are left out, unless they name a channel."""
        told = [(channel.text().strip() or None, box.currentData()) for channel, box, _away in self._lines]
        return [
            {"channel": channel, "characteristic_id": id_}
            for channel, id_ in told
            if channel is not None or id_ is not None
        ]

    def set_value(self, value: Any) -> None:
        for line in self._lines:
            for widget in line:
                widget.deleteLater()
        self._lines = []
        for one in value or ({"channel": None, "characteristic_id": None},):
            self._add(one["channel"], one["characteristic_id"])

    def words(self, value: Any) -> str:
        return ", ".join(self._one_in_words(one) for one in value or ()) or "-"

    def _one_in_words(self, one: Mapping[str, Any]) -> str:
        name = self._choices.get(str(one["characteristic_id"]), _("nothing chosen"))
        return f"{one['channel']}: {name}" if one["channel"] else name

    def _add_empty(self) -> None:
        self._add(None, None)
        self._lines[-1][0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, channel: str | None, characteristic: Any) -> None:
        name = QLineEdit(channel or "", self._lines_box)
        name.setPlaceholderText(_("channel"))
        name.setToolTip(_("As the gauge names it; empty where it names none"))
        name.setAccessibleName(_("Channel"))
        name.setMaxLength(20)
        name.setFixedWidth(name.fontMetrics().averageCharWidth() * 10)
        box = QComboBox(self._lines_box)
        box.setAccessibleName(_("Characteristic"))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        self._fill(box, None if characteristic is None else str(characteristic))
        away = QPushButton("✕", self._lines_box)
        away.setToolTip(_("Remove"))
        away.setAccessibleName(_("Remove"))
        away.setProperty("role", "link")
        away.setAutoDefault(False)
        name.textEdited.connect(self.changed)
        box.activated.connect(self.changed)
        away.clicked.connect(self._remove)
        row = self._grid.rowCount()
        for place, widget in enumerate((name, box, away)):
            self._grid.addWidget(widget, row, place)
            widget.show()
        self._lines.append((name, box, away))

    def _fill(self, box: QComboBox, chosen: str | None) -> None:
        items: Iterable[tuple[str, str | None]] = [(text, id_) for id_, text in self._choices.items()]
        box.addItem(_("nothing yet"), None)
        for text, id_ in items:
            box.addItem(text, id_)
        if chosen is not None and box.findData(chosen) < 0:
            box.addItem(_("one that is not in use"), chosen)
        box.setCurrentIndex(max(0, box.findData(chosen)) if chosen is not None else 0)

    def _remove(self) -> None:
        sender = self.sender()
        for line in [line for line in self._lines if line[2] is sender]:
            self._lines.remove(line)
            for widget in line:
                widget.deleteLater()
        self.changed.emit()
