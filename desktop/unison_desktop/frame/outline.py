"""A tree of what belongs to what, for choosing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme

_KEY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of the tree.

    Attributes:
        key: tells it from others, e.g. `device/0193…`.
        under: key of what it belongs to; empty at the top. It comes before it in the list.
        tone: of the icon; None is quiet.
    """

    key: str
    text: str
    icon: str
    under: str = ""
    tone: Tone | None = None
    hint: str = ""


class Outline(QTreeWidget):
    """Shows nodes; what is chosen, folded and scrolled to stays when they are read again.

    Of a node that is gone, what it belonged to is chosen.

    Signals:
        chosen: key of the node somebody went to; empty when there is none.
        opened: key of the node somebody pressed Enter on, or double clicked.
    """

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._nodes: tuple[Node, ...] = ()
        self._items: dict[str, QTreeWidgetItem] = {}
        self.setHeaderHidden(True)
        self.setAccessibleName(name)
        self.setExpandsOnDoubleClick(False)
        self.setUniformRowHeights(True)
        self.setIndentation(18)
        self.currentItemChanged.connect(self._on_current)
        self.itemActivated.connect(self._on_activated)
        theme.changed.connect(self._recolour)

    @property
    def current(self) -> str:
        """Key of the chosen node; empty where none is."""
        item = self.currentItem()
        return str(item.data(0, _KEY)) if item is not None else ""

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """Show these."""
        if tuple(nodes) == self._nodes:
            return
        before, kept = self.current, self._upwards(self.current)
        folded = {key for key, item in self._items.items() if not item.isExpanded()}
        scrolled = self.verticalScrollBar().value()
        self.blockSignals(True)
        self.clear()
        self._nodes, self._items = tuple(nodes), {}
        for node in nodes:
            item = QTreeWidgetItem([node.text])
            item.setData(0, _KEY, node.key)
            item.setToolTip(0, node.hint or node.text)
            above = self._items.get(node.under)
            if above is None:
                self.addTopLevelItem(item)
            else:
                above.addChild(item)
            self._items[node.key] = item
        for key, item in self._items.items():
            item.setExpanded(key not in folded)
        self._recolour()
        self.choose(next((key for key in kept if key in self._items), nodes[0].key if nodes else ""))
        self.blockSignals(False)
        self.verticalScrollBar().setValue(scrolled)
        if self.current != before:
            self.chosen.emit(self.current)

    def has(self, key: str) -> bool:
        """Whether there is such a node."""
        return key in self._items

    def choose(self, key: str) -> None:
        """Go to a node, if it is there."""
        if (item := self._items.get(key)) is not None:
            self.setCurrentItem(item)

    def _upwards(self, key: str) -> list[str]:
        """The node and what it belongs to, the nearest first."""
        under = {node.key: node.under for node in self._nodes}
        keys = []
        while key:
            keys.append(key)
            key = under.get(key, "")
        return keys

    def _on_current(self) -> None:
        self.chosen.emit(self.current)

    def _on_activated(self, item: QTreeWidgetItem) -> None:
        self.opened.emit(str(item.data(0, _KEY)))

    def _recolour(self) -> None:
        for node in self._nodes:
            colour = self._theme.tone(node.tone).fill if node.tone else "muted"
            self._items[node.key].setIcon(0, self._theme.icon(node.icon, colour))
