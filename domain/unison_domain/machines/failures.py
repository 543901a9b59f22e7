"""What counts as one failure.

A loose plug, a power cycle of the PLC or a reboot of the PC inside a breakdown parts the stop: nobody knows what the
machine did meanwhile, so lists show an event before and one after. They are one failure all the same where both have
one reason and no part was made in between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from unison_domain.machines.contracts import MachineState
from unison_domain.machines.downtime import Downtime, Stood

MadeParts = Callable[[datetime, datetime], bool]
"""Whether a part was counted after the first moment and before the second."""


def first_of_failures(
    events: Iterable[Downtime], stretches: Sequence[Stood], made_parts: MadeParts
) -> Iterator[tuple[Downtime, bool]]:
    """Each event, and whether a failure begins with it: one that goes on after a silence is none of its own.

    Args:
        events: of one machine, in order of time.
        stretches: of that time, in order.
        made_parts: asked of silences between two events of one reason alone.
    """
    silences = _silences(stretches)
    before: Downtime | None = None
    for event in events:
        is_failure = event.cause is not None and event.cause.is_failure
        yield event, is_failure and not (before is not None and _goes_on(before, event, silences, made_parts))
        before = event


_Span = tuple[datetime, datetime | None]


def _silences(stretches: Sequence[Stood]) -> list[_Span]:
    groups = [list(group) for _, group in groupby(stretches, key=lambda one: one.state is MachineState.UNKNOWN)]
    return [(group[0].started_at, group[-1].ended_at) for group in groups if group[0].state is MachineState.UNKNOWN]


def _goes_on(before: Downtime, event: Downtime, silences: Sequence[_Span], made_parts: MadeParts) -> bool:
    if before.cause is None or event.cause is None or before.cause.reason_id != event.cause.reason_id:
        return False
    silence = _silence_between(before, event, silences)
    return silence is not None and not made_parts(*silence)


def _silence_between(before: Downtime, event: Downtime, silences: Sequence[_Span]) -> tuple[datetime, datetime] | None:
    """The time nothing is known of that parts two events; None where anything else does.

    A person may have entered that the machine stood in it: that is one of the two.
    """
    ended, started = before.ended_at, event.started_at
    if ended is None:
        return None
    if ended == started:
        entered = next((one for one in (before, event) if MachineState.UNKNOWN in one.states), None)
        return None if entered is None else (entered.started_at, entered.ended_at or entered.started_at)
    place = bisect_right(silences, ended, key=lambda span: span[0]) - 1
    if ended > started or place < 0:
        return None
    until = silences[place][1]
    return (ended, started) if until is None or started <= until else None
