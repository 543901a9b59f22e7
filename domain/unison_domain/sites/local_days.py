"""When a day is over: by the clocks of a plant, else of the organization, and never by those of a server or a PC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo


def day_over(day: date, zone: tzinfo) -> datetime:
    """The first moment after the day in the zone, in UTC; 23 or 25 hours after its first where clocks change.

    Where clocks skip midnight it is the moment they do, and where they go through it twice the first.

    Raises:
        ValueError: there is no day after it.
    """
    try:
        return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{day} is too far away") from error


def today_over(now: datetime, zone: tzinfo) -> datetime:
    """When the day is over that it is in the zone."""
    return day_over(now.astimezone(zone).date(), zone)


def last_day(end: datetime, zone: tzinfo) -> date | None:
    """The day with which something ends; None where it ends within one."""
    day = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return day if day_over(day, zone) == end else None


def zone_of_somebody(of_plants: Iterable[str], of_organization: str) -> ZoneInfo:
    """By whose clocks the days of somebody are: their plants' where these have one zone, else the organization's."""
    zones = set(of_plants)
    return ZoneInfo(zones.pop() if len(zones) == 1 else of_organization)
