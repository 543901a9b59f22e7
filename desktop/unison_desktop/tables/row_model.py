"""Small tables, kept whole: rows are ordered and filtered by a permutation, never moved."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.filters import Predicate, RowFilter

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)


class RowModel(QAbstractTableModel):
    """Rows of one kind, up to some thousands. Order and filter survive new rows; equal keys keep the rows' own order.

    Attributes:
        columns: the declaration, left to right as first shown.
    """

    _ALIGNMENT: ClassVar = {
        Align.LEFT: Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        Align.RIGHT: Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
        Align.CENTER: Qt.AlignmentFlag.AlignCenter,
    }

    def __init__(
        self, columns: Sequence[Column[Any]], id_of: Callable[[Any], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._id_of = id_of
        self._rows: list[Any] = []
        self._shown: list[int] = []
        self._wanted: Predicate[Any] = RowFilter[Any]().predicate(columns)
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Replaces the rows; where the same rows stay in the same places only their cells are told to have changed."""
        before = [self.id_at(place) for place in range(len(self._shown))]
        fresh = list(rows)
        shown = self._arranged(fresh)
        if before and before == [self._id_of(fresh[i]) for i in shown]:
            self._rows, self._shown = fresh, shown
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self._rows, self._shown = fresh, shown
        self.endResetModel()

    def tick(self) -> None:
        """Shows the rows anew because time went on: values that count up to now, and what order and filter make of
        them.
        """
        self.set_rows(self._rows)

    def set_filter(self, wanted: RowFilter[Any]) -> None:
        """Shows only the wanted rows.

        Raises:
            BadConditionError: a condition that can't be read; the former filter stays.
        """
        self._wanted = wanted.predicate(self.columns)
        shown = self._arranged(self._rows)
        if shown == self._shown:
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def rows(self) -> list[Any]:
        """All shown rows in the shown order."""
        return [self._rows[i] for i in self._shown]

    def row_at(self, place: int) -> Any:
        """The row shown at a place, counted from 0."""
        return self._rows[self._shown[place]]

    def id_at(self, place: int) -> Hashable:
        """The id of the row shown at a place."""
        return self._id_of(self.row_at(place))

    def place_of(self, row_id: Hashable) -> int | None:
        """Where a row is shown, or None if it is filtered out or gone."""
        return next((place for place in range(len(self._shown)) if self.id_at(place) == row_id), None)

    def values_of(self, column: Column[Any]) -> list[str]:
        """The distinct texts of a column in all rows, in its order; empty for numbers and moments."""
        firsts = {column.shown(row): row for row in reversed(self._rows) if isinstance(column.value(row), str)}
        return sorted((text for text in firsts if text), key=lambda text: column.order(firsts[text]))

    @property
    def total(self) -> int:
        """Number of rows with those the filter hides."""
        return len(self._rows)

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.columns[index.column()].seen(self.row_at(index.row()))
            case Qt.ItemDataRole.ToolTipRole:
                return self.columns[index.column()].told(self.row_at(index.row()))
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._ALIGNMENT[self.columns[index.column()].align]
            case Qt.ItemDataRole.DecorationRole:
                icon = self.columns[index.column()].icon
                return icon(self.row_at(index.row())) if icon is not None else None
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return column.explain or column.title
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._ALIGNMENT[column.align]
            case _:
                return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Orders by a column; a column outside the table brings back the rows' own order."""
        self._sorted_by = (column, order) if 0 <= column < len(self.columns) else None
        self.layoutAboutToBeChanged.emit()
        before, held = self._shown, self.persistentIndexList()
        self._shown = self._arranged(self._rows)
        place = {i: n for n, i in enumerate(self._shown)}
        self.changePersistentIndexList(held, [self.index(place[before[i.row()]], i.column()) for i in held])
        self.layoutChanged.emit()

    def _arranged(self, rows: Sequence[Any]) -> list[int]:
        shown = [i for i, row in enumerate(rows) if self._wanted(row)]
        if self._sorted_by is None:
            return shown
        column, order = self._sorted_by
        keys = {i: self.columns[column].order(rows[i]) for i in shown}
        known = [i for i in shown if keys[i] is not None]
        known.sort(key=keys.__getitem__, reverse=order == Qt.SortOrder.DescendingOrder)
        return known + [i for i in shown if keys[i] is None]
