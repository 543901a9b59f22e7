"""Which overrides are shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from unison_desktop.frame.place_scope import PlaceScope, chosen, typed
from unison_desktop.frame.typed_fields import TypedFields
from unison_desktop.kernel.texts import _
from unison_desktop.stations.overrides.words import KINDS


class OverrideScope(PlaceScope):
    """Time, plant, station, kind, whether it counts, a part of a person's name."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.period.choose(timedelta(days=7))
        self.kind = self.add_choice(_("Kind of override"), _("All kinds"))
        self.done = self.add_choice(_("Counting"), _("Counting or not"))
        for kind, words in KINDS.items():
            self.kind.addItem(words, kind.value)
        for words, which in ((_("Those that count"), "true"), (_("Refused or not done"), "false")):
            self.done.addItem(words, which)
        self.places.addStretch(1)
        self.person = QLineEdit(self)
        self._typed = TypedFields({self.person: _("Done or confirmed by")}, self)
        self._typed.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.places)
        column.addWidget(self.person)

    def let_ask_for_persons(self, may: bool, why_not: str) -> None:
        """Whether overrides of a single person can be asked for."""
        self.person.setEnabled(may)
        self.person.setToolTip("" if may else why_not)
        if not may:
            self.person.clear()

    def query(self, now: datetime) -> dict[str, object]:
        return {
            **super().query(now),
            "kind": self.kind.currentData(),
            "done": self.done.currentData(),
            "person": self.person.text().strip() or None,
        }

    def more_words(self) -> list[str]:
        return [*chosen(self.station, self.kind, self.done), *typed(self.person)]
