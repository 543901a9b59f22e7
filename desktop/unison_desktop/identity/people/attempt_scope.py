"""Which attempts to sign in are read."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget
from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_desktop.frame.stretch import StretchField
from unison_desktop.identity.people.words import OUTCOMES
from unison_desktop.kernel.own_clock import own_zone
from unison_desktop.kernel.texts import _

_PERIODS = (
    (timedelta(days=1), _("Last 24 hours")),
    (timedelta(days=7), _("Last 7 days")),
    (timedelta(days=90), _("Last 90 days")),
    (None, _("All times")),
)
_ALWAYS = 3


class AttemptScope(QWidget):
    """Time, outcome and address.

    Attributes:
        period, outcome, address: what is asked for.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget, *, of_everybody: bool) -> None:
        """Of one's own no address can be asked for."""
        super().__init__(parent)
        self._sought = ""
        self.period = StretchField(_PERIODS, _ALWAYS, self)
        self.outcome = QComboBox(self)
        self.outcome.setAccessibleName(_("Outcome"))
        self.outcome.setMinimumContentsLength(18)
        self.outcome.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.outcome.addItem(_("All outcomes"), None)
        for outcome, words in OUTCOMES.items():
            if outcome is not SignInOutcome.UNKNOWN:
                self.outcome.addItem(words, outcome)
        self.address = QLineEdit(self)
        self.address.setPlaceholderText(_("Address"))
        self.address.setAccessibleName(_("Address"))
        self.address.setClearButtonEnabled(True)
        self.address.setMaxLength(100)
        self.address.setVisible(of_everybody)
        self.period.changed.connect(self.changed)
        self.outcome.activated.connect(self.changed)
        self.address.editingFinished.connect(self._on_address)
        self.address.textChanged.connect(self._on_cleared)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.period, self.outcome, self.address):
            row.addWidget(widget)

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        self.period.zone = own_zone()
        stretch = self.period.stretch()
        begins = stretch.begins_at(now)
        asked = {
            "from": begins and begins.isoformat(),
            "to": stretch.ends and stretch.ends.isoformat(),
            "outcome": self.outcome.currentData(),
            "address": self.address.text().strip() or None,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def _on_address(self) -> None:
        if self.address.text().strip() != self._sought:
            self._sought = self.address.text().strip()
            self.changed.emit()

    def _on_cleared(self, text: str) -> None:
        if not text:
            self._on_address()
