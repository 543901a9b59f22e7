"""The places of one warehouse, beside the tree of all warehouses."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from unison_domain.sites.contracts import StorageLocationAnswer, WarehouseAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.outline import Node, Outline
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import ListCall
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.sites import calls
from unison_desktop.sites.book import Book
from unison_desktop.sites.kinds import LOCATION, PLANT, WAREHOUSE
from unison_desktop.tables.table import Table

_LAYOUT = "sites.locations"
_OTHERS = "plant/others"
"""Warehouses are seen by all, plants by those they are assigned to."""


class LocationsPart(QWidget):
    """Warehouses in their plants left, the places of the chosen one right.

    Attributes:
        tree: keys are `plant/…` and `warehouse/…`.
        note: why nothing can be changed here.

    Signals:
        chosen: another warehouse is chosen; the book has it.
        read: places were read.
        failed: an `ApiError`, or None when it is well again.
    """

    chosen = Signal()
    read = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, book: Book, table: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._book = desk, book
        self._reading: ListCall | None = None
        self.table = table
        self.tree = Outline(desk.theme, _("Warehouses"), self)
        self.note = ToneLabel(desk.theme, self)
        self.note.hide()
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        right = QWidget(self)
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.note)
        beside.addWidget(table, 1)
        self._splitter.addWidget(self.tree)
        self._splitter.addWidget(right)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(10)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([260, 740])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        desk.layout.restore_splitter(self._splitter, _LAYOUT)
        self.tree.chosen.connect(self._choose)

    def save_layout(self) -> None:
        """Remember the splitter."""
        self._desk.layout.save_splitter(self._splitter, _LAYOUT)

    def show_warehouses(self, *, also_unused: bool) -> None:
        """Show the tree as the book has it now; at first the person's own warehouse is chosen, else the first."""
        if not (self._book.knows(PLANT) and self._book.knows(WAREHOUSE)):
            return
        shown = [one for one in self._book.warehouses() if one.is_active or also_unused]
        nodes = []
        for plant in self._book.plants():
            own = [one for one in shown if one.plant_id == plant.id]
            if own:
                key = f"plant/{plant.id}"
                nodes.append(Node(key, plant.name, "machine", hint=plant.code))
                nodes += [self._node(one, key) for one in own]
        rest = [one for one in shown if self._book.plant(one.plant_id) is None]
        if rest:
            nodes.append(Node(_OTHERS, _("Plants not assigned to you"), "machine"))
            nodes += [self._node(one, _OTHERS) for one in rest]
        before = self.tree.current
        self.tree.show_nodes(nodes)
        if not self.tree.has(before):
            begin = next((one for one in shown if self._book.is_default(one)), shown[0] if shown else None)
            if begin is not None:
                self.tree.choose(_key(begin))
        self._tell()

    def go_to(self, warehouse: WarehouseAnswer) -> None:
        """Show the places of this one."""
        self.tree.choose(_key(warehouse))

    def load(self) -> None:
        """Read the places of the chosen warehouse again."""
        self._forget_reading()
        warehouse, session = self._book.warehouse, self._desk.session
        if warehouse is None or not session.may(f"{LOCATION.right}.read"):
            return
        self._reading = calls.locations(session.client, warehouse.id, owner=self)
        self._reading.done.connect(self._show)
        self._reading.failed.connect(self._on_failed)

    def _node(self, warehouse: WarehouseAnswer, under: str) -> Node:
        text = f"{warehouse.code}  {warehouse.name}"
        if not warehouse.is_active:
            text = _("{warehouse} - out of use").format(warehouse=text)
        refusal = self._book.against_places(warehouse)
        return Node(
            _key(warehouse),
            text,
            "info" if refusal else "warehouse",
            under,
            hint=refusal or text,
        )

    def _choose(self, key: str) -> None:
        found = next((one for one in self._book.warehouses() if _key(one) == key), None)
        before, self._book.warehouse = self._book.warehouse, found
        if before is None or found is None or before.id != found.id:
            self._book.forget(LOCATION)
            self.table.show_loading()
            if found is None:
                self.table.view.set_notice(_("Choose a warehouse at the left."))
            self.load()
        self._tell()
        self.chosen.emit()

    def _tell(self) -> None:
        refusal = self._book.against_places(self._book.warehouse) if self._book.warehouse else ""
        self.note.say(refusal, Tone.INFO)
        self.note.setVisible(bool(refusal))

    def _show(self, places: list[StorageLocationAnswer]) -> None:
        self._reading = None
        self._book.know(LOCATION, places)
        self.failed.emit(None)
        self.read.emit()

    def _on_failed(self, error: ApiError) -> None:
        self._reading = None
        if not self._book.knows(LOCATION):
            self.table.view.set_notice(_("No storage locations could be read."))
        self.failed.emit(error)

    def _forget_reading(self) -> None:
        """The answer about another warehouse would come late."""
        if self._reading is not None:
            self._reading.done.disconnect(self._show)
            self._reading.failed.disconnect(self._on_failed)
            self._reading.deleteLater()
            self._reading = None


def _key(warehouse: WarehouseAnswer) -> str:
    return f"warehouse/{warehouse.id}"
