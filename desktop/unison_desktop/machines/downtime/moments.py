"""Times as people type them: `14:05`, `14:05:30` or `2026-11-19 14:05:30`, by the clocks of the plant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

_FORMS = ("%H:%M:%S", "%H:%M")
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


def read_moment(typed: str, start: datetime, end: datetime, zone: tzinfo | None) -> datetime | None:
    """The first moment between `start` and `end`, both left out, when the clocks of `zone` show what was typed.

    None for what can't be read, or for a time outside; `zone` None is that of this PC.
    """
    return next(_shown(typed, start, end, zone), None)


def read_past(typed: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    """The last moment up to `now` when the clocks of `zone` showed what was typed: a time alone within a day.

    None for what can't be read, or for a moment that is still to come.
    """
    whole = _whole(typed.strip(), zone)
    if whole is not None:
        return whole if whole <= now else None
    return max(_shown(typed, now - _DAY, now + _INSTANT, zone), default=None)


def _shown(typed: str, start: datetime, end: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    text = typed.strip()
    whole = _whole(text, zone)
    if whole is not None:
        if start < whole < end:
            yield whole
        return
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        yield from (moment for moment in _at_clock(text, day, zone) if start < moment.astimezone(UTC) < end)
        day += _DAY


def _whole(text: str, zone: tzinfo | None) -> datetime | None:
    """A date with a time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone) if zone else moment.astimezone()


def _at_clock(text: str, day: date, zone: tzinfo | None) -> Iterator[datetime]:
    """When the clocks show this time on a day: twice where autumn repeats the hour."""
    for form in _FORMS:
        try:
            clock = datetime.strptime(text, form).time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            continue
        naive = datetime.combine(day, clock)
        local = naive.replace(tzinfo=zone) if zone else naive.astimezone()
        yield from (local.replace(fold=0), local.replace(fold=1))
