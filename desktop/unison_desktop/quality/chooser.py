"""Which characteristic is looked at, how many of its values, and from which time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QLineEdit, QWidget
from unison_domain.quality.contracts import CharacteristicAnswer

from unison_desktop.frame.choice_box import ChoiceBox
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.stretch import StretchField
from unison_desktop.kernel.texts import _
from unison_desktop.quality.names import Plants, told_apart
from unison_desktop.quality.sources import SourceBox

COUNTS = (50, 200, 1000, 5000)
DAYS = (7, 30, 90, 365)
_CHOSEN, _LAST = "quality.characteristic", "quality.last"
_STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""Whoever left so comes back."""

_WIDTH = 24
"""Characters of a name in sight."""


class Chooser(QWidget):
    """Found by any part of the name; characteristic and number are remembered. Time and
    source are not: who comes back to a chart that holds less than there is would be misled.

    Signals:
        changed: another characteristic, number of values, time or source.
    """

    changed = Signal()

    def __init__(self, memory: LayoutMemory, first: str, parent: QWidget) -> None:
        """`first` is the id of what is shown first, empty for what was shown last."""
        super().__init__(parent)
        self._memory = memory
        self._wanted = first or memory.text(_CHOSEN)
        self._known: list[CharacteristicAnswer] = []
        self._plants: Plants = {}
        self.names = ChoiceBox(self)
        self.line = line = QLineEdit(self.names)
        self.names.setLineEdit(line)
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.names.setMinimumContentsLength(_WIDTH)
        self.names.setAccessibleName(_("Characteristic"))
        line.setPlaceholderText(_("Characteristic"))
        line.setAccessibleName(_("Characteristic"))
        self.completer = completer = QCompleter(self.names.model(), self.names)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.names.setCompleter(completer)
        self.names.activated.connect(self._on_name)
        line.editingFinished.connect(self._on_left)
        self.names.installEventFilter(self)
        self.counts = QComboBox(self)
        self.counts.setAccessibleName(_("Number of values"))
        for count in COUNTS:
            self.counts.addItem(QLocale().toString(count), count)
        kept = memory.text(_LAST, str(COUNTS[1]))
        self.counts.setCurrentIndex(max(0, self.counts.findData(int(kept) if kept.isdecimal() else COUNTS[1])))
        self.counts.activated.connect(self._on_count)
        days = [(timedelta(days=n), _("of the last {n} days").format(n=n)) for n in DAYS]
        spans = ((None, _("of all time")), (timedelta(days=1), _("of the last 24 hours")), *days)
        self.times = StretchField(spans, 0, self, yesterday=_("of yesterday"))
        self.times.changed.connect(self.changed)
        self.sources = SourceBox(self)
        self.sources.changed.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.names)
        row.addWidget(QLabel(_("newest"), self))
        row.addWidget(self.counts)
        row.addWidget(self.times)
        row.addWidget(self.sources)

    @property
    def chosen(self) -> CharacteristicAnswer | None:
        """What is looked at."""
        return next((one for one in self._known if str(one.id) == self._wanted), None)

    @property
    def last(self) -> int:
        """How many of the newest values."""
        count: int = self.counts.currentData()
        return count

    def show_characteristics(self, known: Sequence[CharacteristicAnswer]) -> None:
        """Offer these; the choice stays, where it is there, else it is the first that is measured."""
        names = told_apart(known, self._plants)
        self._known = sorted(known, key=lambda one: (not one.is_active, names[one.id].casefold()))
        self.names.clear()
        for one in self._known:
            self.names.addItem(_text(one, names[one.id]), str(one.id))
        if self.chosen is None and self._known:
            self._wanted = str(self._known[0].id)
        self._show_chosen()

    def show_plants(self, plants: Plants) -> None:
        """Name these beside characteristics that are called alike."""
        self._plants = plants
        self.show_characteristics(self._known)

    def choose(self, characteristic_id: UUID) -> None:
        """Look at this one."""
        if self._wanted != str(characteristic_id):
            self._wanted = str(characteristic_id)
            self._show_chosen()
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Left after Enter named none, the line does not tell of it once more."""
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in _STAYS:
            self._on_left()
        return super().eventFilter(watched, event)

    def _on_name(self, place: int) -> None:
        wanted = self.names.itemData(place)
        if wanted != self._wanted:
            self._wanted = wanted
            self._memory.save_text(_CHOSEN, wanted)
            self.changed.emit()
        self._show_name()

    def _on_left(self) -> None:
        """After Enter too: what was typed is chosen where it is the name of one, or a part of one alone."""
        offers = self.completer.popup()
        if offers is not None and self.line.hasFocus() and offers.isVisible() and offers.currentIndex().isValid():
            return  # what is marked in the list is told by `activated`, if the list stays as it is
        places = self._meant()
        if len(places) == 1:
            self.names.setCurrentIndex(places[0])
            self._on_name(places[0])
        elif self.line.hasFocus() and places:
            QTimer.singleShot(0, self, self._offer)
        else:
            self._show_chosen()

    def _meant(self) -> list[int]:
        """Places of what the typed text names, or is a part of; what stands there untouched is what is chosen."""
        typed = self.line.text().strip().casefold()
        chosen = self.names.findData(self._wanted)
        names = [self.names.itemText(place).casefold() for place in range(self.names.count())]
        if not typed or (chosen >= 0 and typed == names[chosen]):
            return [chosen] if chosen >= 0 else []
        return [place for place, name in enumerate(names) if name == typed] or [
            place for place, name in enumerate(names) if typed in name
        ]

    def _offer(self) -> None:
        """Several are meant: they stay in sight, none is chosen."""
        if self.line.hasFocus():
            self.completer.complete()

    def _show_chosen(self) -> None:
        """What was typed and not chosen is nothing."""
        self.names.setCurrentIndex(self.names.findData(self._wanted))
        self._show_name()

    def _show_name(self) -> None:
        """From its beginning, however narrow the box is; all of it in its tool tip."""
        self.line.home(False)
        self.names.setToolTip(self.line.text())

    def _on_count(self) -> None:
        self._memory.save_text(_LAST, str(self.last))
        self.changed.emit()


def _text(one: CharacteristicAnswer, name: str) -> str:
    if one.measurement_unit:
        name += f" ({one.measurement_unit})"
    return name if one.is_active else _("{name} - no longer measured").format(name=name)
