"""Which machines the board shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from unison_domain.machines.contracts import MachineAnswer, MachineState

from unison_desktop.machines.fleet import Fleet
from unison_desktop.machines.states import LOOKS, shown_state


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """`plant` None means all plants, no `states` means all; every word of `text` must occur somewhere."""

    plant: UUID | None = None
    states: frozenset[MachineState] = frozenset()
    text: str = ""

    def candidates(self, fleet: Fleet, now: datetime) -> list[MachineAnswer]:
        """The machines of the plant and the search, whatever they do: what the summary counts."""
        words = self.text.casefold().split()
        return [
            m
            for m in fleet.machines.values()
            if self._is_here(m) and (not words or _has(words, _words_of(m, fleet, now)))
        ]

    def shown(self, machines: Iterable[MachineAnswer], fleet: Fleet, now: datetime) -> list[MachineAnswer]:
        """Those of the candidates that are in one of the states."""
        return [m for m in machines if not self.states or shown_state(fleet.live(m.id), now) in self.states]

    def _is_here(self, machine: MachineAnswer) -> bool:
        return self.plant is None or machine.plant_id == self.plant


def _words_of(machine: MachineAnswer, fleet: Fleet, now: datetime) -> str:
    live = fleet.live(machine.id)
    parts = [machine.machine_code, machine.name, machine.work_center_name, machine.plant_name, machine.location]
    parts += [live.reason, *live.alarms, LOOKS[shown_state(live, now)].text]
    return "\n".join(part for part in parts if part).casefold()


def _has(words: list[str], text: str) -> bool:
    return all(word in text for word in words)
