"""A picture of a station, with what it shows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _


class PictureDialog(QDialog):
    """Shows it as large as the window, with words above; a failure is told in its place."""

    def __init__(self, theme: Theme, parent: QWidget, *, title: str, facts: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{title} - Unison")
        self.resize(960, 720)
        words = QLabel(facts, self)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        self.notice = ToneLabel(theme, self)
        self.notice.say(_("Loading…"))
        self.picture = FittedPicture(self)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self.notice)
        column.addWidget(self.picture, 1)

    def show_answer(self, call: Call) -> None:
        """Show the file the call brings; the dialog owns the call."""
        call.done.connect(self._show)
        call.failed.connect(self._fail)

    def _show(self, file: bytes) -> None:
        if self.picture.load(file):
            self.notice.hide()
        else:
            self.notice.say(_("The file is no picture this program can show."), Tone.BAD)

    def _fail(self, error: ApiError) -> None:
        self.notice.say(error.message, Tone.BAD)


class FittedPicture(QWidget):
    """A picture as large as fits, in its own proportions."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self.setAccessibleName(_("Picture of the station"))

    def load(self, file: bytes) -> bool:
        """Show this file; False where it is none."""
        self._pixmap.loadFromData(file)
        self.update()
        return not self._pixmap.isNull()

    def clear(self) -> None:
        """Show none."""
        self._pixmap = QPixmap()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self._pixmap.isNull():
            return
        fit = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left, top = (self.width() - fit.width()) // 2, (self.height() - fit.height()) // 2
        painter.drawPixmap(left, top, fit.width(), fit.height(), self._pixmap)
        painter.end()
