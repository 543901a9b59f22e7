"""Which measured values are listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.quality.events import ReadingSource
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.peripherals import PeripheralKind

from unison_desktop.frame.place_scope import PlaceScope, chosen, fill
from unison_desktop.kernel.texts import _
from unison_desktop.quality.columns import SOURCES
from unison_desktop.quality.names import Plants, told_apart

_MEASURE = (PeripheralKind.GAUGE, PeripheralKind.CAMERA)


class ValuesScope(PlaceScope):
    """Time, plant, station, characteristic, gauge or camera, how it came in, tolerance, whether it counts."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._known: Sequence[CharacteristicAnswer] = ()
        self._devices: Sequence[PeripheralAnswer] = ()
        self._plants: Plants = {}
        self.device = self.add_choice(_("Gauge or camera"), _("All gauges and cameras"))
        self.station.activated.connect(self.offer)
        self.places.addStretch(1)
        self.characteristic = self.choice(_("Characteristic"), _("All characteristics"))
        self.source = self.choice(_("How it was measured"), _("Measured in any way"))
        for source, words in SOURCES.items():
            if source is not ReadingSource.UNKNOWN:
                self.source.addItem(words, source.value)
        self.tolerance = self.choice(_("Tolerance"), _("In and out of tolerance"))
        self.tolerance.addItem(_("out of tolerance"), "false")
        self.tolerance.addItem(_("in tolerance"), "true")
        self.undone = self.choice(_("Counting"), _("Counting or not"))
        for words, which in ((_("Those that count"), "false"), (_("Taken back"), "true")):
            self.undone.addItem(words, which)
        what = QHBoxLayout()
        for box in (self.characteristic, self.source, self.tolerance, self.undone):
            what.addWidget(box)
        what.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.places)
        column.addLayout(what)

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        self._plants = {one.id: one for one in plants}
        super().show_plants(self._plants.values())
        self.offer()

    def show_characteristics(self, known: Sequence[CharacteristicAnswer]) -> None:
        """Offer these, of the chosen plant, also what is no longer measured."""
        self._known = known
        self.offer()

    def show_devices(self, devices: Iterable[PeripheralAnswer]) -> None:
        """Offer what measures of these, of the chosen plant and station, also what was put away."""
        self._devices = [one for one in devices if one.kind in _MEASURE]
        self.offer()

    def query(self, now: datetime) -> dict[str, object]:
        return {
            **super().query(now),
            "characteristic_id": self.characteristic.currentData(),
            "peripheral_id": self.device.currentData(),
            "source": self.source.currentData(),
            "within_tolerance": self.tolerance.currentData(),
            "undone": self.undone.currentData(),
        }

    def more_words(self) -> list[str]:
        return chosen(self.station, self.device, self.characteristic, self.source, self.tolerance, self.undone)

    def offer(self) -> None:
        super().offer()
        if self._known:
            own = [one for one in self._known if self.is_of_plant(one.plant_id)]
            names = told_apart(own, self._plants)
            fill(self.characteristic, [(names[one.id], one.id) for one in own])
        if self._devices:
            stations = {one.id: one.code for one in self._stations if self.is_of_plant(one.plant_id)}
            at = self.station.currentData()
            here = [one for one in self._devices if one.station_id in stations and at in (None, one.station_id)]
            fill(self.device, [(f"{stations[one.station_id]} {one.name}", one.id) for one in here])
