"""The stripe above everything that says: this is practice, nothing done here is real."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.identity.session import Session
from unison_desktop.kernel.texts import _

_STRIPE = 22
"""Width of a stripe, in pixels."""


class PracticeBanner(QWidget):
    """Shown for as long as the window is one of a practice organization; its button leads back to the real one."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        me = session.me
        self.words = QLabel(_("Practice: nothing done here is real"), self)
        self.words.setFont(theme.font(Type.TITLE))
        self._where = QLabel(me.organization_name if me is not None else "", self)
        self.back = QPushButton(_("Back to the real organization"), self)
        self.back.setToolTip(_("Ends practising on this PC"))
        self.back.clicked.connect(session.leave_practice)
        self.back.setEnabled(session.can_leave_practice)
        if not session.can_leave_practice:
            self.back.setToolTip(_("You signed in here directly: sign out, and sign in to the real organization."))
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 7, 12, 7)
        row.setSpacing(14)
        row.addWidget(self.words)
        row.addWidget(self._where, 1)
        row.addWidget(self.back, 0, Qt.AlignmentFlag.AlignRight)
        theme.changed.connect(self._recolour)
        self._recolour()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self._theme.tone(Tone.CARE)
        painter.fillRect(self.rect(), QColor(tone.fill))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tone.ink))
        height = self.height()
        for left in range(-height, self.width(), 2 * _STRIPE):
            foot = (QPoint(left, height), QPoint(left + _STRIPE, height))
            top = (QPoint(left + _STRIPE + height, 0), QPoint(left + height, 0))
            painter.drawPolygon(QPolygon([*foot, *top]))

    def _recolour(self) -> None:
        colour = self._theme.tone(Tone.CARE).on_fill
        for label in (self.words, self._where):
            label.setStyleSheet(f"color: {colour}; background: transparent;")
        self.update()
