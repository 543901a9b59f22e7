"""Where the person is, and the places above."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _


class _Crumb(QPushButton):
    """One step of the way."""

    def __init__(self, text: str, place: Place, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.place = place
        self.setProperty("role", "crumb")


class _Here(QLabel):
    """The title again, which gives way where the bar is full: it stands large below."""

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, box = QPainter(self), self.contentsRect()
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class Breadcrumb(QWidget):
    """The steps to the page as links; the last is the page itself.

    Signals:
        go: the `Place` to go to.
    """

    go = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._steps: list[QWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setAccessibleName(_("Where you are"))

    def show_trail(self, above: list[tuple[str, Place]], title: str) -> None:
        """Show the places above, then the title."""
        for step in self._steps:
            self._row.removeWidget(step)
            step.hide()
            step.deleteLater()
        self._steps.clear()
        for text, place in above:
            crumb = _Crumb(text, place, self)
            crumb.clicked.connect(self._on_clicked)
            self._add(crumb)
            between = QLabel(self)
            between.setPixmap(self._theme.pixmap("chevron", 16, "edge"))
            self._add(between)
        here = _Here(title, self)
        here.setFont(self._theme.font(Type.STRONG))
        here.setContentsMargins(6, 0, 0, 0)
        self._add(here)

    def _add(self, step: QWidget) -> None:
        self._steps.append(step)
        self._row.addWidget(step)

    def _on_clicked(self) -> None:
        crumb = self.sender()
        if isinstance(crumb, _Crumb):
            self.go.emit(crumb.place)
