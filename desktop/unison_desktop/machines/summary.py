"""How many machines are in which state; a press on a state shows only its machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from unison_domain.machines.contracts import MachineState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _
from unison_desktop.machines.flow_layout import FlowLayout
from unison_desktop.machines.states import LOOKS


class SummaryStrip(QWidget):
    """One button per state that occurs, the urgent ones first.

    Attributes:
        chosen: the states to be shown; empty means all.

    Signals:
        chosen_changed: `chosen` is another now.
    """

    chosen_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, scale: float = 1.0) -> None:
        super().__init__(parent)
        self.chosen: frozenset[MachineState] = frozenset()
        self._theme = theme
        self._quiet = False
        self._counts: Counter[MachineState] = Counter()
        self._font = theme.font(Type.STRONG)
        self._font.setPointSizeF(self._font.pointSizeF() * scale)
        self._total = QLabel(self)
        self._total.setFont(self._font)
        self._total.setContentsMargins(0, 0, round(8 * scale), 0)
        row = FlowLayout(self, spacing=round(6 * scale))
        row.addWidget(self._total)
        icon = round(self.fontMetrics().height() * 1.15 * scale)
        self._buttons = {state: self._button(state, QSize(icon, icon)) for state in LOOKS}
        for button in self._buttons.values():
            row.addWidget(button)
        theme.changed.connect(self._recolour)
        self._recolour()

    def show_states(self, states: Iterable[MachineState]) -> None:
        """Count these, one per machine."""
        counts = Counter(states)
        if counts == self._counts:
            return
        self._counts = counts
        total = counts.total()
        self._total.setText((_("{n} machine") if total == 1 else _("{n} machines")).format(n=total))
        for state, button in self._buttons.items():
            button.setText(f" {counts[state]} {LOOKS[state].text}")
            button.setVisible(counts[state] > 0 or state in self.chosen)

    def set_quiet(self, quiet: bool) -> None:
        """Without colours, for counts of a moment gone by."""
        if quiet != self._quiet:
            self._quiet = quiet
            self._recolour()

    def buttons(self) -> list[QWidget]:
        """What the keyboard reaches, in reading order."""
        return list(self._buttons.values())

    def choose(self, states: frozenset[MachineState]) -> None:
        """Show only these."""
        for state, button in self._buttons.items():
            button.setChecked(state in states)
        self._follow()

    def _button(self, state: MachineState, icon: QSize) -> QToolButton:
        button = QToolButton(self)
        button.setFont(self._font)
        button.setIconSize(icon)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(_("Show only: {state}").format(state=LOOKS[state].text))
        button.hide()
        button.clicked.connect(self._follow)
        return button

    def _follow(self) -> None:
        chosen = frozenset(state for state, button in self._buttons.items() if button.isChecked())
        if chosen != self.chosen:
            self.chosen = chosen
            self.chosen_changed.emit()

    def _recolour(self) -> None:
        for state, button in self._buttons.items():
            look = LOOKS[state]
            tone = Tone.IDLE if self._quiet else look.tone
            button.setIcon(self._theme.icon(look.icon, self._theme.tone(tone).ink))
