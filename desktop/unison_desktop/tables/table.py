"""The one table of every page: filter bar, grid, column chooser, copy, export."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from unison_desktop.frame.giving_way import GivesWay
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.own_csv import own_dialect
from unison_desktop.kernel.preferences import proposed_file
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export import write_csv, write_xlsx
from unison_desktop.tables.filter_bar import FilterBar
from unison_desktop.tables.lasting_menu import LastingMenu
from unison_desktop.tables.layout import TableLayout
from unison_desktop.tables.row_model import RowModel
from unison_desktop.tables.view import GridView

_LONGEST_CONDITION = 60
_LEAST_ROWS = 4
"""So many rows stay in sight where a table makes room for messages."""
_AIR = 8
"""Pixels between them."""


class Table(GivesWay):
    """Rows of one kind, shown by their declared columns.

    Attributes:
        model: the rows; `set_rows` fills it.
        view: the grid.
        filter_bar: search and conditions.

    Signals:
        row_opened: a row was opened (Enter, double click).
        selection_told: ids of the rows the person selected.
        selection_renewed: ids of the selected rows, the same as before, which say something else now: what can be done
            with them may be another.
        exported: path of the file that was written.
        failed: text for the person: why a file could not be written.
        retry_asked: the person wants a failed load tried again.
    """

    row_opened = Signal(object)
    selection_told = Signal(object)
    selection_renewed = Signal(object)
    exported = Signal(object)
    failed = Signal(str)
    retry_asked = Signal()

    def __init__(
        self,
        columns: Sequence[Column[Any]],
        id_of: Callable[[Any], Hashable],
        theme: Theme,
        *,
        title: str,
        nothing: str,
        parent: QWidget | None = None,
    ) -> None:
        """`title` names the sheet of an export, and its file unless `name_file` says better; `nothing` is said where
        there are no rows at all.
        """
        super().__init__(parent)
        self._theme, self._title, self._nothing = theme, title, nothing
        self._file_name = title
        self._memory: LayoutMemory | None = None
        self._memory_key = ""
        self.model = RowModel(columns, id_of, self)
        self.view = GridView(self.model, self)
        self.view.setAccessibleName(title)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.horizontalHeader().setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.filter_bar = FilterBar(columns, self.model.values_of, self)
        self._count = QLabel(self)
        self._count.setAccessibleName(_("Number of rows"))
        self._error = _ErrorBar(self)
        self._columns_menu = LastingMenu(self)
        self._columns_button = _menu_button(_("Columns"), self._columns_menu, self)
        self._export_button = _menu_button(_("Export"), self._build_export_menu(), self)
        self._lay_out()
        self._connect()
        self.show_loading()
        theme.changed.connect(self._recolour)
        self._recolour()

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows; selection, order, filter and scroll place stay."""
        self._error.hide()
        ids, before = self.view.selected_ids(), self.view.selected_rows()
        self.model.set_rows(rows)
        self._refresh_count()
        if ids and ids == self.view.selected_ids() and before != self.view.selected_rows():
            self.selection_renewed.emit(ids)

    def show_loading(self) -> None:
        """Forget the rows and say that others are on their way."""
        self.set_rows([])
        self.view.set_notice(_("Loading…"))

    def show_error(self, text: str) -> None:
        """Say why the rows could not be read; rows that are shown stay."""
        self._error.tell(text)
        if not self.model.total:
            self.view.set_notice(_("No rows could be read."))

    def give_way(self, covered: QRect) -> None:
        """End above what would cover its last rows; where few rows are seen anyway, or none lies there, stay."""
        begin, end = self.mapToGlobal(self.view.pos()).y(), self.mapToGlobal(self.rect().bottomLeft()).y()
        row = self.view.verticalHeader().defaultSectionSize()
        last = begin + self.view.horizontalHeader().height() + self.model.rowCount() * row
        across = QRect(self.mapToGlobal(QPoint(0, 0)), self.size())
        is_under = covered.intersects(across) and last > covered.top() > begin + _LEAST_ROWS * row
        room = end - covered.top() + _AIR if is_under else 0
        if room == self._column.contentsMargins().bottom():
            return
        current = self.view.currentIndex()
        is_seen = current.isValid() and self.view.viewport().rect().intersects(self.view.visualRect(current))
        self._column.setContentsMargins(0, 0, 0, room)
        self._column.activate()
        if is_seen:
            self.view.scrollTo(current)

    def remember(self, memory: LayoutMemory, key: str) -> None:
        """Come back as the person left it, under this key; `save_layout` writes it."""
        self._memory, self._memory_key = memory, f"table.{key}"
        if layout := TableLayout.from_text(memory.text(self._memory_key)):
            layout.apply(self.view, self.model)

    def save_layout(self) -> None:
        """Remember how the table is now."""
        if self._memory is not None:
            self._memory.save_text(self._memory_key, TableLayout.of(self.view, self.model).model_dump_json())

    def reset_layout(self) -> None:
        """All columns as declared, in the rows' own order."""
        TableLayout.declared(self.view, self.model).apply(self.view, self.model)

    def name_file(self, name: str) -> None:
        """An export is proposed to be called so, without ending."""
        self._file_name = name

    def proposed_file(self, ending: str) -> Path:
        """Where an export is proposed to be: among the person's documents, named for what it holds."""
        return proposed_file(self._file_name, ending)

    def write(self, path: Path) -> None:
        """Write all rows the filter shows, in the visible columns and those no file lacks, as the file's ending says.

        Raises:
            OSError: the file can't be written.
        """
        shown = [self.model.columns[place] for place in self.view.shown_columns()]
        columns = [*shown, *(one for one in self.model.columns if one.always_exported and one not in shown)]
        if path.suffix.lower() == ".xlsx":
            write_xlsx(path, columns, self.model.rows(), self._title)
        else:
            write_csv(path, columns, self.model.rows(), own_dialect())

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.filter_bar)
        bar.addStretch(1)
        bar.addWidget(self._count)
        bar.addWidget(self._columns_button)
        bar.addWidget(self._export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._column = column
        column.addLayout(bar)
        column.addWidget(self._error)
        column.addWidget(self.view, 1)
        self.addAction(self.filter_bar.find_action)
        bar_stops = (self.filter_bar.search, self.filter_bar.add_button, self._columns_button, self._export_button)
        for one, next_ in pairwise((*bar_stops, self._error.retry, self.view)):
            QWidget.setTabOrder(one, next_)

    def _connect(self) -> None:
        self.filter_bar.filter_changed.connect(self._apply_filter)
        self.view.row_opened.connect(self.row_opened)
        self.view.selection_told.connect(self._on_selection)
        self.view.customContextMenuRequested.connect(self._show_cell_menu)
        self.view.horizontalHeader().customContextMenuRequested.connect(self._show_header_menu)
        self._columns_menu.aboutToShow.connect(self._fill_columns_menu)
        self._columns_menu.triggered.connect(self._on_column_choice)
        self._error.retry.clicked.connect(self.retry_asked)

    def _recolour(self) -> None:
        self._columns_button.setIcon(self._theme.icon("columns"))
        self._export_button.setIcon(self._theme.icon("export"))
        self.filter_bar.add_button.setIcon(self._theme.icon("filter"))

    def _build_export_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(_("Excel workbook (XLSX)…")).triggered.connect(self._export_xlsx)
        menu.addAction(_("CSV…")).triggered.connect(self._export_csv)
        menu.addSeparator()
        menu.addAction(self.view.copy)
        menu.addAction(self.view.copy_with_headings)
        return menu

    def _apply_filter(self) -> None:
        self.model.set_filter(self.filter_bar.filter())
        self._refresh_count()

    def _on_selection(self, ids: list[Hashable]) -> None:
        self._refresh_count()
        self.selection_told.emit(ids)

    def _refresh_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        text = _("{total} rows") if shown == total else _("{shown} of {total} rows")
        if shown == total == 1:
            text = _("1 row")
        text = text.format(shown=QLocale().toString(shown), total=QLocale().toString(total))
        if (selected := len(self.view.selected_ids())) > 1:
            text = _("{rows}, {selected} selected").format(rows=text, selected=selected)
        self._count.setText(text)
        self.view.set_notice(self._nothing if not total else _("No row passes the filter."))

    def _fill_columns_menu(self) -> None:
        self._columns_menu.clear()
        for place, column in enumerate(self.model.columns):
            action = self._columns_menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(place))
            action.setEnabled(not column.always_visible)
            action.setData(place)
        self._columns_menu.addSeparator()
        self._columns_menu.addAction(_("Reset columns")).triggered.connect(self.reset_layout)

    def _on_column_choice(self, action: QAction) -> None:
        if action.isCheckable():
            self.view.setColumnHidden(action.data(), not action.isChecked())
            self.save_layout()

    def _show_header_menu(self, at: QPoint) -> None:
        self._columns_menu.popup(self.view.horizontalHeader().mapToGlobal(at))

    def _show_cell_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.view.copy, self.view.copy_with_headings])
        if index.isValid():
            column = self.model.columns[index.column()]
            text = column.shown(self.model.row_at(index.row()))[:_LONGEST_CONDITION]
            menu.addSeparator()
            only = menu.addAction(_("Only rows with {column} = {value}").format(column=column.title, value=text))
            only.setData((column.key, f"={text}"))
            only.triggered.connect(self._filter_by_cell)
            only.setEnabled(bool(text))
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _filter_by_cell(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.filter_bar.add_condition(*action.data())

    def _export_xlsx(self) -> None:
        self._ask_and_write(_("Excel workbook (*.xlsx)"), ".xlsx")

    def _export_csv(self) -> None:
        self._ask_and_write(_("CSV (*.csv)"), ".csv")

    def _ask_and_write(self, kind: str, ending: str) -> None:
        proposed = str(self.proposed_file(ending))
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Export all rows the filter shows"), proposed, kind)
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix.lower() == ending else Path(f"{chosen}{ending}")
        try:
            self.write(path)
        except OSError as error:
            reason = error.strerror or str(error)
            self.failed.emit(_("{path} could not be written: {reason}").format(path=path, reason=reason))
            return
        self.exported.emit(path)


class _ErrorBar(QWidget):
    """Why the rows are missing or old, with a way to try again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self.retry = QPushButton(_("Try again"), self)
        self.retry.setObjectName("retry")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(self.retry)
        self.hide()

    def tell(self, text: str) -> None:
        self._text.setText(f"⚠ {text}")
        self.show()


def _menu_button(text: str, menu: QMenu, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    return button
