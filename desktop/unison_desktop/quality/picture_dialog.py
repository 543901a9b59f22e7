"""The picture a value was measured in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget
from unison_domain.quality.contracts import MeasurementAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.quality import calls
from unison_desktop.quality.columns import value_text

RIGHT = "stations.picture.read"


class PictureDialog(QDialog):
    """Shows it as large as the window, with what was measured above; a failure is told in its place."""

    def __init__(self, desk: Desk, measurement: MeasurementAnswer, facts: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{measurement.characteristic_name} {value_text(measurement)} - Unison")
        self.resize(960, 720)
        words = QLabel(facts, self)
        words.setWordWrap(True)
        self.notice = ToneLabel(desk.theme, self)
        self.notice.say(_("Loading…"))
        self.picture = _Picture(self)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self.notice)
        column.addWidget(self.picture, 1)
        call = calls.picture(desk.session.client, measurement.picture or "", owner=self)
        call.done.connect(self._show)
        call.failed.connect(self._fail)

    def _show(self, file: bytes) -> None:
        if self.picture.load(file):
            self.notice.hide()
        else:
            self.notice.say(_("The file is no picture this program can show."), Tone.BAD)

    def _fail(self, error: ApiError) -> None:
        self.notice.say(error.message, Tone.BAD)


class _Picture(QWidget):
    """A picture as large as fits, in its own proportions."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self.setAccessibleName(_("Picture of the measured part"))

    def load(self, file: bytes) -> bool:
        """Show this file; False where it is none."""
        self._pixmap.loadFromData(file)
        self.update()
        return not self._pixmap.isNull()

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
