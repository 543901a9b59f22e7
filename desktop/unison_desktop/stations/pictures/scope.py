"""Which kept pictures are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import StationAnswer

from unison_desktop.frame.choice_box import place_of
from unison_desktop.frame.stretch import StretchField
from unison_desktop.kernel.texts import _
from unison_desktop.stations.pictures.columns import REASONS
from unison_desktop.stations.pictures.wanted import Wanted

_PERIODS = (
    (timedelta(hours=8), _("Last 8 hours")),
    (timedelta(days=1), _("Last 24 hours")),
    (timedelta(days=7), _("Last 7 days")),
    (timedelta(days=90), _("Last 90 days")),
    (None, _("All times")),
)


class PictureScope(QWidget):
    """Time, plant, station, machine, and why they were kept.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(self, wanted: Wanted, parent: QWidget) -> None:
        super().__init__(parent)
        self._wanted = wanted
        self._stations: Sequence[StationAnswer] = ()
        self._machines: Sequence[MachineAnswer] = ()
        self.period = StretchField(_PERIODS, 1, self)
        self.plant, self.station, self.machine, self.reason = (QComboBox(self) for _n in range(4))
        names = (_("Plant"), _("Station"), _("Machine"), _("Why they were kept"))
        for box, name, every in zip(self._boxes(), names, _EVERY, strict=True):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.addItem(every, None)
            box.activated.connect(self.changed)
        for reason, words in REASONS.items():
            self.reason.addItem(words, reason.value)
        if wanted.machine_id is not None:
            self.machine.addItem(_("the chosen machine"), wanted.machine_id)
            self.machine.setCurrentIndex(1)
        self.plant.activated.connect(self._offer)
        self.period.changed.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.period)
        for box in self._boxes():
            row.addWidget(box)
        row.addStretch(1)

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Offer these; what is chosen stays."""
        _fill(self.plant, [(plant.name, plant.id) for plant in plants])

    def show_stations(self, stations: Sequence[StationAnswer]) -> None:
        """Offer these, of the chosen plant."""
        self._stations = stations
        self._offer()

    def show_machines(self, machines: Sequence[MachineAnswer]) -> None:
        """Offer these, of the chosen plant."""
        self._machines = machines
        self._offer()

    def show_zone(self, zone: tzinfo | None) -> None:
        """Moments are of these clocks; None: of this PC's. The wanted time is shown by them, once."""
        self.period.zone = zone
        begins, ends = self._wanted.begins, self._wanted.ends
        if begins is not None and ends is not None:
            self.period.show_between(begins, ends)
            self._wanted = Wanted()

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        stretch = self.period.stretch()
        begins = stretch.begins_at(now)
        return {
            "plant_id": self.plant.currentData(),
            "station_id": self.station.currentData(),
            "machine_id": self.machine.currentData(),
            "reason": self.reason.currentData(),
            "from": begins and begins.isoformat(),
            "to": stretch.ends and stretch.ends.isoformat(),
        }

    def _offer(self) -> None:
        plant = self.plant.currentData()
        stations = [(f"{one.code} {one.name}", one.id) for one in self._stations if plant in (None, one.plant_id)]
        machines = [
            (f"{one.machine_code} {one.name}", one.id) for one in self._machines if plant in (None, one.plant_id)
        ]
        _fill(self.station, stations)
        if self._machines:
            _fill(self.machine, machines)

    def _boxes(self) -> tuple[QComboBox, ...]:
        return self.plant, self.station, self.machine, self.reason


_EVERY = (_("All plants"), _("All stations"), _("All machines"), _("All reasons"))


def _fill(box: QComboBox, items: Iterable[tuple[str, UUID]]) -> None:
    """Behind the first, which is all of them; what is chosen stays where it is offered still."""
    chosen = box.currentData()
    while box.count() > 1:
        box.removeItem(1)
    for text, id_ in sorted(items, key=lambda item: item[0].casefold()):
        box.addItem(text, id_)
    box.setCurrentIndex(place_of(box, chosen))
