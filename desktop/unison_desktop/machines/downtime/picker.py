"""Choosing a reason: type its number or a part of its name, Enter gives it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget
from unison_domain.machines.downtime_contracts import DowntimeCategory, DowntimeReasonAnswer

from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import CATEGORIES, found, reason_text

_ID = Qt.ItemDataRole.UserRole
_LACKS = _("No reasons yet. “Load the usual reasons” stands beside the stops, under Downtime.")
_TO_TREE = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class ReasonPicker(QWidget):
    """A line to type in over the tree of reasons in their classes.

    Attributes:
        line: what is typed.
        nothing: that nothing fits, where nothing does.
        tree: what fits it; the arrow keys move in it while the line keeps the keyboard.

    Signals:
        picked: id of the reason somebody gives (Enter, double click).
        left: Escape in the empty line.
    """

    picked = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._reasons: list[DowntimeReasonAnswer] = []
        self._lacks = False
        self._for_reading = False
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(_("Number or part of a reason"))
        self.line.setAccessibleName(_("Reason"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._pick)
        self.line.installEventFilter(self)
        self.tree = QTreeWidget(self)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(_("Reasons"))
        self.tree.setIndentation(16)
        self.tree.setUniformRowHeights(True)
        self.tree.setExpandsOnDoubleClick(False)
        self.tree.itemActivated.connect(self._pick)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.nothing = QLabel(self)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("role", "muted")
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.hide()
        column.addWidget(self.line)
        column.addWidget(self.nothing)
        column.addWidget(self.tree, 1)
        self.setFocusProxy(self.line)

    def offer(self, reasons: Sequence[DowntimeReasonAnswer], *, lacks: bool = False, for_reading: bool = False) -> None:
        """Offer these, in order of their numbers; what is typed and chosen stays.

        `lacks`: none are set up at all. `for_reading`: none can be given, so that they are grey; one scrolls in them.
        """
        if list(reasons) == self._reasons and lacks == self._lacks and for_reading == self._for_reading:
            return
        kept, self._reasons, self._lacks, self._for_reading = self.chosen, list(reasons), lacks, for_reading
        self.line.setEnabled(not for_reading)
        self._narrow()
        if kept is not None and not for_reading:
            self._go_to(kept)

    def choose(self, reason_id: UUID) -> None:
        """Go to a reason, as if it had been found by typing."""
        self._empty()
        self._go_to(reason_id)

    def clear(self) -> None:
        """Begin anew."""
        self._empty()
        self.tree.setCurrentIndex(QModelIndex())

    @property
    def chosen(self) -> UUID | None:
        """The reason that Enter would give."""
        item = self.tree.currentItem()
        return item.data(0, _ID) if item is not None else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.line or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.type() is QEvent.Type.ShortcutOverride and event.matches(QKeySequence.StandardKey.Undo):
            if not self.line.isUndoAvailable():  # the line would keep the key also where it has nothing to undo
                event.ignore()
                return True
        elif event.type() is QEvent.Type.KeyPress:
            if event.key() in _TO_TREE:
                self._move(event)
                return True
            if event.key() == Qt.Key.Key_Escape:
                if self.line.text():
                    self.line.clear()
                else:
                    self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _empty(self) -> None:
        """No undo of the line brings back what was typed for another stop, as it would after `clear`."""
        self.line.setText("")

    def _move(self, event: QKeyEvent) -> None:
        """Let the tree have the key; its own way of moving skips the headings, which can't be selected."""
        self.tree.keyPressEvent(event)

    def _narrow(self) -> None:
        fitting = found(self._reasons, self.line.text())
        shown = {one.id for one in fitting}
        by_id = {one.id: one for one in self._reasons}
        for one in fitting:
            above = one.parent_id
            while above in by_id:
                shown.add(above)
                above = by_id[above].parent_id
        self._fill([one for one in self._reasons if one.id in shown])
        typed = self.line.text().strip()
        self.nothing.setText(_LACKS if self._lacks else _("Nothing matches “{typed}”.").format(typed=typed))
        self.nothing.setVisible(self._lacks or bool(typed and self._reasons and not fitting))
        if self.line.text().strip() and fitting:
            self._go_to(fitting[0].id)

    def _fill(self, reasons: Sequence[DowntimeReasonAnswer]) -> None:
        self.tree.clear()
        headings: dict[DowntimeCategory, QTreeWidgetItem] = {}
        items: dict[UUID, QTreeWidgetItem] = {}
        for one in reasons:
            above = items.get(one.parent_id) if one.parent_id else None
            if above is None:
                above = headings.get(one.category) or self._heading(one.category)
                headings[one.category] = above
            item = QTreeWidgetItem(above, [reason_text(one)])
            item.setData(0, _ID, one.id)
            item.setToolTip(0, reason_text(one))
            item.setDisabled(self._for_reading)
            items[one.id] = item
        self.tree.expandAll()

    def _heading(self, category: DowntimeCategory) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.tree, [CATEGORIES[category]])
        item.setFlags(Qt.ItemFlag.NoItemFlags if self._for_reading else Qt.ItemFlag.ItemIsEnabled)
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        return item

    def _go_to(self, reason_id: UUID) -> None:
        for item in self.tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive):
            if item.data(0, _ID) == reason_id:
                self.tree.setCurrentItem(item)
                self.tree.scrollToItem(item)
                return

    def _pick(self) -> None:
        if (chosen := self.chosen) is not None:
            self.picked.emit(chosen)
