"""What somebody may do, to be ticked: roles with what each gives, and verbs for each plant and each warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QTreeWidget, QTreeWidgetItem, QWidget

from unison_desktop.frame.form.editors import Editor
from unison_desktop.identity.people.roles import RoleChoice
from unison_desktop.kernel.texts import _

_CODE = Qt.ItemDataRole.UserRole
_FEWEST, _MOST = 3, 14
"""Rows that are seen at once."""
_BESIDE = 60
"""Pixels for the tick and about the name."""
_TICKED, _EMPTY = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class RolesEditor(Editor):
    """All roles; gives the codes of those that are ticked."""

    def __init__(self, parent: QWidget) -> None:
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([_("Role"), _("What it gives")])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        super().__init__(self.tree, parent)
        self.tree.itemChanged.connect(self._on_item)
        self._names: dict[str, str] = {}

    def set_roles(self, choices: Iterable[RoleChoice]) -> None:
        """Offer these; nothing is ticked yet."""
        self.tree.blockSignals(True)
        self.tree.clear()
        for choice in choices:
            self._add(choice)
        self.tree.blockSignals(False)
        widest = max(map(self.tree.fontMetrics().horizontalAdvance, self._names.values()), default=0)
        self.tree.header().resizeSection(0, widest + _BESIDE)
        rows = min(max(self.tree.topLevelItemCount(), _FEWEST), _MOST)
        heading = self.tree.header().sizeHint().height()
        self.tree.setFixedHeight(heading + rows * max(1, self.tree.sizeHintForRow(0)) + 4)

    def item(self, code: str) -> QTreeWidgetItem | None:
        """The line of a role."""
        items = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        return next((one for one in items if one is not None and one.data(0, _CODE) == code), None)

    def value(self) -> Any:
        items = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        return [one.data(0, _CODE) for one in items if one is not None and one.checkState(0) is _TICKED]

    def set_value(self, value: Any) -> None:
        self.tree.blockSignals(True)
        held = {str(code) for code in value or ()}
        for code in sorted(held):
            if self.item(code) is None:
                self._add(RoleChoice(code, code, _("A role that is no longer in use"), "", ""))
        for row in range(self.tree.topLevelItemCount()):
            if (one := self.tree.topLevelItem(row)) is not None:
                one.setCheckState(0, _TICKED if one.data(0, _CODE) in held else _EMPTY)
        self.tree.blockSignals(False)

    def words(self, value: Any) -> str:
        return ", ".join(self._names.get(str(code), str(code)) for code in value or ()) or _("none")

    def _add(self, choice: RoleChoice) -> None:
        self._names[choice.code] = choice.name
        item = QTreeWidgetItem(self.tree, [choice.name, choice.barred or choice.gives])
        item.setData(0, _CODE, choice.code)
        item.setToolTip(0, choice.barred or choice.hint)
        item.setToolTip(1, choice.barred or choice.hint)
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable
        item.setFlags(Qt.ItemFlag.ItemIsSelectable | (Qt.ItemFlag.NoItemFlags if choice.barred else usable))
        item.setCheckState(0, _EMPTY)

    def _on_item(self) -> None:
        self.changed.emit()


class Verb(NamedTuple):
    """A column of ticks: its name in the contract, its heading, what it means."""

    name: str
    title: str
    means: str


READ = Verb("can_read", _("Read"), _("See what is there"))
WRITE = Verb("can_write", _("Write"), _("Make and change what is there; who writes also reads"))
DELETE = Verb("can_delete", _("Delete"), _("Deactivate what is there, cancel its documents; who deletes also reads"))
DEFAULT = Verb("is_default", _("Default"), _("Where the person works unless they say otherwise: one at most"))


class Place(NamedTuple):
    """A row: the place, and what of it may not be given by who edits, with the reason."""

    id: str
    name: str
    barred: Mapping[str, str]


class PlacesEditor(Editor):
    """Ticks for each place; gives a list of what may be done where, without the places where nothing may."""

    def __init__(self, parent: QWidget, *, id_name: str, heading: str, verbs: Iterable[Verb]) -> None:
        """`id_name` is the contract's name of the place's id; `heading` is the word for the places."""
        self.table = QTableWidget()
        super().__init__(self.table, parent)
        self._id_name, self._verbs = id_name, tuple(verbs)
        self._places: list[Place] = []
        table = self.table
        table.setColumnCount(1 + len(self._verbs))
        table.setHorizontalHeaderLabels([heading, *(verb.title for verb in self._verbs)])
        for column, verb in enumerate(self._verbs, start=1):
            if (title := table.horizontalHeaderItem(column)) is not None:
                title.setToolTip(verb.means)
            table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(table.fontMetrics().height() * 1.7))
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setCornerButtonEnabled(False)
        table.setTabKeyNavigation(False)
        table.itemChanged.connect(self._on_item)

    def set_places(self, places: Iterable[Place]) -> None:
        """Offer these; nothing is ticked yet."""
        self._places = []
        self.table.setRowCount(0)
        for place in places:
            self._add(place)
        self._fit()

    def value(self) -> Any:
        return [held for row in range(len(self._places)) if self._gives(held := self._held(row))]

    def set_value(self, value: Any) -> None:
        given = {str(one[self._id_name]): one for one in value or ()}
        for id_ in given.keys() - {place.id for place in self._places}:
            self._add(Place(id_, _("A place that is no longer in use"), {}))
        self.table.blockSignals(True)
        for row, place in enumerate(self._places):
            for verb in self._verbs:
                self._tick(row, verb, bool(given.get(place.id, {}).get(verb.name)))
        self.table.blockSignals(False)
        self._fit()

    def words(self, value: Any) -> str:
        names = {place.id: place.name for place in self._places}
        parts = [
            f"{names.get(str(one[self._id_name]), '?')} ({self._said(one)})" for one in value or () if self._gives(one)
        ]
        return ", ".join(parts) or _("none")

    def cell(self, id_: str, verb: Verb) -> QTableWidgetItem:
        """The tick of a place and a verb."""
        row = next(row for row, place in enumerate(self._places) if place.id == id_)
        return self._cell(row, verb)

    def _said(self, one: Mapping[str, Any]) -> str:
        return ", ".join(verb.title.lower() for verb in self._verbs if one.get(verb.name))

    @staticmethod
    def _gives(one: Mapping[str, Any]) -> bool:
        return any(one.get(verb.name) for verb in (READ, WRITE, DELETE))

    def _held(self, row: int) -> dict[str, Any]:
        ticks = {verb.name: self._cell(row, verb).checkState() is _TICKED for verb in self._verbs}
        return {self._id_name: self._places[row].id, **ticks}

    def _cell(self, row: int, verb: Verb) -> QTableWidgetItem:
        cell = self.table.item(row, 1 + self._verbs.index(verb))
        assert cell is not None  # noqa: S101 - every row is added with all its cells
        return cell

    def _tick(self, row: int, verb: Verb, ticked: bool) -> None:
        """What is barred can still be taken away."""
        cell, why = self._cell(row, verb), self._places[row].barred.get(verb.name, "")
        cell.setCheckState(_TICKED if ticked else _EMPTY)
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable
        cell.setFlags((Qt.ItemFlag.ItemIsSelectable | usable) if ticked or not why else Qt.ItemFlag.ItemIsSelectable)
        cell.setToolTip(why or verb.means)

    def _add(self, place: Place) -> None:
        self.table.blockSignals(True)
        row = self.table.rowCount()
        self._places.append(place)
        self.table.insertRow(row)
        name = QTableWidgetItem(place.name)
        name.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        self.table.setItem(row, 0, name)
        for column, verb in enumerate(self._verbs, start=1):
            self.table.setItem(row, column, QTableWidgetItem())
            cell = self._cell(row, verb)
            cell.setData(Qt.ItemDataRole.AccessibleTextRole, f"{place.name}: {verb.title}")
            self._tick(row, verb, False)
        self.table.blockSignals(False)

    def _fit(self) -> None:
        """As high as the rows, within reason."""
        rows = min(max(self.table.rowCount(), 2), 7)
        heading = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(heading + rows * self.table.verticalHeader().defaultSectionSize() + 4)

    def _on_item(self, item: QTableWidgetItem) -> None:
        """Whoever writes reads, whoever may do nothing has no default there, and there is one default."""
        verb, row, ticked = self._verbs[item.column() - 1], item.row(), item.checkState() is _TICKED
        self.table.blockSignals(True)
        if verb is DEFAULT and ticked:
            for other in range(self.table.rowCount()):
                if other != row:
                    self._tick(other, DEFAULT, False)
        if ticked and verb is not READ:
            self._tick(row, READ, True)
        if verb is READ and not ticked:
            for one in self._verbs:
                self._tick(row, one, False)
        self.table.blockSignals(False)
        self.changed.emit()
