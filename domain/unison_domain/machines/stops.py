"""Which stops ask a person why, and how reporting reads one that is over: one rule for office and station."""

from __future__ import annotations

from unison_domain.machines.contracts import MachineState, StopClass

_TELL_NO_CAUSE = (MachineState.STOPPED, MachineState.FAULT, MachineState.EMERGENCY_STOP, MachineState.UNKNOWN)
"""They say that a machine stands, or that something is wrong with it, and never why. Unknown time is asked about where
it follows a stop at once, as with the main switch off: whether it stood, and why, only a person can say."""
_WAITING = (MachineState.STARVED, MachineState.BLOCKED)


def leaves_open(state: MachineState, alarm: str | None) -> bool:
    """Whether a stop in this state asks a person why, as long as neither a person nor the alarm gives it a reason.

    Setup, cleaning and the like are causes themselves, and alarms are usual while people are at a machine. A machine
    that is starved or blocked waits for others; with an alarm of its own (its first-out) it may not be that alone.
    """
    return state in _TELL_NO_CAUSE or (state in _WAITING and alarm is not None)


def is_long(seconds: float, micro_stop_seconds: float) -> bool:
    """Whether a stop of this length is longer than a micro-stop: then it asks why."""
    return seconds > micro_stop_seconds


def class_of_stop(*, is_open: bool, has_class: bool, is_long: bool) -> StopClass:
    """How a stop is read.

    Args:
        is_open: whether it still asks why: `leaves_open`, and nobody and no alarm gave it a reason.
        has_class: whether its state says at least the class, as a fault does. Such a one is no micro-stop.
        is_long: as the function of that name. One that is not, and that nobody explains, is a micro-stop, and asks
            nobody.
    """
    if not is_open:
        return StopClass.SPECIFIED
    if is_long:
        return StopClass.UNSPECIFIED
    return StopClass.SPECIFIED if has_class else StopClass.MICRO_STOP
