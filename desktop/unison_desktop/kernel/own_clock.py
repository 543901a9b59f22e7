"""The clock of moments that are of no plant: this person's, where they chose a time zone, else this PC's."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_chosen: ZoneInfo | None = None


def choose_clock(name: str | None) -> bool:
    """Go by the clock of this zone from now on, None is this PC's; whether that is another than before."""
    global _chosen
    before = _chosen
    try:
        _chosen = ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):  # this PC does not know it
        _chosen = None
    return _chosen != before


def own_zone() -> tzinfo | None:
    """The zone that was chosen; None is this PC's."""
    return _chosen


def own_time(moment: datetime) -> datetime:
    """The moment by this clock."""
    return moment.astimezone(_chosen)
