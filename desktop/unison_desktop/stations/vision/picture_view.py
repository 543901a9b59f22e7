"""A picture to lay tools upon, with what they found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget
from unison_domain.stations.camera_commands import Place
from unison_domain.stations.picture_tools import PlaneCalibration

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme

ZOOM = 1.25
LARGEST_ZOOM = 40.0
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PictureView(QGraphicsView):
    """Zooms by wheel, + and -; fits with 0. Arrows nudge by a pixel, with Shift by ten, with Ctrl the end alone.

    Places are pixels of the picture, (0, 0) the middle of the first.

    Signals:
        drawn: two places: where the mouse was pressed and where it is let go.
        nudged: x, y, and whether the end alone moves.
    """

    drawn = Signal(object, object)
    nudged = Signal(float, float, bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._begun: Place | None = None
        self._ended: Place | None = None
        self._tool: list[list[Place]] = []
        self._paths: Sequence[Sequence[Place]] = ()
        self._points: Sequence[Place] = ()
        self._hull: list[Place] = []
        self._item = QGraphicsPixmapItem()
        self._item.setOffset(-0.5, -0.5)
        scene = QGraphicsScene(self)
        scene.addItem(self._item)
        self.setScene(scene)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 240)
        theme.changed.connect(self._recolour)
        self._recolour()

    def show_picture(self, image: QImage, whole: QSize | None = None) -> None:
        """Show another, drawn as large as the `whole` camera's picture where it is a small one of that; all of it where
        its size differs from the one before."""
        had = self._item.pixmap().size()
        if whole is not None and whole != image.size():
            image = image.scaled(whole, mode=Qt.TransformationMode.SmoothTransformation)
        self._item.setPixmap(QPixmap.fromImage(image))
        self.setSceneRect(self._item.boundingRect())
        if had != image.size():
            self.fit()

    def show_tool(self, outlines: list[list[Place]]) -> None:
        """Show where the tool lies; what was found before is no longer true."""
        self._tool = outlines
        self.show_found((), ())

    def show_found(self, points: Sequence[Place], paths: Sequence[Sequence[Place]]) -> None:
        """Show what a tool found."""
        self._points, self._paths = points, paths
        self.viewport().update()

    def show_hull(self, calibration: PlaneCalibration | None) -> None:
        """Show where the board was when the camera was calibrated; nothing where nobody knows."""
        hull = calibration.hull if calibration is not None else None
        self._hull = [*hull, hull[0]] if hull else []
        self.viewport().update()

    def fit(self) -> None:
        """Show the whole picture."""
        if not self._item.pixmap().isNull():
            self.fitInView(self._item, Qt.AspectRatioMode.KeepAspectRatio)

    def zoom(self, factor: float) -> None:
        """Closer or farther, within reason."""
        if 0.05 < self.transform().m11() * factor < LARGEST_ZOOM:
            self.scale(factor, factor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(ZOOM if event.angleDelta().y() > 0 else 1 / ZOOM)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._begun = self._ended = self._place(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._begun is not None:
            self._ended = self._place(event)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._begun is not None:
            begun, self._begun, self._ended = self._begun, None, None
            self.drawn.emit(begun, self._place(event))
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is not None:
            far = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            end_alone = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.nudged.emit(arrow[0] * far, arrow[1] * far, end_alone)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(1 / ZOOM)
        elif event.key() == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, [self._hull], QColor(self._theme.tone(Tone.WARNING).fill), 1.0)
        self._draw(painter, self._tool, QColor(self._theme.tone(Tone.INFO).fill), 2.0)
        self._draw(painter, self._paths, QColor(self._theme.tone(Tone.GOOD).fill), 2.0)
        self._draw_points(painter)
        if self._begun is not None and self._ended is not None:
            self._draw(painter, [[self._begun, self._ended]], QColor(self._theme.tone(Tone.WARNING).fill), 2.0)

    def _draw(self, painter: QPainter, paths: Sequence[Sequence[Place]], colour: QColor, width: float) -> None:
        """Dark beneath, so that it is seen on any picture."""
        for shade, wide in ((QColor(0, 0, 0, 160), width + 2), (colour, width)):
            pen = QPen(shade, wide)
            pen.setCosmetic(True)
            painter.setPen(pen)
            for path in paths:
                painter.drawPolyline(QPolygonF([QPointF(*place) for place in path]))

    def _draw_points(self, painter: QPainter) -> None:
        size = 4 / self.transform().m11()
        crosses = []
        for x, y in self._points:
            crosses += [[(x - size, y - size), (x + size, y + size)], [(x - size, y + size), (x + size, y - size)]]
        self._draw(painter, crosses, QColor(self._theme.tone(Tone.GOOD).fill), 1.5)

    def _place(self, event: QMouseEvent) -> Place:
        """Within the picture."""
        at, size = self.mapToScene(event.position().toPoint()), self._item.pixmap().size()
        return min(max(at.x(), 0.0), max(0.0, size.width() - 1)), min(max(at.y(), 0.0), max(0.0, size.height() - 1))

    def _recolour(self) -> None:
        self.setBackgroundBrush(self._theme.colour("window"))
        self.viewport().update()
