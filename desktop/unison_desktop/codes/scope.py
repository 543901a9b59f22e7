"""Which scans are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from unison_domain.codes.contracts import ScanKind
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import StationAnswer

from unison_desktop.codes.words import KINDS
from unison_desktop.frame.choice_box import place_of
from unison_desktop.frame.stretch import StretchField
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible

_PERIODS = (
    (timedelta(hours=8), _("Last 8 hours")),
    (timedelta(days=1), _("Last 24 hours")),
    (timedelta(days=7), _("Last 7 days")),
    (timedelta(days=90), _("Last 90 days")),
    (None, _("All times")),
)
_TYPING_MS = 300


class ScanScope(QWidget):
    """Time, plant, station, kind, the text or a part of it, a part of the person's name, whether it counts, warnings.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._stations: list[StationAnswer] = []
        self.period = StretchField(_PERIODS, 1, self)
        self.plant, self.station, self.kind, self.undone = (QComboBox(self) for _n in range(4))
        self.text, self.code, self.person = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        self.code.setMaxLength(4096)
        self.warned = QCheckBox(_("With warnings"), self)
        self._name()
        self.plant.addItem(_("All plants"), None)
        self.station.addItem(_("All stations"), None)
        self.kind.addItem(_("All kinds"), None)
        for kind, words in KINDS.items():
            self.kind.addItem(words, kind)
        for words, which in ((_("Counting or not"), None), (_("Those that count"), "false"), (_("Taken back"), "true")):
            self.undone.addItem(words, which)
        self._typed = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typed.timeout.connect(self.changed)
        self.period.changed.connect(self.changed)
        self.plant.activated.connect(self._offer_stations)
        for box in (self.plant, self.station, self.kind, self.undone):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self.changed)
        for field in (self.text, self.code, self.person):
            field.setClearButtonEnabled(True)
            field.textEdited.connect(self._typed.start)
            field.textChanged.connect(self._on_cleared)
        self.warned.clicked.connect(self.changed)
        self._lay_out()

    def let_ask_for_persons(self, may: bool, why_not: str) -> None:
        """Whether scans of a single person can be asked for."""
        self.person.setEnabled(may)
        self.person.setToolTip("" if may else why_not)
        if not may:
            self.person.clear()

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Offer these; what is chosen stays."""
        chosen = self.plant.currentData()
        while self.plant.count() > 1:
            self.plant.removeItem(1)
        for plant in sorted(plants, key=lambda one: one.name.casefold()):
            self.plant.addItem(plant.name, plant.id)
        self.plant.setCurrentIndex(place_of(self.plant, chosen))

    def show_stations(self, stations: Iterable[StationAnswer]) -> None:
        """Offer these, of the chosen plant; what is chosen stays."""
        self._stations = sorted(stations, key=lambda one: one.name.casefold())
        self._offer_stations()

    def show_zone(self, zone: tzinfo | None) -> None:
        """Moments are of these clocks; None: of this PC's."""
        self.period.zone = zone

    def show_code(self, code: str) -> None:
        """Only scans of this code, of all times."""
        self.code.setText(code)
        self.period.choose(None)
        self.changed.emit()

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        stretch, kind = self.period.stretch(), self.kind.currentData()
        begins = stretch.begins_at(now)
        return {
            "plant_id": self.plant.currentData(),
            "station_id": self.station.currentData(),
            "from": begins and begins.isoformat(),
            "to": stretch.ends and stretch.ends.isoformat(),
            "kind": None if kind is None else str(ScanKind(kind)),
            "code": self.code.text() or None,
            "q": self.text.text().strip() or None,
            "person": self.person.text().strip() or None,
            "undone": self.undone.currentData(),
            "warned": "true" if self.warned.isChecked() else None,
        }

    def words(self) -> tuple[str, ...]:
        """The same in a line, as it stands on paper."""
        boxes = (self.station, self.kind, self.undone)
        parts = [self.plant.currentText(), self.period.words()]
        parts += [box.currentText() for box in boxes if box is self.kind or box.currentIndex() > 0]
        typed = (field.text().strip() for field in (self.text, self.code, self.person))
        parts += [f"“{visible(text)}”" for text in typed if text]
        return (" · ".join([*parts, *([self.warned.text()] if self.warned.isChecked() else [])]),)

    def _offer_stations(self) -> None:
        chosen, plant = self.station.currentData(), self.plant.currentData()
        while self.station.count() > 1:
            self.station.removeItem(1)
        for station in self._stations:
            if plant in (None, station.plant_id):
                self.station.addItem(f"{station.code} {station.name}", station.id)
        self.station.setCurrentIndex(place_of(self.station, chosen))

    def _lay_out(self) -> None:
        where, what = QHBoxLayout(), QHBoxLayout()
        where.addWidget(self.period)
        for box in (self.plant, self.station, self.kind):
            where.addWidget(box)
        where.addStretch(1)
        what.addWidget(self.text, 1)
        what.addWidget(self.code, 1)
        what.addWidget(self.person, 1)
        what.addWidget(self.undone)
        what.addWidget(self.warned)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(where)
        column.addLayout(what)

    def _on_cleared(self, text: str) -> None:
        if not text:
            self._typed.start()

    def _name(self) -> None:
        boxes = (self.plant, self.station, self.kind, self.undone)
        for box, name in zip(boxes, (_("Plant"), _("Station"), _("Kind of code"), _("Counting")), strict=True):
            box.setAccessibleName(name)
        fields = (self.text, self.code, self.person)
        for field, name in zip(fields, (_("Part of the text"), _("Exactly this code"), _("Scanned by")), strict=True):
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
