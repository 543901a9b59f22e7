"""What most lists are narrowed by: a time, a plant, a station of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import StationAnswer

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


class PlaceScope(QWidget):
    """Time, plant and station; a list adds what else it is narrowed by.

    Attributes:
        places: the line they stand in.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._stations: Sequence[StationAnswer] = ()
        self.period = StretchField(_PERIODS, 1, self, yesterday=_("Yesterday"))
        self.period.changed.connect(self.changed)
        self.places = QHBoxLayout()
        self.places.addWidget(self.period)
        self.plant = self.add_choice(_("Plant"), _("All plants"))
        self.station = self.add_choice(_("Station"), _("All stations"))
        self.plant.activated.disconnect(self.changed)
        self.plant.activated.connect(self._on_plant)

    def add_choice(self, name: str, every: str) -> QComboBox:
        """One more box in the line, whose first choice is all of them."""
        box = self.choice(name, every)
        self.places.addWidget(box)
        return box

    def choice(self, name: str, every: str) -> QComboBox:
        """A box like those, for another place."""
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.addItem(every, None)
        box.activated.connect(self.changed)
        return box

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Offer these; what is chosen stays."""
        fill(self.plant, [(plant.name, plant.id) for plant in plants])

    def show_stations(self, stations: Sequence[StationAnswer]) -> None:
        """Offer these, of the chosen plant; what is chosen stays."""
        self._stations = stations
        self.offer()

    def plant_of(self, station_id: UUID) -> UUID | None:
        """Where a station that is offered stands."""
        return next((one.plant_id for one in self._stations if one.id == station_id), None)

    def show_zone(self, zone: tzinfo | None) -> None:
        """Moments are of these clocks; None: of this PC's."""
        self.period.zone = zone

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        stretch = self.period.stretch()
        begins = stretch.begins_at(now)
        return {
            "plant_id": self.plant.currentData(),
            "station_id": self.station.currentData(),
            "from": begins and begins.isoformat(),
            "to": stretch.ends and stretch.ends.isoformat(),
        }

    def words(self) -> tuple[str, ...]:
        """The same in a line, as it stands on paper."""
        return (" · ".join([self.plant.currentText(), self.period.words(), *self.more_words()]),)

    def more_words(self) -> list[str]:
        """What is chosen beside plant and time."""
        return chosen(self.station)

    def is_of_plant(self, plant_id: object) -> bool:
        """Whether the chosen plant is this one, or none is chosen."""
        return self.plant.currentData() in (None, plant_id)

    def offer(self) -> None:
        """Offer what belongs to the chosen plant."""
        own = [one for one in self._stations if self.is_of_plant(one.plant_id)]
        fill(self.station, [(f"{one.code} {one.name}", one.id) for one in own])

    def _on_plant(self) -> None:
        """What can't be chosen any more is not asked for."""
        self.offer()
        self.changed.emit()


def chosen(*boxes: QComboBox) -> list[str]:
    """What is chosen in those where not all is."""
    return [box.currentText() for box in boxes if box.currentIndex() > 0]


def typed(*fields: QLineEdit) -> list[str]:
    """What is typed into those where something is."""
    return [f"“{visible(text)}”" for text in (field.text().strip() for field in fields) if text]


def fill(box: QComboBox, items: Iterable[tuple[str, object]]) -> None:
    """Behind the first, which is all of them; what is chosen stays where it is offered still."""
    chosen = box.currentData()
    while box.count() > 1:
        box.removeItem(1)
    for text, value in sorted(items, key=lambda item: item[0].casefold()):
        box.addItem(text, value)
    box.setCurrentIndex(place_of(box, chosen))
