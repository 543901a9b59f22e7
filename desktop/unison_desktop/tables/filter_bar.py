"""The filter of a table as one sees it: a search field and one chip per condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.filters import CONDITION_HELP, BadConditionError, RowFilter, condition_test, one_of, ticked
from unison_desktop.tables.lasting_menu import LastingMenu

_LEAST_CHARACTERS = 12
_MOST_VALUES = 15
"""More are found sooner by typing."""
_FRAME = 26
"""Pixels of a line edit that are border and padding."""


class FilterChip(QFrame):
    """One column's condition: edited in place or by ticking values, taken away with its cross, red while it can't be
    read.

    Signals:
        edited: the condition changed.
        removed: the cross was pressed, or Escape in an empty field.
    """

    edited = Signal()
    removed = Signal()

    def __init__(
        self, column: Column[Any], values_of: Callable[[Column[Any]], list[str]], parent: QWidget | None = None
    ) -> None:
        """`values_of` gives the texts that the column has now."""
        super().__init__(parent)
        self.column, self._values_of = column, values_of
        self.values_menu = LastingMenu(self)
        self.values_menu.triggered.connect(self._on_value)
        self.setProperty("role", "card")
        self._text = QLineEdit(self)
        self._text.setFrame(False)
        self._text.setAccessibleName(_("Filter of {column}").format(column=column.title))
        self._text.setPlaceholderText(_("contains…"))
        self._text.textChanged.connect(self._on_text)
        self._list = QToolButton(self)
        self._list.setText("▾")
        self._list.setAutoRaise(True)
        self._list.setToolTip(_("Choose from the values"))
        self._list.setAccessibleName(_("Choose from the values of {column}").format(column=column.title))
        self._list.clicked.connect(self._open_values)
        cross = QToolButton(self)
        cross.setText("✕")
        cross.setAutoRaise(True)
        cross.setToolTip(_("Remove this filter"))
        cross.setAccessibleName(_("Remove the filter of {column}").format(column=column.title))
        cross.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(QLabel(f"{column.title}:", self))
        row.addWidget(self._text)
        row.addWidget(self._list)
        row.addWidget(cross)
        self.offer_values()
        self._show_state()

    @property
    def condition(self) -> str:
        return self._text.text()

    def set_condition(self, condition: str) -> None:
        self._text.setText(condition)

    def begin(self) -> None:
        """Offer its values to be ticked if they are few, else put the cursor into it."""
        self._text.setFocus(Qt.FocusReason.OtherFocusReason)
        self._text.selectAll()
        if self.offer_values():
            self._open_values()

    def offer_values(self) -> bool:
        """Fill the list of values, with ticks at those asked for; False if they are too many to choose from."""
        values = self._values_of(self.column)
        offered = 0 < len(values) <= _MOST_VALUES
        self._list.setVisible(offered)
        self.values_menu.clear()
        chosen = ticked(self.condition, values)
        for value in values if offered else []:
            action = self.values_menu.addAction(value.replace("&", "&&"))
            action.setData(value)
            action.setCheckable(True)
            action.setChecked(value in chosen)
        return offered

    def _open_values(self) -> None:
        if self.offer_values():
            self.values_menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def _on_value(self) -> None:
        self.set_condition(one_of([action.data() for action in self.values_menu.actions() if action.isChecked()]))

    def complaint(self) -> str:
        """Why the condition can't be read; empty if it can."""
        try:
            condition_test(self.column, self.condition.strip())
        except BadConditionError as error:
            return str(error)
        return ""

    def _on_text(self) -> None:
        self._show_state()
        self.edited.emit()

    def _show_state(self) -> None:
        complaint = self.complaint()
        self.setToolTip(complaint or CONDITION_HELP)
        self._text.setProperty("invalid", bool(complaint))
        self._text.style().polish(self._text)
        self._text.setAccessibleDescription(complaint or CONDITION_HELP)
        characters = max(_LEAST_CHARACTERS, len(self.condition) + 2)
        self._text.setFixedWidth(self.fontMetrics().averageCharWidth() * characters + _FRAME)


class FilterBar(QWidget):
    """Search field, chips, and the menu that adds a chip.

    Signals:
        filter_changed: the filter is another now; read it with `filter()`.
    """

    filter_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column[Any]],
        values_of: Callable[[Column[Any]], list[str]],
        parent: QWidget | None = None,
    ) -> None:
        """`values_of` gives the texts that a column has now."""
        super().__init__(parent)
        self._columns, self._values_of = tuple(columns), values_of
        self._chips: list[FilterChip] = []
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(_("Search these rows"))
        self.search.setAccessibleName(_("Search these rows"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(self.fontMetrics().averageCharWidth() * 22)
        self.search.textChanged.connect(self.filter_changed)
        self.add_button = QToolButton(self)
        self.add_button.setText(_("Filter"))
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setToolTip(_("Filter by a column"))
        self.add_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add_button.setMenu(self._column_menu())
        self._clear = QToolButton(self)
        self._clear.setText(_("Clear filters"))
        self._clear.setAutoRaise(True)
        self._clear.clicked.connect(self.clear)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.search)
        self._row.addWidget(self.add_button)
        self._row.addWidget(self._clear)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._clear.hide()
        find = QAction(_("Search"), self)
        find.setShortcut(QKeySequence(QKeySequence.StandardKey.Find))
        find.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.triggered.connect(self.begin_search)
        self.find_action = find

    def filter(self) -> RowFilter[Any]:
        """What is asked for now; conditions that can't be read are left out until they can."""
        good = [chip for chip in self._chips if not chip.complaint()]
        return RowFilter(self.search.text(), {chip.column.key: chip.condition for chip in good})

    def set_filter(self, wanted: RowFilter[Any]) -> None:
        """Show this filter."""
        self.clear()
        self.search.setText(wanted.text)
        for key, condition in wanted.conditions.items():
            self.add_condition(key, condition)

    def add_condition(self, key: str, condition: str) -> FilterChip | None:
        """Add a condition, or replace the one this column has; None if there is no such column."""
        column = next((c for c in self._columns if c.key == key), None)
        if column is None:
            return None
        chip = next((c for c in self._chips if c.column.key == key), None) or self._new_chip(column)
        chip.set_condition(condition)
        return chip

    def begin_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def clear(self) -> None:
        """Show all rows."""
        for chip in self._chips:
            chip.deleteLater()
            chip.hide()
        self._chips.clear()
        self.search.clear()
        self._refresh()

    def _column_menu(self) -> QMenu:
        menu = QMenu(self)
        for column in self._columns:
            action = menu.addAction(column.title)
            action.setData(column.key)
        menu.triggered.connect(self._on_column)
        return menu

    def _on_column(self, action: QAction) -> None:
        chip = self.add_condition(action.data(), "")
        if chip is not None:
            chip.begin()

    def _new_chip(self, column: Column[Any]) -> FilterChip:
        chip = FilterChip(column, self._values_of, self)
        chip.edited.connect(self._refresh)
        chip.removed.connect(self._on_removed)
        self._chips.append(chip)
        self._row.insertWidget(self._row.count() - 1, chip)
        chip.show()
        self._refresh()
        return chip

    def _on_removed(self) -> None:
        chip = self.sender()
        if isinstance(chip, FilterChip) and chip in self._chips:
            self._chips.remove(chip)
            chip.hide()
            chip.deleteLater()
            self._refresh()

    def _refresh(self) -> None:
        self._clear.setVisible(bool(self._chips) or bool(self.search.text()))
        self.filter_changed.emit()
