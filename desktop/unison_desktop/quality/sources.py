"""Whose values a chart is of: those of all stations, of one, or of one gauge or camera there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget
from unison_domain.quality.contracts import MeasurementAnswer

from unison_desktop.frame.choice_box import ChoiceBox, place_of
from unison_desktop.kernel.texts import _

_WIDTH = 14
"""Characters in sight."""


@dataclass(frozen=True, slots=True)
class Source:
    """A station, and a gauge or camera; what is None is any."""

    station_id: UUID | None = None
    peripheral_id: UUID | None = None

    def has(self, one: MeasurementAnswer) -> bool:
        """Whether a value is of it."""
        return self.station_id in (None, one.station_id) and self.peripheral_id in (None, one.peripheral_id)

    def query(self) -> dict[str, object]:
        """The same as the server understands it."""
        return {"station_id": self.station_id, "peripheral_id": self.peripheral_id}


EVERY = Source()


def gauges_by_station(values: Iterable[MeasurementAnswer]) -> dict[Source, set[Source]]:
    """Which stations values are of, and which gauges and cameras of each; what was typed in the desktop is of none."""
    found: dict[Source, set[Source]] = defaultdict(set)
    for one in values:
        if one.station_id is not None:
            gauges = found[Source(one.station_id)]
            if one.peripheral_id is not None:
                gauges.add(Source(one.station_id, one.peripheral_id))
    return found


class SourceBox(ChoiceBox):
    """Offers where values came from that were seen since `reset`; it is there once there is something to choose.

    Signals:
        changed: the person chose another.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names: dict[Source, str] = {}
        self.setAccessibleName(_("Stations and gauges"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_WIDTH)
        self.activated.connect(self.changed)
        self.reset()

    @property
    def source(self) -> Source:
        """What is chosen."""
        chosen = self.currentData()
        return chosen if isinstance(chosen, Source) else EVERY

    def reset(self) -> None:
        """All, and nothing else to choose."""
        self._names.clear()
        self.clear()
        self.addItem(_("All stations"), EVERY)
        self.hide()

    def offer(self, values: Collection[MeasurementAnswer]) -> None:
        """Offer where these came from, too; what is chosen stays."""
        known = len(self._names)
        for one in values:
            if one.station_id is not None and one.station_name is not None:
                self._names.setdefault(Source(one.station_id), one.station_name)
                if one.peripheral_id is not None and one.peripheral_name is not None:
                    gauge = Source(one.station_id, one.peripheral_id)
                    self._names.setdefault(gauge, f"{one.station_name} · {one.peripheral_name}")
        if len(self._names) == known:
            return
        chosen = self.source
        while self.count() > 1:
            self.removeItem(1)
        for source, name in sorted(self._names.items(), key=lambda item: item[1].casefold()):
            if self._is_one_of_several(source):
                self.addItem(name, source)
        self.setCurrentIndex(place_of(self, chosen))
        self.setVisible(self.count() > 1)

    def _is_one_of_several(self, source: Source) -> bool:
        if source.peripheral_id is None:
            return sum(one.peripheral_id is None for one in self._names) > 1
        return sum(one.peripheral_id is not None and one.station_id == source.station_id for one in self._names) > 1
