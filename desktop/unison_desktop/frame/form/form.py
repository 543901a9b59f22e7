"""Fields with their help and their errors beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import FieldError

from unison_desktop.frame.form.editors import Editor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

_LABEL_WIDTH, _EDITOR_WIDTH, _HELP_WIDTH = 132, 236, 200


class _Line(NamedTuple):
    field: Field
    label: QLabel
    editor: Editor
    help: QLabel
    error: QLabel


class Form(QScrollArea):
    """Shows and reads the fields of one thing.

    Signals:
        changed: the person changed a value.
    """

    changed = Signal()

    def __init__(self, fields: Sequence[Field], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: dict[str, Any] = {}
        self._rest: dict[str, Any] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget(self)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 14, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 3)
        self._grid.setColumnStretch(2, 4)
        self._headings: dict[str, QLabel] = {}
        self._lines = [self._line(field, inner) for field in fields]
        self._more = QPushButton(inner)
        self._more.setProperty("role", "link")
        self._more.setCheckable(True)
        self._more.toggled.connect(self._arrange)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self._arrange()

    def has(self, name: str) -> bool:
        """Whether it has a field of this name."""
        return any(line.field.name == name for line in self._lines)

    def editor(self, name: str) -> Editor:
        """The editor of a field."""
        return next(line.editor for line in self._lines if line.field.name == name)

    def label_of(self, name: str) -> str:
        """What people call a field."""
        return next((line.field.label for line in self._lines if line.field.name == name), name)

    def open(self, values: Values) -> None:
        """Show these values; what the person changes from now on counts as changed."""
        self.fill(values)
        self._opened = self.values()
        self.changed.emit()  # while it was filled, it was not yet as it is opened now

    def fill(self, values: Values) -> None:
        """Show these values, as if the person had typed them; fields that are not named stay."""
        self._rest |= {name: value for name, value in values.items() if not self._has(name)}
        for line in self._lines:
            if line.field.name in values:
                line.editor.set_value(values[line.field.name])
        self._arrange()
        self.changed.emit()

    def values(self) -> dict[str, Any]:
        """What the fields that fit hold."""
        held = self._held()
        return {line.field.name: held[line.field.name] for line in self._lines if line.field.fits(held)}

    def opened(self) -> dict[str, Any]:
        """What they held when it was opened."""
        return dict(self._opened)

    @property
    def is_dirty(self) -> bool:
        """Whether something would be lost."""
        return self.values() != self._opened

    def show_errors(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Show errors beside their fields and go to the first; answers with those that belong to no field."""
        told: dict[str, str] = {}
        rest: list[FieldError] = []
        for error in errors:
            name = self._field_of(error)
            if name is None:
                rest.append(error)
            else:
                told.setdefault(name, error.message)
        self._unfold(told)
        first = True
        for line in self._lines:
            message = told.get(line.field.name, "")
            self._tell(line, message)
            if message and first:
                first = False
                line.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                self.ensureWidgetVisible(line.editor)
        return rest

    def _unfold(self, told: Mapping[str, str]) -> None:
        if any(line.field.more and line.field.name in told for line in self._lines):
            self._more.setChecked(True)

    def _tell(self, line: _Line, message: str) -> None:
        line.error.setText(message)
        line.error.setAccessibleName(_("Error: {text}").format(text=message) if message else "")
        line.error.setVisible(bool(message) and not line.editor.isHidden())
        line.editor.set_invalid(bool(message))
        line.editor.field.setAccessibleDescription(message or line.field.help)

    def _field_of(self, error: FieldError) -> str | None:
        """The shown field an error is about: by its path, else by the first field its words name."""
        shown = [line.field.name for line in self._lines if not line.label.isHidden() or line.field.more]
        for part in re.split(r"[.\[\]]", error.field):
            if part in shown:
                return part
        named = {name: match.start() for name in shown if (match := re.search(rf"\b{name}\b", error.message))}
        named.pop("name", None)  # every message begins with the thing's name
        return min(named, key=named.__getitem__) if named else None

    def _held(self) -> dict[str, Any]:
        return {**self._rest, **{line.field.name: line.editor.value() for line in self._lines}}

    def _has(self, name: str) -> bool:
        return any(line.field.name == name for line in self._lines)

    def _on_changed(self) -> None:
        sender = self.sender()
        for line in self._lines:
            if line.editor is sender and line.error.text():
                self._tell(line, "")
        self._arrange()
        self.changed.emit()

    def _arrange(self) -> None:
        """Show what fits the values."""
        held, unfolded = self._held(), self._more.isChecked()
        folded = 0
        for line in self._lines:
            fits = line.field.fits(held)
            shown = fits and (unfolded or not line.field.more)
            folded += fits and line.field.more
            for widget in (line.label, line.editor, line.help):
                widget.setVisible(shown)
            line.error.setVisible(shown and bool(line.error.text()))
            if line.field.name in self._headings:
                self._headings[line.field.name].setVisible(shown)
        self._more.setVisible(bool(folded))
        self._more.setText(_("Fewer settings") if unfolded else _("More settings ({n})").format(n=folded))

    def _line(self, field: Field, parent: QWidget) -> _Line:
        row = self._grid.rowCount()
        if field.heading:
            heading = QLabel(field.heading, parent)
            heading.setFont(self._theme.font(Type.STRONG))
            heading.setContentsMargins(0, 10, 0, 2)
            self._grid.addWidget(heading, row, 0, 1, 3)
            self._headings[field.name] = heading
            row += 1
        label = QLabel(field.label, parent)
        label.setContentsMargins(0, 7, 0, 0)
        label.setWordWrap(True)
        editor = field.make(parent)
        editor.setMinimumWidth(_EDITOR_WIDTH)
        label.setBuddy(editor.field)
        editor.field.setAccessibleName(field.label)
        editor.field.setAccessibleDescription(field.help)
        editor.changed.connect(self._on_changed)
        help_ = self._small(field.help, "muted", parent)
        help_.setMinimumWidth(_HELP_WIDTH)
        help_.setContentsMargins(0, 5, 0, 0)
        error = self._small("", "bad", parent)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(label, row, 0, top)
        self._grid.addWidget(editor, row, 1, 1, 2 if field.wide else 1, top)
        self._grid.addWidget(help_, *((row + 2, 1, 1, 2) if field.wide else (row, 2, 1, 1)), top)
        self._grid.addWidget(error, row + 1, 1, 1, 2)
        return _Line(field, label, editor, help_, error)

    def _small(self, text: str, role: str, parent: QWidget) -> QLabel:
        label = QLabel(text, parent)
        label.setFont(self._theme.font(Type.SMALL))
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label
