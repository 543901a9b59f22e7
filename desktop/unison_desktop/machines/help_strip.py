"""The open calls above the board: who is needed where, since when, and one button for the next step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget
from unison_domain.machines.calls import CallAnswer, CallState

from unison_desktop.identity.session import Session
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.calls import Step
from unison_desktop.machines.durations import brief_text
from unison_desktop.machines.flow_layout import FlowLayout
from unison_desktop.machines.help_calls import CALLED_TEXTS, HelpCalls, next_step

_AGES_EVERY_MS = 10_000
_STEPS = {"answer": _("I am coming"), "arrive": _("Is there"), "done": _("Done"), "withdraw": _("Nobody needed")}


class CallCard(QFrame):
    """One call.

    Attributes:
        call: what it tells of. button: says the next step.
        withdraw_button: the call was a mistake; only until somebody is there.
    """

    def __init__(self, call: CallAnswer, calls: HelpCalls, now: Callable[[], datetime], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice" if call.state is CallState.CALLED else "card")
        self.call, self._calls, self._now = call, calls, now
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(_STEPS[next_step(call)], self)
        self.button.clicked.connect(partial(self._say, next_step(call)))
        self.withdraw_button = QPushButton(_STEPS["withdraw"], self)
        self.withdraw_button.setProperty("role", "quiet")
        self.withdraw_button.clicked.connect(partial(self._say, "withdraw"))
        self.withdraw_button.setVisible(call.arrived_at is None)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 6, 6)
        row.addWidget(self._text)
        row.addWidget(self.button)
        row.addWidget(self.withdraw_button)
        self.tick()

    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def tick(self) -> None:
        """Say the age anew."""
        self._text.setText(_told(self.call, self._now()))
        for button in (self.button, self.withdraw_button):
            button.setAccessibleName(f"{self._text.text()}: {button.text()}")

    def allow(self, allowed: bool, why_not: str) -> None:
        """Whether its steps can be said."""
        self.button.setToolTip("" if allowed else why_not)
        self.withdraw_button.setToolTip(_("It was called by mistake: take the call back") if allowed else why_not)
        for button in (self.button, self.withdraw_button):
            button.setEnabled(allowed)

    def _say(self, step: Step, _checked: bool = False) -> None:
        for button in (self.button, self.withdraw_button):
            button.setEnabled(False)  # once; what comes of it brings another card
        self._calls.say(self.call, step)


class HelpStrip(QWidget):
    """A card per open call, the longest waiting first; hidden while there is none."""

    def __init__(self, calls: HelpCalls, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._calls, self._session = calls, session
        self.cards: list[CallCard] = []
        self._row = FlowLayout(self, spacing=8)
        self._ages = QTimer(self, interval=_AGES_EVERY_MS)
        self._ages.timeout.connect(self._on_ages)
        self.setAccessibleName(_("Calls for help"))
        calls.changed.connect(self._show)
        calls.plants_known.connect(self._guard)
        session.events.link_changed.connect(self._guard)
        session.rights_changed.connect(self._guard)
        self._show()

    def _show(self) -> None:
        for card in self.cards:
            self._row.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [CallCard(call, self._calls, self._session.clock.now, self) for call in self._calls.calls]
        for card in self.cards:
            self._row.addWidget(card)
            card.show()
        self._guard()
        self.setVisible(bool(self.cards))
        if self.cards:
            self._ages.start()
        else:
            self._ages.stop()

    def _guard(self) -> None:
        for card in self.cards:
            why_not = self._calls.against(card.call)
            if not why_not and not self._session.is_online:
                why_not = _("Not while the server is away.")
            card.allow(not why_not, why_not)

    def _on_ages(self) -> None:
        for card in self.cards:
            card.tick()


def _told(call: CallAnswer, now: datetime) -> str:
    """E.g. `M1 Mill 1: Maintenance, called 4 min ago by Ada (not verified), on the way`."""
    begun = call.arrived_at or call.called_at
    age = brief_text((now - begun).total_seconds())
    caller = person_text(call.person, call.person_is_verified)
    since = _("called {age} ago by {person}") if caller else _("called {age} ago")
    if call.arrived_at is not None:
        since = _("there for {age}")
    words = [CALLED_TEXTS[call.called], since.format(age=age, person=caller)]
    if call.arrived_at is not None:
        words.append(person_text(call.arrived_by_name, call.arrived_by_is_verified))
    elif call.answered_at is not None:
        words += [_("on the way"), call.answered_by_name or ""]
    return f"{call.machine_code} {call.machine_name}: {', '.join(filter(None, words))}"
