"""What wheel and drag do to the time axis, for those who don't know of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from unison_desktop.kernel.texts import _
from unison_desktop.machines.time_axis import ZOOM_STEP, DayAxis


class ZoomButtons(QWidget):
    """Zoom out, zoom in, whole day, latest hours.

    Signals:
        latest_asked: the newest is to be seen again, as when the page was opened.
    """

    latest_asked = Signal()

    def __init__(self, axis: DayAxis, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis, self._now = axis, now
        self.out = self._button("−", _("Zoom out"), _("wheel down, or −"))  # noqa: RUF001 - the sign of the key
        self.into = self._button("+", _("Zoom in"), _("wheel up, or +; drag to move"))
        self.whole = self._button(_("Whole day"), _("Whole day"), _("double click, or 0"))
        self.latest = self._button(_("Latest"), _("Latest hours"), _("what is new stays in sight"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.out, self.into, self.whole, self.latest):
            row.addWidget(button)
        self.out.clicked.connect(self._zoom_out)
        self.into.clicked.connect(self._zoom_in)
        self.whole.clicked.connect(axis.fit)
        self.latest.clicked.connect(self.latest_asked)
        axis.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Offer what would change something."""
        is_whole = self._axis.shown == self._axis.bounds
        self.whole.setEnabled(not is_whole)
        self.out.setEnabled(not is_whole)

    def _zoom_in(self) -> None:
        self._axis.zoom(ZOOM_STEP**2, self._now())

    def _zoom_out(self) -> None:
        self._axis.zoom(ZOOM_STEP**-2, self._now())

    def _button(self, text: str, name: str, how: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(name)
        button.setToolTip(f"{name} ({how})")
        return button
