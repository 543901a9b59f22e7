"""Which scans are shown."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from unison_domain.codes.contracts import ScanKind

from unison_desktop.codes.words import KINDS
from unison_desktop.frame.place_scope import PlaceScope, chosen, typed
from unison_desktop.frame.typed_fields import TypedFields
from unison_desktop.kernel.texts import _


class ScanScope(PlaceScope):
    """Time, plant, station, kind, the text or a part of it, a part of a person's name, whether it counts, warnings."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = self.add_choice(_("Kind of code"), _("All kinds"))
        self.places.addStretch(1)
        self.undone = self.choice(_("Counting"), _("Counting or not"))
        self.text, self.code, self.person = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        self.warned = QCheckBox(_("With warnings"), self)
        for kind, words in KINDS.items():
            self.kind.addItem(words, kind)
        for words, which in ((_("Those that count"), "false"), (_("Taken back"), "true")):
            self.undone.addItem(words, which)
        names = (_("Part of the text"), _("Exactly this code"), _("Scanned by"))
        self._typed = TypedFields(dict(zip((self.text, self.code, self.person), names, strict=True)), self)
        self._typed.changed.connect(self.changed)
        self.warned.clicked.connect(self.changed)
        self._lay_out()

    def let_ask_for_persons(self, may: bool, why_not: str) -> None:
        """Whether scans of a single person can be asked for."""
        self.person.setEnabled(may)
        self.person.setToolTip("" if may else why_not)
        if not may:
            self.person.clear()

    def show_code(self, code: str) -> None:
        """Only scans of this code, of all times."""
        self.code.setText(code)
        self.period.choose(None)
        self.changed.emit()

    def query(self, now: datetime) -> dict[str, object]:
        kind = self.kind.currentData()
        return {
            **super().query(now),
            "kind": None if kind is None else str(ScanKind(kind)),
            "code": self.code.text() or None,
            "q": self.text.text().strip() or None,
            "person": self.person.text().strip() or None,
            "undone": self.undone.currentData(),
            "warned": "true" if self.warned.isChecked() else None,
        }

    def more_words(self) -> list[str]:
        boxes = [*chosen(self.station), self.kind.currentText(), *chosen(self.undone)]
        warned = [self.warned.text()] if self.warned.isChecked() else []
        return [*boxes, *typed(self.text, self.code, self.person), *warned]

    def _lay_out(self) -> None:
        what = QHBoxLayout()
        for field in (self.text, self.code, self.person):
            what.addWidget(field, 1)
        what.addWidget(self.undone)
        what.addWidget(self.warned)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.places)
        column.addLayout(what)
