"""The grid of a table: keyboard, copy, selection that survives new rows, and what is said where no rows are."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QGuiApplication, QKeySequence, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from unison_desktop.kernel.texts import _
from unison_desktop.tables.export import clipboard_text
from unison_desktop.tables.row_model import RowModel

_PADDING_EM = 0.55
_HATCHING = 45
"""Of 255: seen at a glance, and text stays readable."""


class GridView(QTableView):
    """A `RowModel` as a grid.

    Signals:
        row_opened: the row (Enter or double click).
        selection_told: list of the ids selected by the person (not by `select_ids`).
    """

    row_opened = Signal(object)
    selection_told = Signal(object)

    def __init__(self, model: RowModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self._kept_ids: list[Hashable] = []
        self._kept_current: tuple[Hashable, int] | None = None
        self._kept_scroll = 0
        self._silent = False
        self._stale = False
        self._sharing = False
        self.notice = ""
        model.modelAboutToBeReset.connect(self._keep)
        self.setModel(model)
        model.modelReset.connect(self._bring_back)
        model.modelReset.connect(self._allow_bar)
        model.modelReset.connect(self.refit)
        model.dataChanged.connect(self.refit)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.55))
        self._set_up_header()
        self._fitted = {n: self.default_width(n) for n, one in enumerate(model.columns) if one.beside is not None}
        self.setSortingEnabled(True)
        self.activated.connect(self._open)
        self.copy = self._action(_("Copy"), QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy.triggered.connect(self._copy)
        self.copy_with_headings = self._action(_("Copy with headings"), QKeySequence("Ctrl+Shift+C"))
        self.copy_with_headings.triggered.connect(self._copy_with_headings)
        self._action(_("Move column left"), QKeySequence("Ctrl+Shift+Left")).triggered.connect(self._move_left)
        self._action(_("Move column right"), QKeySequence("Ctrl+Shift+Right")).triggered.connect(self._move_right)

    def selected_ids(self) -> list[Hashable]:
        """Ids of the selected rows, top to bottom."""
        return [self._rows.id_at(place) for place in self._selected_places()]

    def selected_rows(self) -> list[Any]:
        """The selected rows, top to bottom."""
        return [self._rows.row_at(place) for place in self._selected_places()]

    def select_ids(self, ids: Iterable[Hashable]) -> None:
        """Select these rows as far as they are shown, and bring the first into sight."""
        self._silent = True
        self._select(ids, then_scroll=True)
        self._silent = False

    def shown_columns(self) -> list[int]:
        """Places of the visible columns in the declaration, in the order in which they are seen."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(seen) for seen in range(header.count())]
        return [column for column in order if not self.isColumnHidden(column)]

    def move_current_column(self, step: int) -> None:
        """Move the column of the current cell by one seen place to the left (-1) or right (1)."""
        header, shown = self.horizontalHeader(), self.shown_columns()
        current = self.currentIndex().column()
        if current not in shown or not 0 <= shown.index(current) + step < len(shown):
            return
        neighbour = shown[shown.index(current) + step]
        header.moveSection(header.visualIndex(current), header.visualIndex(neighbour))

    def _move_left(self) -> None:
        self.move_current_column(-1)

    def _move_right(self) -> None:
        self.move_current_column(1)

    def default_width(self, column: int) -> int:
        """Pixels that fit the declared number of characters, and the heading with its sort mark."""
        declared = self._rows.columns[column]
        return self._width_of(column, declared.width + declared.room())

    def refit(self) -> None:
        """Columns beside whose texts more stands than before, or less, are as wide as they are by themselves then,
        unless somebody chose their width.
        """
        for place, before in self._fitted.items():
            if self.columnWidth(place) == before:
                self.setColumnWidth(place, self.default_width(place))
            self._fitted[place] = self.default_width(place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _width_of(self, column: int, digits: int) -> int:
        declared, metrics = self._rows.columns[column], self.fontMetrics()
        padding = round(metrics.height() * 2 * _PADDING_EM)
        heading = metrics.horizontalAdvance(declared.title) + metrics.height()
        icon = metrics.height() * 2 if declared.icon else 0
        return max(metrics.horizontalAdvance("0") * digits + icon, heading) + padding

    def _least_of(self, column: int) -> int:
        declared = self._rows.columns[column]
        return (
            self.horizontalHeader().minimumSectionSize() if declared.yields else self._width_of(column, declared.least)
        )

    def _share_room(self) -> None:
        """Columns that stretch share what the others leave, and none gets narrower than can be read."""
        header, shown = self.horizontalHeader(), self.shown_columns()
        stretching = [place for place in shown if self._rows.columns[place].stretch]
        if self._sharing or not stretching:
            return
        self._sharing = True
        room = self.viewport().width() - sum(header.sectionSize(one) for one in shown if one not in stretching)
        least = {place: self._least_of(place) for place in stretching}
        for n, place in enumerate(sorted(stretching, key=least.__getitem__, reverse=True)):
            width = max(least[place], room // (len(stretching) - n))
            header.resizeSection(place, width)
            room -= width
        self._sharing = False

    def set_notice(self, text: str) -> None:
        """What is said in the middle while no row is shown."""
        self.notice = text
        self.viewport().update()

    def set_stale(self, stale: bool) -> None:
        """Hatch what is shown because it is how it was, not how it is; or (False) not any more."""
        self._stale = stale
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._stale:
            self._paint_hatching()
        if not self.notice or self._rows.rowCount():
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        middle = self.viewport().rect().adjusted(24, 12, -24, -12)
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.notice)
        painter.end()

    def _paint_hatching(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.Text)
        colour.setAlpha(_HATCHING)
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.end()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._silent:
            self.selection_told.emit(self.selected_ids())

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setStretchLastSection(not any(column.stretch for column in self._rows.columns))
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # else sorting begins with the first column, backwards
        header.setResizeContentsPrecision(0)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(self.fontMetrics().height() * 2)
        for place, column in enumerate(self._rows.columns):
            header.resizeSection(place, self.default_width(place))
            if column.stretch:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)  # to what `_share_room` gives it
            self.setColumnHidden(place, not column.visible and not column.always_visible)
        header.sectionResized.connect(self._share_room)  # also of those that are hidden and come back

    def _action(self, text: str, keys: QKeySequence) -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.addAction(action)
        return action

    def _copy(self) -> None:
        self._put_on_clipboard(headings=False)

    def _copy_with_headings(self) -> None:
        self._put_on_clipboard(headings=True)

    def _put_on_clipboard(self, *, headings: bool) -> None:
        columns = [self._rows.columns[place] for place in self.shown_columns()]
        rows = self.selected_rows()
        if rows:
            QGuiApplication.clipboard().setText(clipboard_text(columns, rows, headings=headings))

    def _open(self, index: QModelIndex) -> None:
        self.row_opened.emit(self._rows.row_at(index.row()))

    def _selected_places(self) -> list[int]:
        chosen = self.selectionModel().selection()
        ranges = [chosen.at(n) for n in range(chosen.count())]
        return sorted({place for part in ranges for place in range(part.top(), part.bottom() + 1)})

    def _select(self, ids: Iterable[Hashable], *, then_scroll: bool) -> None:
        places = sorted(place for i in ids if (place := self._rows.place_of(i)) is not None)
        last = self._rows.columnCount() - 1
        chosen = QItemSelection()
        for place in places:
            chosen.select(self._rows.index(place, 0), self._rows.index(place, last))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if places and then_scroll:
            first = self._rows.index(places[0], max(0, self.currentIndex().column()))
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(first)

    def _keep(self) -> None:
        self._kept_ids = self.selected_ids()
        current = self.currentIndex()
        self._kept_current = (self._rows.id_at(current.row()), current.column()) if current.isValid() else None
        self._kept_scroll = self.verticalScrollBar().value()

    def _allow_bar(self) -> None:
        """Where there are no rows, nothing lies to the right either."""
        policy = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if self._rows.rowCount() else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setHorizontalScrollBarPolicy(policy)

    def _bring_back(self) -> None:
        self._silent = True
        with QSignalBlocker(self.verticalScrollBar()):
            self._select(self._kept_ids, then_scroll=False)
        if self._kept_current is not None and (place := self._rows.place_of(self._kept_current[0])) is not None:
            current = self._rows.index(place, self._kept_current[1])
            self.selectionModel().setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._silent = False
        self.updateGeometries()
        self.verticalScrollBar().setValue(self._kept_scroll)
        if self.selected_ids() != self._kept_ids:
            self.selection_told.emit(self.selected_ids())
