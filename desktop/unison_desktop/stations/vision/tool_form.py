"""The tools of a camera as a list, and the fields of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.stations.camera_commands import Place
from unison_domain.stations.picture_tools import Edge, PictureTool

from unison_desktop.frame.form.editors import ChoiceEditor
from unison_desktop.kernel.texts import _
from unison_desktop.stations.measurable import names_with_units
from unison_desktop.stations.vision import laying
from unison_desktop.stations.vision.measured_by import NOT_CHOSEN, against_characteristic

Box = TypeVar("Box", QSpinBox, QDoubleSpinBox)
INDENT = 7
"""Pixels."""
KINDS = {
    "caliper": _("Distance of two edges"),
    "circle": _("Diameter of a circle"),
    "angle": _("Angle of two edges"),
    "presence": _("Presence of a part"),
}
EDGES = {
    Edge.ANY.value: _("Any"),
    Edge.DARK_TO_LIGHT.value: _("From dark to light"),
    Edge.LIGHT_TO_DARK.value: _("From light to dark"),
}
_EDGE_FIELDS = {
    "first": _("First edge, along the strip"),
    "second": _("Second edge, along the strip"),
    "edge": _("Edge, from the middle outward"),
}
"""Fields of tools that say which change of brightness is an edge."""


class ToolForm(QWidget):
    """Signals:
    changed: another tool is chosen, or the chosen one is another now.
    template_wanted: the region of the chosen tool is to become its template.
    """

    changed = Signal()
    template_wanted = Signal()

    def __init__(
        self, tools: tuple[PictureTool, ...], characteristics: Sequence[CharacteristicAnswer], parent: QWidget
    ) -> None:
        """`characteristics`: what can be measured."""
        super().__init__(parent)
        self.tools = list(tools)
        self._units = {str(one.id): one.measurement_unit for one in characteristics}
        self._is_filling = False
        self.list = QListWidget(self)
        self.list.setAccessibleName(_("Tools"))
        self.list.setMaximumHeight(110)
        self.kind = ChoiceEditor(self, KINDS)
        self.kind.field.setAccessibleName(_("Kind of a new tool"))
        self.kind.set_value("caliper")
        self.add_button = QPushButton(_("Add"), self)
        self.remove_button = QPushButton(_("Remove"), self)
        self.name = QLineEdit(self)
        self.characteristic = ChoiceEditor(self, names_with_units(characteristics), nothing=_CHOOSE)
        self.wrong = QLabel(self)
        self.wrong.setProperty("role", "error")
        self.wrong.setWordWrap(True)
        self.contrast = _number(self, 1.0, 255.0)
        self.strip_width = _number(self, 1.0, 2_000.0)
        self.score = _number(self, 0.05, 1.0, 0.05)
        self.above = millimetres(self, -1_000.0, 1_000.0)
        self.above_known = millimetres(self, 0.0, 1_000.0)
        self.above.setToolTip(_HEIGHT)
        self.above_known.setToolTip(_HEIGHT_KNOWN)
        self.edges = {name: ChoiceEditor(self, EDGES) for name in _EDGE_FIELDS}
        self.second = QCheckBox(_("Lay the second edge's strip"), self)
        self.template_button = QPushButton(_("Take the region as template"), self)
        self._fields = self._lay_out()
        self._connect()
        self._show_list(0)

    @property
    def tool(self) -> PictureTool | None:
        """The chosen one."""
        row = self.list.currentRow()
        return self.tools[row] if 0 <= row < len(self.tools) else None

    def set_tool(self, tool: PictureTool) -> None:
        """The chosen one is so now."""
        row = self.list.currentRow()
        if 0 <= row < len(self.tools):
            self.tools[row] = tool
            self.list.item(row).setText(tool.name)
            self.changed.emit()

    def add(self, middle: Place, reach: float) -> None:
        """A new one of the chosen kind, for which nobody chose yet what it measures; none where nothing can be."""
        if not self._units:
            return
        kind = str(self.kind.value())
        self.tools.append(laying.new_tool(kind, KINDS[kind], NOT_CHOSEN, middle, reach))
        self._show_list(len(self.tools) - 1)

    def refusal(self, tools: Sequence[PictureTool], *, is_trial: bool = False) -> str | None:
        """Why the first of these that can book nothing can't, in words: it is chosen then, and they stand beside its
        characteristic too. None where all can.
        """
        for tool in tools:
            if words := against_characteristic(tool, self._units, is_trial=is_trial):
                self.list.setCurrentRow(self.tools.index(tool))
                self._show_wrong(words)
                self.characteristic.setFocus()
                return words
        return None

    def lay(self, begin: Place, end: Place) -> None:
        """Drawn anew with the mouse."""
        if self.tool is not None:
            self.set_tool(laying.drawn(self.tool, begin, end, is_second=self.second.isChecked()))

    def nudge(self, x: float, y: float, end_alone: bool) -> None:
        """Moved with the keys."""
        if self.tool is not None:
            second = self.second.isChecked()
            self.set_tool(laying.moved(self.tool, x, y, is_second=second, end_alone=end_alone))

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self.tools):
            del self.tools[row]
            self._show_list(min(row, len(self.tools) - 1))

    def _show_list(self, row: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([tool.name for tool in self.tools])
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._show_tool()

    def _show_tool(self) -> None:
        tool = self.tool
        self._is_filling = True
        for field in (self.name, self.characteristic, self.contrast, self.remove_button):
            field.setEnabled(tool is not None)
        if tool is not None:
            self.name.setText(tool.name)
            self.characteristic.set_value(None if tool.characteristic_id == NOT_CHOSEN else tool.characteristic_id)
            self.contrast.setValue(getattr(tool, "contrast", 20.0))
            self.score.setValue(getattr(tool, "score", 0.8))
            self.strip_width.setValue(laying.strip_width(tool) or 20.0)
            self.above.setValue(getattr(tool, "height", 0.0))
            self.above_known.setValue(getattr(tool, "height_uncertainty", 0.0))
        self._show_wrong("")
        kind = tool.tool if tool is not None else ""
        for name, edge in self.edges.items():
            direction = getattr(tool, name, None)
            is_direction = isinstance(direction, Edge)
            self._fields.setRowVisible(edge, is_direction)
            if is_direction:
                edge.set_value(direction)
        self._fields.setRowVisible(self.contrast, kind != "presence")
        self._fields.setRowVisible(self.strip_width, kind in ("caliper", "angle"))
        self._fields.setRowVisible(self.score, kind == "presence")
        for field in (self.above, self.above_known):
            self._fields.setRowVisible(field, kind in ("caliper", "circle"))
        self.second.setVisible(kind == "angle")
        self.template_button.setVisible(kind == "presence")
        self._is_filling = False
        self.changed.emit()

    def _show_wrong(self, words: str) -> None:
        self.wrong.setText(words)
        self._fields.setRowVisible(self.wrong, bool(words))
        self.characteristic.set_invalid(bool(words))

    def _take_characteristic(self) -> None:
        self._show_wrong("")
        self._take_fields()

    def _take_fields(self) -> None:
        tool = self.tool
        if tool is None or self._is_filling or not self.name.text().strip():
            return
        changes: dict[str, object] = {
            "name": self.name.text().strip(),
            "characteristic_id": UUID(chosen) if (chosen := self.characteristic.value()) else NOT_CHOSEN,
        }
        for name, edge in self.edges.items():
            if isinstance(getattr(tool, name, None), Edge):
                changes[name] = Edge(str(edge.value()))
        if tool.tool == "presence":
            changes["score"] = self.score.value()
        else:
            changes["contrast"] = self.contrast.value()
        if tool.tool in ("caliper", "circle"):
            changes |= {"height": self.above.value(), "height_uncertainty": self.above_known.value()}
        self.set_tool(laying.widened(tool.model_copy(update=changes), self.strip_width.value()))

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._show_tool)
        self.remove_button.clicked.connect(self._remove)
        self.template_button.clicked.connect(self.template_wanted)
        self.name.textEdited.connect(self._take_fields)
        self.characteristic.changed.connect(self._take_characteristic)
        for edge in self.edges.values():
            edge.changed.connect(self._take_fields)
        for field in (self.contrast, self.strip_width, self.score, self.above, self.above_known):
            field.valueChanged.connect(self._take_fields)

    def _lay_out(self) -> QFormLayout:
        new = QHBoxLayout()
        new.addWidget(self.kind, 1)
        new.addWidget(self.add_button)
        new.addWidget(self.remove_button)
        fields = QFormLayout()
        for text, field in (
            (_("Name"), self.name),
            (_("Measures"), self.characteristic),
            ("", self.wrong),
            *((text, self.edges[name]) for name, text in _EDGE_FIELDS.items()),
            (_("Height above the board (mm)"), self.above),
            (_("Height known within (± mm)"), self.above_known),
            (_("Least contrast (0 to 255)"), self.contrast),
            (_("Width of the strip (pixels)"), self.strip_width),
            (_("Least likeness (0 to 1)"), self.score),
        ):
            fields.addRow(text, field)
            (field.field if isinstance(field, ChoiceEditor) else field).setAccessibleName(text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addLayout(new)
        column.addLayout(fields)
        column.addWidget(self.second)
        column.addWidget(self.template_button)
        for button in (self.add_button, self.remove_button, self.template_button):
            button.setAutoDefault(False)
        return fields


_CHOOSE = _("Not chosen yet")
_HEIGHT = _(
    "How far the measured edges lie above what the board lay on when the camera was calibrated: the thickness of the "
    "part where its upper edge is measured. What is nearer to the camera looks larger."
)
_HEIGHT_KNOWN = _("95 % of the parts lie within so much of it; it is in the uncertainty of what is measured.")


def _number(parent: QWidget, least: float, most: float, step: float = 1.0) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setRange(least, most)
    box.setSingleStep(step)
    box.setDecimals(2 if step < 1 else 0)
    return indented(box)


def millimetres(parent: QWidget, least: float, most: float) -> QDoubleSpinBox:
    """A length, to a thousandth."""
    box = QDoubleSpinBox(parent)
    box.setRange(least, most)
    box.setDecimals(3)
    return indented(box)


def indented(box: Box) -> Box:
    """As far from its border as in other fields: the padding of a style sheet does not reach the number of a box."""
    box.lineEdit().setTextMargins(INDENT, 0, 0, 0)
    return box
