"""Which refused values are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from unison_domain.stations.contracts import StationAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from unison_desktop.frame.place_scope import PlaceScope, chosen, fill, typed
from unison_desktop.frame.typed_fields import TypedFields
from unison_desktop.kernel.texts import _
from unison_desktop.stations.peripherals.words import KINDS


class RefusedScope(PlaceScope):
    """Time, plant, station, kind of device, one device, a part of what came or of the reason."""

    def __init__(self, peripheral_id: UUID | None, parent: QWidget) -> None:
        """`peripheral_id` is the one that is wanted, of all times."""
        super().__init__(parent)
        self._devices: Sequence[PeripheralAnswer] = ()
        self.kind = self.add_choice(_("Kind of device"), _("All kinds"))
        self.device = self.add_choice(_("Device"), _("All devices"))
        for kind, words in KINDS.items():
            self.kind.addItem(words, kind.value)
        if peripheral_id is not None:
            self.device.addItem(_("the chosen device"), peripheral_id)
            self.device.setCurrentIndex(1)
            self.period.choose(None)
        self.station.activated.connect(self.offer)
        self.places.addStretch(1)
        self.text = QLineEdit(self)
        self._typed = TypedFields({self.text: _("Part of what came, or of the reason")}, self)
        self._typed.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.places)
        column.addWidget(self.text)

    def show_devices(self, devices: Iterable[PeripheralAnswer]) -> None:
        """Offer these, of the chosen plant and station."""
        self._devices = list(devices)
        self.offer()

    def query(self, now: datetime) -> dict[str, object]:
        return {
            **super().query(now),
            "kind": self.kind.currentData(),
            "peripheral_id": self.device.currentData(),
            "q": self.text.text().strip() or None,
        }

    def more_words(self) -> list[str]:
        return [*chosen(self.station, self.kind, self.device), *typed(self.text)]

    def offer(self) -> None:
        super().offer()
        if self._devices:
            stations = {one.id: one for one in self._stations if self.is_of_plant(one.plant_id)}
            chosen = self.station.currentData()
            own = [one for one in self._devices if one.station_id in stations and chosen in (None, one.station_id)]
            fill(self.device, [(_device_words(one, stations), one.id) for one in own])


def _device_words(device: PeripheralAnswer, stations: dict[UUID, StationAnswer]) -> str:
    return f"{stations[device.station_id].code} {device.name}"
