"""What the patterns of the timeline mean, and how long each state lasted."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget
from unison_domain.machines.contracts import MachineState, StateTotal

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _
from unison_desktop.machines.durations import total_text
from unison_desktop.machines.flow_layout import FlowLayout
from unison_desktop.machines.grounds import paint_state
from unison_desktop.machines.shares import share_text
from unison_desktop.machines.states import LOOKS, RANK


class Legend(QWidget):
    """One entry per state that occurred, the longest first.

    Attributes:
        words: what is said of each.

    Signals:
        state_pressed: a `MachineState` whose intervals somebody wants to see.
    """

    state_pressed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.words: dict[MachineState, str] = {}
        self._row = FlowLayout(self, spacing=2)
        self._buttons = {state: self._button(state) for state in LOOKS}
        theme.changed.connect(self._recolour)
        self._recolour()

    def show_totals(self, totals: Iterable[StateTotal]) -> None:
        """Show these; states without time are left out."""
        shown = sorted((t for t in totals if t.seconds > 0), key=lambda t: (-t.seconds, RANK[t.state]))
        words = {total.state: _words(total) for total in shown}
        if list(words.items()) == list(self.words.items()):
            return  # it is asked every second, and mostly nothing is new
        self.words = words
        while self._row.count():
            self._row.takeAt(0)
        for state, text in words.items():
            self._buttons[state].setText(f" {text}")
            self._row.addWidget(self._buttons[state])
        for state, button in self._buttons.items():
            button.setVisible(state in words)
        self._claim_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._claim_height()

    def _claim_height(self) -> None:
        """A splitter doesn't ask what a width takes in height."""
        self.setMinimumHeight(self._row.heightForWidth(self.width()))

    def _button(self, state: MachineState) -> QToolButton:
        button = QToolButton(self)
        button.setFont(self._theme.font(Type.SMALL))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(_("Show only these in the table: {state}").format(state=LOOKS[state].text))
        button.setProperty("state", state.value)
        button.clicked.connect(self._on_pressed)
        button.hide()
        return button

    def _on_pressed(self) -> None:
        self.state_pressed.emit(MachineState(self.sender().property("state")))

    def _recolour(self) -> None:
        size = QSize(self.fontMetrics().height() * 2, self.fontMetrics().height())
        for state, button in self._buttons.items():
            button.setIconSize(size)
            button.setIcon(self._swatch(state, size))

    def _swatch(self, state: MachineState, size: QSize) -> QIcon:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_state(painter, self._theme, state, QRectF(0, 0, size.width(), size.height()), size.height())
        high = round(size.height() * 0.9)
        tone = self._theme.tone(LOOKS[state].tone)
        ink = tone.ink if state is MachineState.UNKNOWN else tone.on_fill
        icon = self._theme.pixmap(LOOKS[state].icon, high, ink)
        painter.drawPixmap(round((size.width() - high) / 2), round((size.height() - high) / 2), icon)
        painter.end()
        return QIcon(picture)


def _words(total: StateTotal) -> str:
    share = f" · {share_text(total.share)}" if total.share is not None else ""
    return f"{LOOKS[total.state].text} {total_text(total.seconds)}{share}"
