"""Puts blocks on pages, with a heading and a foot, and paints them on whatever has pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QLocale, QMarginsF, QRectF, Qt
from PySide6.QtGui import QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPen

from unison_desktop.frame.printing.paper import DPI, Block, Paper
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.texts import _

_MARGIN_MM = 12.0
_FOOT = 26.0
Placed = tuple[float, Block]


def page_layout() -> QPageLayout:
    """Landscape, because what is printed is wide; of the size people here have in their printers."""
    imperial = QLocale().measurementSystem() is QLocale.MeasurementSystem.ImperialUSSystem
    size = QPageSize(QPageSize.PageSizeId.Letter if imperial else QPageSize.PageSizeId.A4)
    margins = QMarginsF(*(_MARGIN_MM,) * 4)
    return QPageLayout(size, QPageLayout.Orientation.Landscape, margins, QPageLayout.Unit.Millimeter)


def placed(blocks: Iterable[Block], height: float) -> list[list[Placed]]:
    """The blocks of each page with their distance from its top; one higher than a page has a page of its own."""
    pages: list[list[Placed]] = [[]]
    y = 0.0
    for block in blocks:
        if pages[-1] and y + block.height > height:
            pages.append([])
            y = 0.0
            if block.head is not None:
                pages[-1].append((0.0, block.head))
                y = block.head.height
        pages[-1].append((y, block))
        y += block.height
    return pages


class Press:
    """Paints one paper, again and again where a preview wants it.

    Attributes:
        at: when it was printed, by the clock of the page; told in the foot.
        by: who printed it.
    """

    def __init__(self, paper: Paper, at: datetime, by: str) -> None:
        self.paper, self.at, self.by = paper, at, by

    def paint(self, device: QPagedPaintDevice) -> bool:
        """Paint all pages; False where the device can't be painted on, e.g. a file that can't be written."""
        painter = QPainter()
        if not painter.begin(device):
            return False
        scale = device.logicalDpiX() / DPI
        width, height = device.width() / scale, device.height() / scale
        pages = placed(self.paper.blocks(width), height - _FOOT)
        for number, page in enumerate(pages, start=1):
            if number > 1:
                device.newPage()
            painter.save()
            painter.scale(scale, scale)
            for y, block in page:
                painter.save()
                painter.translate(0, y)
                block.paint(painter)
                painter.restore()
            self._paint_foot(painter, QRectF(0, height - _FOOT, width, _FOOT), number, len(pages))
            painter.restore()
        return painter.end()

    def _paint_foot(self, painter: QPainter, box: QRectF, number: int, pages: int) -> None:
        look = self.paper.look
        painter.setPen(QPen(look.colour("line"), 1.0))
        painter.drawLine(box.topLeft(), box.topRight())
        painter.setFont(look.font(Type.SMALL))
        painter.setPen(look.colour("muted"))
        text = _("{title}, printed {time} by {person}")
        printed = text.format(title=self.paper.title, time=f"{self.at:%Y-%m-%d %H:%M %z}", person=self.by)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, f"Unison · {printed}")
        counted = _("Page {n} of {pages}").format(n=number, pages=pages)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, counted)
