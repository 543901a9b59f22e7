"""The single status word of a machine, from the asset's life and what it does now."""

from __future__ import annotations

from unison_domain.machines.contracts import DerivedStatus, LifeCycle, MachineState

_STATUS = {
    MachineState.RUNNING: DerivedStatus.RUNNING,
    MachineState.NO_OUTPUT: DerivedStatus.RUNNING,
    MachineState.STOPPED: DerivedStatus.IDLE,
    MachineState.STARVED: DerivedStatus.IDLE,
    MachineState.BLOCKED: DerivedStatus.IDLE,
    MachineState.SETUP: DerivedStatus.SETUP,
    MachineState.CLEANING: DerivedStatus.SETUP,
    MachineState.MANUAL: DerivedStatus.SETUP,
    MachineState.MAINTENANCE: DerivedStatus.MAINTENANCE,
    MachineState.FAULT: DerivedStatus.DOWN,
    MachineState.EMERGENCY_STOP: DerivedStatus.DOWN,
    MachineState.UNKNOWN: DerivedStatus.UNKNOWN,
}


def derived_status(life_cycle: LifeCycle, state: MachineState) -> DerivedStatus:
    """What the machine is, in one word; out of service whatever its signals say when its life says so."""
    if life_cycle is not LifeCycle.IN_SERVICE:
        return DerivedStatus.OUT_OF_SERVICE
    return _STATUS[state]
