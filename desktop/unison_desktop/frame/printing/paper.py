"""What is printed: a heading and parts, each of which gives blocks that stay whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from unison_desktop.frame.colours import LIGHT
from unison_desktop.frame.theme import Look, Type

DPI = 96
"""Paper is measured in such parts of an inch, as the screen is, so what is painted for one fits the other."""
_POINTS = 72
_GAP = 8.0


class PaperLook(Look):
    """Dark on light, whatever the screen shows. Fonts are measured as the paper is, whatever the printer resolves."""

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(LIGHT, app, parent)

    def font(self, type_: Type) -> QFont:
        font = super().font(type_)
        font.setPixelSize(round(font.pointSizeF() * DPI / _POINTS))
        return font


@dataclass(frozen=True, slots=True)
class Block:
    """Something that no page break cuts.

    Attributes:
        paint: paints it with its upper left corner at the origin.
        head: painted above it again where it is the first on a page, e.g. the headings of a table.
    """

    height: float
    paint: Callable[[QPainter], None]
    head: Block | None = None


class Part(Protocol):
    """One thing on paper."""

    def blocks(self, look: Look, width: float) -> Iterator[Block]:
        """It, from top to bottom, `width` wide."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a page prints.

    Attributes:
        title: also proposed as the name of the file.
        notes: what of it is shown, a line each.
        look: what its parts are painted with.
    """

    title: str
    notes: tuple[str, ...]
    parts: tuple[Part, ...]
    look: Look

    def blocks(self, width: float) -> Iterator[Block]:
        """All of it."""
        yield from Words(self.title, Type.TITLE).blocks(self.look, width)
        for note in self.notes:
            yield from Words(note).blocks(self.look, width)
        for part in self.parts:
            yield Block(_GAP, _nothing)
            yield from part.blocks(self.look, width)


@dataclass(frozen=True, slots=True)
class Words:
    """A text, as many lines as it takes."""

    text: str
    type: Type = Type.BODY

    def blocks(self, look: Look, width: float) -> Iterator[Block]:
        font, flags = look.font(self.type), Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        box = QFontMetricsF(font).boundingRect(QRectF(0, 0, width, 10_000), flags, self.text)

        def paint(painter: QPainter) -> None:
            painter.setFont(font)
            painter.setPen(look.colour("text"))
            painter.drawText(QRectF(0, 0, width, box.height()), flags, self.text)

        yield Block(box.height() + 2, paint)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture a widget paints: made for the paper, with its look, and never shown. It goes with its parent."""

    widget: QWidget
    height: float | None = None
    """None: as high as it wants to be."""

    def blocks(self, look: Look, width: float) -> Iterator[Block]:
        self.widget.setFont(look.font(Type.BODY))
        high = round(self.height or self.widget.sizeHint().height())
        self.widget.resize(round(width), high)
        yield Block(high, self._paint)

    def _paint(self, painter: QPainter) -> None:
        self.widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


def _nothing(_painter: QPainter) -> None:
    """Room."""
