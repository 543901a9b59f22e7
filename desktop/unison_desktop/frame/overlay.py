"""A card over the window, the rest dimmed; the base of palette, shortcut sheet and message history."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme

_WIDEST, _HIGHEST = 560, 600


class Overlay(QWidget):
    """Covers its parent while open; Escape or a click beside the card closes it and gives the focus back.

    Attributes:
        card: what is seen; subclasses fill it.

    Signals:
        closed: it is out of the way.
    """

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.theme = theme
        self._focus_before: QWidget | None = None
        self.card = QFrame(self)
        self.card.setProperty("role", "overlay")
        self.card_layout = QVBoxLayout(self.card)
        self.card_layout.setContentsMargins(0, 0, 0, 0)
        self.card_layout.setSpacing(0)
        parent.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the card on top, alone, and take the keyboard."""
        for other in self._covered.findChildren(Overlay):
            other.close_card()
        self._focus_before = QApplication.focusWidget()
        self.setGeometry(self._covered.rect())
        self.place_card()
        self.show()
        self.raise_()
        self.first_focus().setFocus(Qt.FocusReason.PopupFocusReason)

    def close_card(self) -> None:
        """Go away."""
        if self.isHidden():
            return
        self.hide()
        if self._focus_before is not None and self._focus_before.isVisible():
            self._focus_before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._focus_before = None
        self.closed.emit()

    def place_card(self) -> None:
        """Put the card where it belongs in the covered area: in the middle."""
        width, height = min(_WIDEST, self.width() - 40), min(_HIGHEST, self.height() - 40)
        self.card.setGeometry((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    def first_focus(self) -> QWidget:
        """What gets the keyboard when the card opens."""
        return self.card

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._covered.rect())
            self.place_card()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - as Qt has it
        """Tab stays on the card: what is dimmed can't be used."""
        stops = [widget for widget in self.card.findChildren(QWidget) if _takes_tab(widget)]
        if stops:
            focused = QApplication.focusWidget()
            at = stops.index(focused) if focused in stops else -1
            stops[(at + (1 if next else -1)) % len(stops)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_card()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(6, 12, 20, 120))
        painter.end()


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled()


class CardScroll(QScrollArea):
    """Scrolls a widget on a card; the card's ground shows through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)

    def setWidget(self, widget: QWidget) -> None:
        super().setWidget(widget)
        widget.setAutoFillBackground(False)  # Qt has just turned it on
