"""Plants, work centers and machines that come back into use."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from unison_domain.machines.contracts import MachineAnswer

from unison_desktop.kernel.texts import _
from unison_desktop.machines.setup import calls
from unison_desktop.tables.returning import Returnable


def returnables(against: Callable[[calls.Thing], str]) -> tuple[Returnable, ...]:
    """What comes back; `against` says why the person may not bring a thing back, if they may not."""
    return (
        Returnable(
            _("Plant"), "sites.plant", calls.plants_out_of_use, calls.reactivate, _coded, lambda _plant: None, against
        ),
        Returnable(
            _("Work center"),
            "machines.work_center",
            calls.work_centers_out_of_use,
            calls.reactivate,
            _coded,
            lambda center: center.plant_id,
            against,
        ),
        Returnable(
            _("Machine"),
            "machines.machine",
            calls.machines_out_of_use,
            calls.reactivate,
            _coded,
            _above_machine,
            against,
        ),
    )


def _coded(thing: calls.Thing) -> str:
    return f"{thing.machine_code if isinstance(thing, MachineAnswer) else thing.code} {thing.name}"


def _above_machine(machine: MachineAnswer) -> UUID:
    return machine.work_center_id or machine.plant_id
