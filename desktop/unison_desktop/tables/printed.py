"""A table on paper: the columns and rows that are shown, in their order, with the headings on every page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from unison_desktop.frame.printing.paper import Block
from unison_desktop.frame.theme import Look, Type
from unison_desktop.tables.columns import Align
from unison_desktop.tables.row_model import RowModel
from unison_desktop.tables.view import GridView

_PAD = 4.0
_FLAGS = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight,
    Align.CENTER: Qt.AlignmentFlag.AlignHCenter,
}


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    left: float
    width: float
    align: Align

    def flags(self) -> int:
        return int(_FLAGS[self.align] | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)

    def height(self, metrics: QFontMetricsF) -> float:
        box = QRectF(0, 0, self.width - 2 * _PAD, 10_000)
        return metrics.boundingRect(box, self.flags(), self.text or " ").height() + _PAD


class Seen(Protocol):
    """What shows rows: a table, or a page that shows them itself."""

    @property
    def view(self) -> GridView:
        """How they are seen."""

    @property
    def model(self) -> RowModel:
        """The rows and columns."""


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """The rows the filter leaves; columns share the width as they do on the screen. Texts break, nothing is cut."""

    table: Seen

    def blocks(self, look: Look, width: float) -> Iterator[Block]:
        view, model = self.table.view, self.table.model
        shown = view.shown_columns()
        columns = [model.columns[place] for place in shown]
        grid = PrintedGrid(
            tuple(column.title for column in columns),
            tuple(float(view.columnWidth(place)) for place in shown),
            tuple(column.align for column in columns),
            ([column.shown(row) for column in columns] for row in model.rows()),
        )
        yield from grid.blocks(look, width)
        if not model.rowCount():
            yield _line([view.notice], [Align.LEFT], [width], look, Type.BODY)


@dataclass(frozen=True, slots=True)
class PrintedGrid:
    """Rows of texts below their titles.

    Attributes:
        shares: the columns' widths in proportion. lines: a text for each column.
    """

    titles: Sequence[str]
    shares: Sequence[float]
    aligns: Sequence[Align]
    lines: Iterable[Sequence[str]]

    def blocks(self, look: Look, width: float) -> Iterator[Block]:
        metrics = QFontMetricsF(look.font(Type.STRONG))
        least = [max(metrics.horizontalAdvance(word) for word in title.split()) + 3 * _PAD for title in self.titles]
        widths = shared(self.shares, least, width)
        heading = _line(self.titles, self.aligns, widths, look, Type.STRONG)
        yield heading
        for texts in self.lines:
            line = _line(texts, self.aligns, widths, look, Type.BODY)
            yield Block(line.height, line.paint, heading)


def _line(texts: Sequence[str], aligns: Sequence[Align], widths: Sequence[float], look: Look, type_: Type) -> Block:
    lefts = [sum(widths[:n]) for n in range(len(widths))]
    cells = [_Cell(*one) for one in zip(texts, lefts, widths, aligns, strict=True)]
    font = look.font(type_)
    metrics = QFontMetricsF(font)
    height = max(cell.height(metrics) for cell in cells)
    return Block(height, partial(_paint, cells, font, height, look))


def shared(seen: Sequence[float], least: Sequence[float], width: float) -> list[float]:
    """The width, shared as it is seen, no column narrower than its least; all those widths if there is too little."""
    narrow: set[int] = set()
    while True:
        left = width - sum(least[n] for n in narrow)
        whole = sum(one for n, one in enumerate(seen) if n not in narrow)
        widths = [least[n] if n in narrow else left * one / whole for n, one in enumerate(seen)]
        more = {n for n, one in enumerate(widths) if one < least[n]}
        if not more:
            return widths if left >= 0 else [one * width / sum(least) for one in least]
        narrow |= more
        if len(narrow) == len(seen):
            return [one * width / sum(least) for one in least]


def _paint(cells: list[_Cell], font: QFont, height: float, look: Look, painter: QPainter) -> None:
    painter.setFont(font)
    painter.setPen(look.colour("text"))
    for cell in cells:
        box = QRectF(cell.left + _PAD, _PAD / 2, cell.width - 2 * _PAD, height - _PAD / 2)
        painter.drawText(box, cell.flags(), cell.text)
    painter.setPen(QPen(look.colour("line"), 0.7))
    right = cells[-1].left + cells[-1].width
    painter.drawLine(0, round(height), round(right), round(height))
