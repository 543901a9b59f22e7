"""Places of a machine's day: the one a page is opened with, and that of the pictures cameras kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from unison_domain.machines.contracts import StateInterval
from unison_domain.machines.timescale import Window

from unison_desktop.frame.place import Place
from unison_desktop.stations.pictures.wanted import Wanted

_AROUND = timedelta(seconds=125)
"""The longest a camera keeps before and after a stop, and a little."""
_DECIDED = timedelta(minutes=5)
"""So much later than it began a stop may have been told from a pause."""


def read_argument(argument: str) -> tuple[UUID | None, date | None]:
    """Machine and day of a place; None for what is missing or can't be read."""
    machine_id, _slash, day = argument.partition("/")
    try:
        return UUID(machine_id), date.fromisoformat(day) if day else None
    except ValueError:
        return None, None


def around_stop(begins: datetime, ends: datetime | None) -> tuple[datetime, datetime]:
    """When cameras may have kept pictures of a stop: from when, and before when."""
    decided = begins + _DECIDED
    return begins - _AROUND, (min(decided, ends) if ends is not None else decided) + _AROUND


def pictures_of(machine_id: UUID, chosen: Sequence[StateInterval], day: Window) -> Place:
    """The pictures around the chosen intervals of a day, or of all of it where none is chosen."""
    times = [around_stop(one.started_at, one.ended_at) for one in chosen] or [(day.start, day.end)]
    begins, ends = min(begin for begin, _ in times), max(end for _, end in times)
    return Place("pictures", str(Wanted(machine_id, begins, ends)))
