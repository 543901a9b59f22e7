"""Which scans are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QWidget
from unison_domain.codes.contracts import ScanKind
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.codes.words import KINDS
from unison_desktop.kernel.texts import _

_PERIODS = (
    (timedelta(hours=8), _("Last 8 hours")),
    (timedelta(days=1), _("Last 24 hours")),
    (timedelta(days=7), _("Last 7 days")),
    (timedelta(days=90), _("Last 90 days")),
    (None, _("All times")),
)
_TYPING_MS = 300


class ScanScope(QWidget):
    """Plant, time, kind, a part of the text, a part of the person's name, warnings.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.plant, self.period, self.kind = (QComboBox(self) for _n in range(3))
        self.text, self.person = QLineEdit(self), QLineEdit(self)
        self.warned = QCheckBox(_("With warnings"), self)
        self._name()
        self.plant.addItem(_("All plants"), None)
        self.kind.addItem(_("All kinds"), None)
        for span, words in _PERIODS:
            self.period.addItem(words, span)
        for kind, words in KINDS.items():
            self.kind.addItem(words, kind)
        self.period.setCurrentIndex(1)
        self._typed = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typed.timeout.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for box in (self.plant, self.period, self.kind):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self.changed)
            row.addWidget(box)
        for field in (self.text, self.person):
            field.setClearButtonEnabled(True)
            field.textEdited.connect(self._typed.start)
            field.textChanged.connect(self._on_cleared)
            row.addWidget(field, 1)
        self.warned.clicked.connect(self.changed)
        row.addWidget(self.warned)

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Offer these; what is chosen stays."""
        chosen = self.plant.currentData()
        while self.plant.count() > 1:
            self.plant.removeItem(1)
        for plant in sorted(plants, key=lambda one: one.name.casefold()):
            self.plant.addItem(plant.name, plant.id)
        self.plant.setCurrentIndex(max(0, self.plant.findData(chosen)))

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        span, kind = self.period.currentData(), self.kind.currentData()
        return {
            "plant_id": self.plant.currentData(),
            "from": None if span is None else (now - span).isoformat(),
            "kind": None if kind is None else str(ScanKind(kind)),
            "q": self.text.text().strip() or None,
            "person": self.person.text().strip() or None,
            "warned": "true" if self.warned.isChecked() else None,
        }

    def words(self) -> tuple[str, ...]:
        """The same in a line, as it stands on paper."""
        parts = [box.currentText() for box in (self.plant, self.period, self.kind)]
        parts += [f"“{field.text().strip()}”" for field in (self.text, self.person) if field.text().strip()]
        return (" · ".join([*parts, *([self.warned.text()] if self.warned.isChecked() else [])]),)

    def _on_cleared(self, text: str) -> None:
        if not text:
            self._typed.start()

    def _name(self) -> None:
        for box, name in ((self.plant, _("Plant")), (self.period, _("Period")), (self.kind, _("Kind of code"))):
            box.setAccessibleName(name)
        for field, name in ((self.text, _("Part of the text")), (self.person, _("Scanned by"))):
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
