"""Which kept pictures are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import MachineAnswer

from unison_desktop.frame.place_scope import PlaceScope, fill
from unison_desktop.kernel.texts import _
from unison_desktop.stations.pictures.columns import REASONS
from unison_desktop.stations.pictures.wanted import Wanted


class PictureScope(PlaceScope):
    """Time, plant, station, machine, and why they were kept."""

    def __init__(self, wanted: Wanted, parent: QWidget) -> None:
        super().__init__(parent)
        self._wanted = wanted
        self._machines: Sequence[MachineAnswer] = ()
        self.machine = self.add_choice(_("Machine"), _("All machines"))
        self.reason = self.add_choice(_("Why they were kept"), _("All reasons"))
        for reason, words in REASONS.items():
            self.reason.addItem(words, reason.value)
        if wanted.machine_id is not None:
            self.machine.addItem(_("the chosen machine"), wanted.machine_id)
            self.machine.setCurrentIndex(1)
        self.places.addStretch(1)
        self.places.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self.places)

    def show_machines(self, machines: Sequence[MachineAnswer]) -> None:
        """Offer these, of the chosen plant."""
        self._machines = machines
        self.offer()

    def show_zone(self, zone: tzinfo | None) -> None:
        """The wanted time is shown by these clocks, once."""
        super().show_zone(zone)
        begins, ends = self._wanted.begins, self._wanted.ends
        if begins is not None and ends is not None:
            self.period.show_between(begins, ends)
            self._wanted = Wanted()

    def query(self, now: datetime) -> dict[str, object]:
        return {
            **super().query(now),
            "machine_id": self.machine.currentData(),
            "reason": self.reason.currentData(),
        }

    def offer(self) -> None:
        super().offer()
        if self._machines:
            own = [one for one in self._machines if self.is_of_plant(one.plant_id)]
            fill(self.machine, [(f"{one.machine_code} {one.name}", one.id) for one in own])
