"""Of which plant, which machine and which time downtime is shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from unison_domain.kernel.contracts import EARLIEST
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.choice_box import ChoiceBox
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.stretch import StretchField
from unison_desktop.kernel.texts import _

_PERIODS = (
    (timedelta(hours=8), _("Last 8 hours")),
    (timedelta(days=1), _("Last 24 hours")),
    (timedelta(days=7), _("Last 7 days")),
    (timedelta(days=14), _("Last 14 days")),
    (timedelta(days=30), _("Last 30 days")),
)
_LONGEST = timedelta(days=30)
_KEY = "downtime.scope"
_USUAL = timedelta(days=14)


class _Chosen(BaseModel):
    """What is looked at; None is all: of `period`, all that wait for a reason. `own` are two moments in its place."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    plant_id: UUID | None = None
    machine_id: UUID | None = None
    period: timedelta | None = _USUAL
    own: tuple[AwareDatetime, AwareDatetime] | None = None

    @classmethod
    def remembered(cls, memory: LayoutMemory) -> Self:
        """As the person chose last; what can't be read is as it came."""
        try:
            return cls.model_validate_json(memory.text(_KEY, "{}"))
        except ValidationError:
            return cls()


class ScopeBar(QWidget):
    """Three choices, the same on all pages of downtime.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(
        self, parent: QWidget, memory: LayoutMemory, machine_id: UUID | None = None, *, has_queue: bool = False
    ) -> None:
        """`machine_id`: the one machine the page is about, whatever was chosen before. `has_queue`: of the page, which
        can then be shown however long something waits.
        """
        super().__init__(parent)
        self._memory = memory
        self._is_of_machine = machine_id is not None
        self._machines: list[MachineAnswer] = []
        self._has_queue = has_queue
        self._plants, self._machine = ChoiceBox(self), ChoiceBox(self)
        for box, name in ((self._plants, _("Plant")), (self._machine, _("Machine"))):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._plants.addItem(_("All plants"), None)
        self._machine.addItem(_("All machines"), None)
        waiting = [(None, _("Last 30 days, and all without a reason"))] if has_queue else []
        self.period = StretchField([*_PERIODS, *waiting], 0, self)
        self.period.choice.setAccessibleName(_("Period"))
        self._show(_Chosen(machine_id=machine_id) if machine_id is not None else _Chosen.remembered(memory))
        self._plants.activated.connect(self._on_plant)
        self._machine.activated.connect(self._on_other)
        self.period.changed.connect(self._on_other)
        self._fit()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._plants, self._machine, self.period):
            row.addWidget(widget)

    def recall(self) -> None:
        """Choose what was chosen meanwhile on another page."""
        chosen = _Chosen.remembered(self._memory)
        if not self._is_of_machine and chosen != self._chosen():
            self._show(chosen)
            self._fit()
            if self._machines:
                self._offer_machines()
            self.changed.emit()

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Offer these; what is chosen stays."""
        before = self._chosen()
        _offer(self._plants, [(plant.name, plant.id) for plant in plants])
        self._settle(before)

    def show_machines(self, machines: Iterable[MachineAnswer]) -> None:
        """Offer those of the chosen plant; what is chosen stays."""
        before = self._chosen()
        self._machines = sorted(machines, key=lambda one: one.name.casefold())
        self._offer_machines()
        self._settle(before)

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        chosen = self._chosen()
        start, end = chosen.own or (now - (chosen.period or _LONGEST), None)
        until = {"to": end.isoformat()} if end is not None else {}
        return {"plant_id": chosen.plant_id, "machine_id": chosen.machine_id, "from": start.isoformat(), **until}

    def queue_query(self, now: datetime) -> dict[str, object]:
        """The same for the queue: nothing that waits falls out of it by its age, if so chosen."""
        chosen = self._chosen()
        since = {"from": EARLIEST.isoformat()} if chosen.period is None and chosen.own is None else {}
        return {**self.query(now), **since}

    def machine_id(self) -> UUID | None:
        """The one machine that is looked at; None for several."""
        chosen: UUID | None = self._machine.currentData()
        return chosen

    def words(self) -> tuple[str, ...]:
        """The same in a line, as it stands on paper."""
        return (" · ".join((self._plants.currentText(), self._machine.currentText(), self.period.words())),)

    def _settle(self, before: _Chosen) -> None:
        """What was remembered and is not there any more is not looked at."""
        if self._chosen() != before and not self._is_of_machine:
            self._on_other()

    def _offer_machines(self) -> None:
        plant: UUID | None = self._plants.currentData()
        here = [(one.name, one.id) for one in self._machines if plant in (None, one.plant_id)]
        _offer(self._machine, here)

    def _on_plant(self) -> None:
        self._offer_machines()
        self._on_other()

    def _fit(self) -> None:
        """Two moments need the place that the longest name of a period would take."""
        policy = QComboBox.SizeAdjustPolicy
        is_own = self._chosen().own is not None
        self.period.choice.setMinimumContentsLength(len(self.period.choice.currentText()) if is_own else 0)
        self.period.choice.setSizeAdjustPolicy(
            policy.AdjustToMinimumContentsLengthWithIcon if is_own else policy.AdjustToContents
        )

    def _on_other(self) -> None:
        self._fit()
        self._memory.save_text(_KEY, self._chosen().model_dump_json())
        self.changed.emit()

    def _chosen(self) -> _Chosen:
        time = self.period.stretch()
        own = (time.begins, time.ends) if time.begins is not None and time.ends is not None else None
        places = {"plant_id": self._plants.currentData(), "machine_id": self._machine.currentData()}
        return _Chosen(**places, period=time.span, own=own)

    def _show(self, chosen: _Chosen) -> None:
        _choose(self._plants, _("This plant"), chosen.plant_id)
        _choose(self._machine, _("This machine"), chosen.machine_id)
        if chosen.own is not None:
            self.period.show_between(*chosen.own)
            return
        wanted = chosen.period if chosen.period is not None or self._has_queue else _LONGEST
        spans = [span for span, _words in _PERIODS]
        self.period.choose(wanted if wanted in spans or wanted is None else _USUAL)


def _choose(box: QComboBox, text: str, wanted: UUID | None) -> None:
    """Also what is not offered yet, because the names were not read."""
    place = next((n for n in range(box.count()) if box.itemData(n) == wanted), None)
    if place is None:
        box.addItem(text, wanted)
    box.setCurrentIndex(box.count() - 1 if place is None else place)


def _offer(box: QComboBox, choices: list[tuple[str, UUID]]) -> None:
    kept = box.currentData()
    while box.count() > 1:
        box.removeItem(1)
    for text, value in choices:
        box.addItem(text, value)
    box.setCurrentIndex(next((n for n in range(box.count()) if box.itemData(n) == kept), 0))
