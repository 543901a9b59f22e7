"""Times as people type them: `14:05`, `14:05:30` or `2026-11-19 14:05:30`, by the clocks of the plant.

In the hour that autumn repeats a time is shown twice; `02:30 +01:00` names one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

_FORMS = ("%H:%M:%S", "%H:%M")
_OFFSET = re.compile(r"(.*:\d\d)\s*([+-]\d\d):?(\d\d)")
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


def read_next(typed: str, start: datetime, end: datetime, zone: tzinfo | None) -> list[datetime]:
    """The first of `read_moments`, and the other one where the clocks showed that time twice; none, as there."""
    found = read_moments(typed, start, end, zone)
    return [moment for moment in found if _is_shown_alike(moment, found[0], zone)]


def read_moments(typed: str, start: datetime, end: datetime, zone: tzinfo | None) -> list[datetime]:
    """The moments between `start` and `end`, both left out, when the clocks of `zone` show what was typed, in order.

    Two in the hour that autumn repeats, none for what can't be read; `zone` None is that of this PC.
    """
    found = {moment.astimezone(UTC): moment for moment in _shown(typed, start, end, zone)}
    return [found[at] for at in sorted(found) if start.astimezone(UTC) < at < end.astimezone(UTC)]


def read_past(typed: str, now: datetime, zone: tzinfo | None) -> list[datetime]:
    """The last moment up to `now` when the clocks of `zone` showed what was typed, a time alone within a day; with the
    one before it where they showed that twice.

    None of them for what can't be read, or for a moment that is still to come.
    """
    moments = [moment.astimezone(UTC) for moment in _shown(typed, now - _DAY, now + _INSTANT, zone)]
    is_whole = _whole(_joined(typed)) is not None
    past = sorted({moment for moment in moments if moment <= now and (is_whole or moment > now - _DAY)})
    return [moment.astimezone(zone) for moment in past if _is_shown_alike(moment, past[-1], zone)]


def _is_shown_alike(one: datetime, other: datetime, zone: tzinfo | None) -> bool:
    first, second = (moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in (one, other))
    return first == second


def _shown(typed: str, start: datetime, end: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    """Moments at which clocks show this: a time alone on all days from `start` to `end`."""
    text = _joined(typed)
    whole = _whole(text)
    if whole is not None:
        yield from _on_clocks(whole, zone)
        return
    clock = _clock(text)
    day = start.astimezone(zone).date()
    while clock is not None and day <= end.astimezone(zone).date():
        yield from _on_clocks(datetime.combine(day, clock), zone)
        day += _DAY


def _joined(typed: str) -> str:
    """With the offset as ISO 8601 writes it."""
    text = typed.strip()
    named = _OFFSET.fullmatch(text)
    return f"{named[1]}{named[2]}:{named[3]}" if named else text


def _whole(text: str) -> datetime | None:
    """A date with a time."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    for form in _FORMS:
        for ending in ("", "%z"):
            try:
                return datetime.strptime(text, form + ending).timetz()  # noqa: DTZ007 - a time of day may have no zone
            except ValueError:
                continue
    return None


def _on_clocks(shown: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    """When clocks show this: twice where autumn repeats the hour, never where spring leaves it out."""
    if shown.tzinfo is not None:
        yield shown
        return
    for fold in (0, 1):
        folded = shown.replace(fold=fold)
        local = folded.replace(tzinfo=zone) if zone else folded.astimezone()
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == shown:
            yield local
