"""What downtime events say of the stretches of states they are made of: a timeline shows nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.downtime import NO_STOP, Downtime, Stood
from unison_domain.machines.stops import class_of_stop, leaves_open


class Told(NamedTuple):
    """How reporting reads a stretch, and who tells why; both None where nothing is to be told."""

    stop_class: StopClass | None = None
    source: CauseSource | None = None


NOTHING = Told()

_ASKS_MOST = (None, StopClass.UNSPECIFIED, StopClass.MICRO_STOP, StopClass.SPECIFIED)
"""An event that goes on may yet be anything."""
_TELLS_MOST = (CauseSource.PERSON, CauseSource.ALARM, CauseSource.INFERRED, None)


def told_of_stop(
    stop: Sequence[Stood], events: Sequence[Downtime], micro_stop_seconds: float
) -> Iterator[tuple[Stood, Told]]:
    """Each stretch of a stop with what its events say.

    Args:
        stop: as `downtime.stops` gives it.
        events: what `downtime.downtimes` makes of it, as far as known.
        micro_stop_seconds: as in `is_long`.
    """
    read = [(event, _of_event(event, micro_stop_seconds)) for event in events]
    for stretch in stop:
        yield stretch, most_asking(told for event, told in read if _meet(stretch, event))


def most_asking(told: Iterable[Told]) -> Told:
    """What stands for several events: what goes on, else what still asks most; nothing for none."""
    return min(told, key=_rank, default=NOTHING)


@lru_cache(maxsize=1024)
def told_alone(state: MachineState, source: StateSource, reason: str | None, *, is_mapped: bool, is_long: bool) -> Told:
    """What the event says of a stop that is one stretch, over, and no person's word touches: the same, but quicker.

    Args:
        state, source, reason: as in `Stood`.
        is_mapped: whether the first-out alarm means a reason.
        is_long: as in `class_of_stop`.
    """
    if state in NO_STOP:
        return NOTHING
    is_persons = source == StateSource.PERSON
    cause: CauseSource | None = CauseSource.INFERRED
    if is_persons and reason:
        cause = CauseSource.PERSON
    elif is_mapped:
        cause = CauseSource.ALARM
    elif state == MachineState.STOPPED:
        cause = None
    stop_class = class_of_stop(
        is_open=cause is None or (cause is CauseSource.INFERRED and leaves_open(state, None if is_persons else reason)),
        has_class=cause is not None,
        is_long=is_long,
    )
    return Told(stop_class, cause)


def _of_event(event: Downtime, micro_stop_seconds: float) -> Told:
    return Told(event.stop_class(micro_stop_seconds), event.cause.source if event.cause is not None else None)


def _meet(stretch: Stood, event: Downtime) -> bool:
    is_before = event.ended_at is not None and event.ended_at <= stretch.started_at
    return not is_before and (stretch.ended_at is None or event.started_at < stretch.ended_at)


def _rank(told: Told) -> tuple[int, int]:
    return _ASKS_MOST.index(told.stop_class), _TELLS_MOST.index(told.source)
