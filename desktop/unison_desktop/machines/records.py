"""Machines as Ctrl+K finds them."""

from __future__ import annotations

from unison_domain.machines.contracts import MachineAnswer

from unison_desktop.frame.place import Place, Record


def record(machine: object) -> Record:
    """How a machine is named in the list to jump to."""
    assert isinstance(machine, MachineAnswer)  # noqa: S101 - the list it comes from holds nothing else
    place = ", ".join(part for part in (machine.plant_name, machine.work_center_name) if part)
    detail = f"{machine.name} · {place}" if place else machine.name
    return Record(machine.machine_code, detail, Place("machine", str(machine.id)), "machine")
