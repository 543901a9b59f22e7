"""A text as a QR code (ISO/IEC 18004), for the camera of another device."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import zxingcpp
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from typing_extensions import Buffer

_QUIET = 4
"""Modules of light around the code, which readers need."""
_LEAST_MODULE = 5
"""Pixels: what a telephone reads off a screen at arm's length."""
_DARK, _LIGHT = QColor("black"), QColor("white")
"""Whatever the theme is: many readers take no light code on dark ground."""


class QrCode(QWidget):
    """Shows a text as a picture; nothing before it is given one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dark: list[QRect] = []
        self._modules = 0

    def show_text(self, text: str) -> None:
        """Show this text.

        Raises:
            ValueError: it is longer than a QR code holds, 2331 bytes.
        """
        image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
            scale=1, add_quiet_zones=False
        )
        modules = memoryview(cast("Buffer", image))  # its stub does not say so
        wide = modules.shape[1] if modules.shape else 0
        dark = (place for place, light in enumerate(modules.tobytes()) if not light)
        self._dark = [QRect(place % wide + _QUIET, place // wide + _QUIET, 1, 1) for place in dark]
        self._modules = wide + 2 * _QUIET
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        side = self._modules * _LEAST_MODULE
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _LIGHT)
        painter.scale(_LEAST_MODULE, _LEAST_MODULE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_DARK)
        painter.drawRects(self._dark)
        painter.end()
