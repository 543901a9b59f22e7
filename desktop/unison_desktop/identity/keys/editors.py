"""What a key is held to: its rights, ticked room by room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from unison_desktop.frame.form.editors import Editor
from unison_desktop.kernel.rights import in_words, named, room_in_words
from unison_desktop.kernel.texts import _

_SCOPE = Qt.ItemDataRole.UserRole
_LINES = 16
_TICKED, _EMPTY = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class ScopesEditor(Editor):
    """Permissions under their rooms, which tick all of theirs; gives the names of those that are ticked.

    Attributes:
        search: narrows what is seen, not what is ticked. reading: ticks all that change nothing.
    """

    def __init__(self, parent: QWidget) -> None:
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(2)
        self.tree.setUniformRowHeights(True)
        super().__init__(self.tree, parent)
        self.tree.setMinimumHeight(round(self.tree.fontMetrics().lineSpacing() * 1.7 * _LINES))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(_("Find a right, e.g. scan"))
        self.search.setAccessibleName(_("Find a right"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.reading = QPushButton(_("All that only read"), self)
        self.reading.setAutoDefault(False)
        self.reading.clicked.connect(self._tick_reading)
        self._counted = QLabel(self)
        self._counted.setProperty("role", "muted")
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(self._counted)
        row.addWidget(self.reading)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101 - as every editor's
        layout.insertLayout(0, row)
        self.tree.itemChanged.connect(self._on_item)
        self._tell()

    def set_scopes(self, scopes: Iterable[str], own: Iterable[str], why_not: str) -> None:
        """Offer these; those that are not one's own are barred, and say so."""
        kept, mine = self.value(), set(own)
        self.tree.blockSignals(True)
        self.tree.clear()
        rooms: dict[str, QTreeWidgetItem] = {}
        for scope in sorted(scopes):
            room = scope.partition(".")[0]
            if room not in rooms:
                rooms[room] = QTreeWidgetItem(self.tree, [room_in_words(scope)])
                rooms[room].setFlags(_USABLE | Qt.ItemFlag.ItemIsAutoTristate)
                rooms[room].setFirstColumnSpanned(True)
            text = in_words(scope) if scope in mine else _("{right} (you lack it)").format(right=in_words(scope))
            item = QTreeWidgetItem(rooms[room], [text, scope])
            item.setData(0, _SCOPE, scope)
            item.setFlags(_USABLE if scope in mine else Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(0, _EMPTY)
            item.setToolTip(0, "" if scope in mine else why_not.format(right=named(scope)))
        for whole in self._rooms():
            if not any(map(_is_usable, _children(whole))):
                whole.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsAutoTristate)
        self.tree.blockSignals(False)
        widest = max((self.tree.fontMetrics().horizontalAdvance(one.text(0)) for one in self._items()), default=0)
        self.tree.header().resizeSection(0, widest + 2 * self.tree.indentation() + _BESIDE_TEXT)
        self.set_value(kept)

    def value(self) -> Any:
        return [item.data(0, _SCOPE) for item in self._items() if item.checkState(0) is _TICKED]

    def set_value(self, value: Any) -> None:
        self.tree.blockSignals(True)
        for item in self._items():
            item.setCheckState(0, _TICKED if item.data(0, _SCOPE) in (value or ()) else _EMPTY)
        self.tree.blockSignals(False)
        self._tell()

    def words(self, value: Any) -> str:
        return ", ".join(map(in_words, value or ())) or _("none")

    def _rooms(self) -> Iterator[QTreeWidgetItem]:
        for place in range(self.tree.topLevelItemCount()):
            if (room := self.tree.topLevelItem(place)) is not None:
                yield room

    def _items(self) -> Iterator[QTreeWidgetItem]:
        for room in self._rooms():
            yield from _children(room)

    def _narrow(self, text: str) -> None:
        wanted = text.strip().casefold()
        for item in self._items():
            item.setHidden(wanted not in f"{item.data(0, _SCOPE)} {item.text(0)}".casefold())
        for room in self._rooms():
            room.setHidden(all(item.isHidden() for item in _children(room)))
            room.setExpanded(bool(wanted))

    def _tick_reading(self) -> None:
        self.set_value(
            [*self.value(), *(one.data(0, _SCOPE) for one in self._items() if _reads(one) and _is_usable(one))]
        )
        self.changed.emit()

    def _on_item(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self._counted.setText(_("{n} chosen").format(n=len(self.value())))


_BESIDE_TEXT = 48
"""Pixels of a tick and the room around it, of which Qt's own measure leaves out what the style sheet adds."""
_USABLE = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable


def _children(room: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    items = (room.child(row) for row in range(room.childCount()))
    return [item for item in items if item is not None]


def _reads(item: QTreeWidgetItem) -> bool:
    return str(item.data(0, _SCOPE)).endswith(".read")


def _is_usable(item: QTreeWidgetItem) -> bool:
    return bool(item.flags() & Qt.ItemFlag.ItemIsEnabled)
