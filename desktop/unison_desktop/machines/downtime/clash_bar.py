"""Says that somebody was quicker, what is so now, and what was wanted."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import NO_REASON, SOMEBODY, Book, cause_text
from unison_desktop.machines.downtime.editing import Clash


class ClashBar(QFrame):
    """One clash after the other; nobody's typing is disturbed until the person looks.

    Signals:
        looked: the `Clash` the person wants to look at.
    """

    looked = Signal(object)

    def __init__(self, book: Book, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self._book = book
        self._waiting: list[Clash] = []
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.look = QPushButton(_("Look at it"), self)
        self.look.clicked.connect(self._on_look)
        self.leave = QPushButton(_("Leave it so"), self)
        self.leave.clicked.connect(self._next)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self.words, 1)
        row.addWidget(self.look)
        row.addWidget(self.leave)
        self.hide()

    def add(self, clash: Clash) -> None:
        """Tell this one too."""
        self._waiting = [one for one in self._waiting if one.now.id != clash.now.id] + [clash]
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._waiting))
        if self._waiting:
            self.words.setText(self._text(self._waiting[0]))
            self.words.setAccessibleName(self.words.text())

    def _text(self, clash: Clash) -> str:
        event = clash.now
        who = clash.changed_by or self._book.reporter(event) or SOMEBODY
        text = _("{who} changed it meanwhile: {machine}, {time} is now {cause}.")
        if clash.is_of_states:
            text = _("It is part of another stop by now, for the machine's states changed: {machine}, {time}, {cause}.")
        said = text.format(
            who=who,
            machine=event.machine_name,
            time=self._book.start(event).strftime("%H:%M"),
            cause=cause_text(event) or NO_REASON,
        )
        return f"{said} {self._mine(clash)}".strip()

    def _mine(self, clash: Clash) -> str:
        """What the person wanted, where the page keeps it ready."""
        if clash.cut is not None:
            text = _("You wanted to split it at {time}; that is kept for a second try.")
            at = clash.cut.at.astimezone(self._book.zone_of(clash.now))
            return text.format(time=moment_text(at, "%H:%M:%S"))
        if clash.wanted is None:
            return ""
        return _("You wanted {mine}; it is kept for a second try.").format(mine=self._book.reason_name(clash.wanted))

    def _on_look(self) -> None:
        clash = self._waiting[0]
        self._next()
        self.looked.emit(clash)

    def _next(self) -> None:
        del self._waiting[:1]
        self._show()
