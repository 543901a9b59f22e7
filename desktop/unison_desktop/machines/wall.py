"""The board for the wall: one screen, nothing to scroll, readable from across the hall."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from unison_desktop.frame.contact import Contact, ContactBar
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _
from unison_desktop.machines.board_filter import BoardFilter
from unison_desktop.machines.board_view import BoardView
from unison_desktop.machines.fleet import Fleet
from unison_desktop.machines.states import shown_state
from unison_desktop.machines.summary import SummaryStrip

_SCALE = 1.35
_LOUD = 2.4
"""What must be seen from across the hall, times ordinary text."""


class Wall(QWidget):
    """A window of its own with the machines of a plant and search; the states are filtered on the page only.

    Signals:
        closed: the window is gone.
        machine_opened: id of a machine somebody wants to see.
    """

    closed = Signal()
    machine_opened = Signal(object)

    def __init__(self, fleet: Fleet, theme: Theme, contact: Contact, wanted: BoardFilter, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Machines"))
        self._fleet, self._contact, self._wanted = fleet, contact, wanted
        self.board = BoardView(fleet, theme, self, fill_screen=True)
        self.summary = SummaryStrip(theme, self, scale=_SCALE)
        self.summary.chosen_changed.connect(self._show_machines)
        self._clock = QLabel(self)
        font = theme.font(Type.FIGURE)
        self._clock.setFont(font)
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addSpacing(24)
        top.addWidget(self._clock)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 14, 24, 16)
        column.addLayout(top)
        column.addWidget(ContactBar(contact, theme, self, scale=_LOUD))
        column.addWidget(self.board, 1)
        for keys in ("Esc", "Shift+F11"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.close)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._tick)
        self._second.start()
        fleet.listed.connect(self._show_machines)
        fleet.changed.connect(self._on_changed)
        self.board.states_aged.connect(self._show_machines)
        self.board.machine_opened.connect(self.machine_opened)
        contact.changed.connect(self._show_machines)
        self._show_machines()
        self._tick()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def _on_changed(self, ids: Iterable[UUID]) -> None:
        del ids
        self._show_machines()

    def _show_machines(self) -> None:
        as_of = self._contact.as_of
        self.board.set_as_of(as_of)
        self.summary.set_quiet(as_of is not None)
        now = as_of or self._fleet.now()
        wanted = BoardFilter(self._wanted.plant, self.summary.chosen, self._wanted.text)
        candidates = wanted.candidates(self._fleet, now)
        self.summary.show_states(shown_state(self._fleet.live(m.id), now) for m in candidates)
        self.board.show_machines(wanted.shown(candidates, self._fleet, now))

    def _tick(self) -> None:
        self._clock.setText(f"{self._fleet.now().astimezone():%H:%M}")
