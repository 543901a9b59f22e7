"""How reporting reads a stop that is over."""

from __future__ import annotations

from unison_domain.machines.contracts import MachineState, StopClass

_NO_STOP = (MachineState.RUNNING, MachineState.NO_OUTPUT, MachineState.UNKNOWN)


def classify(
    state: MachineState, duration_seconds: float | None, micro_stop_seconds: float, reason: str | None
) -> StopClass | None:
    """The class of a stop, or None for what is no stop: a machine that runs, is unknown, or has not ended its stop yet.

    A stop is specified by a reason or by its own state (starved, setup, fault, …). Only a plain stop nobody explained
    can be a micro-stop, when it was no longer than `micro_stop_seconds`.
    """
    if duration_seconds is None or state in _NO_STOP:
        return None
    if reason or state is not MachineState.STOPPED:
        return StopClass.SPECIFIED
    return StopClass.MICRO_STOP if duration_seconds <= micro_stop_seconds else StopClass.UNSPECIFIED
