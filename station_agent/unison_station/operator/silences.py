"""Time nothing is known of, where it follows a stop at once: as with the main switch off, a person says what it was.

It is a stop of its own on the page, as a word over it is to the office: it ends with what is known again.
"""

from __future__ import annotations

from datetime import datetime

from unison_domain.machines.contracts import MachineState

from unison_station.operator.stops import Stop, ended


def silence_over(stops: tuple[Stop, ...], moment: datetime) -> tuple[Stop, ...]:
    """The stops when something is known again from that moment on."""
    if not stops or not _lasts_silent(stops[-1]):
        return stops
    return (*stops[:-1], *ended(stops[-1], moment))


def with_silence(
    before: tuple[Stop, ...], after: tuple[Stop, ...], state: MachineState, started_at: datetime
) -> tuple[Stop, ...]:
    """The stops when this state follows, with the time nothing is known of, if it is such.

    Args:
        before: the stops until then. after: those that follow by what is known.
    """
    if state is not MachineState.UNKNOWN or not before or before[-1].ended_at is not None:
        return after
    if before[-1].is_silent:
        return before
    return (*after, Stop(started_at, state)) if started_at > before[-1].started_at else after


def _lasts_silent(stop: Stop) -> bool:
    return stop.is_silent and stop.ended_at is None
