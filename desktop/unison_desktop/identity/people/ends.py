"""When something of somebody ends, as the server counts it: with a day, or at a moment, by the clocks of one place."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from unison_domain.sites.local_days import last_day

from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _


def end_text(end: datetime, zone: tzinfo) -> str:
    """The last day, or the moment within one."""
    day = last_day(end, zone)
    return str(day) if day else moment_text(end.astimezone(zone), "%Y-%m-%d %H:%M")


def end_hint(end: datetime, zone: ZoneInfo) -> str:
    """The same, and by whose clocks."""
    clocks = _("clocks of {zone}").format(zone=zone.key)
    if last_day(end, zone):
        return _("to the end of {day}, {clocks}").format(day=end_text(end, zone), clocks=clocks)
    return f"{end_text(end, zone)}, {clocks}"


def left_text(end: datetime, now: datetime) -> str:
    """How long it is until then, as far as people reckon with it."""
    left = end - now
    if left <= timedelta(0):
        return _("over")
    days, hours = left.days, left // timedelta(hours=1)
    if days:
        return _("1 day left") if days == 1 else _("{n} days left").format(n=f"{days:n}")
    if hours:
        return _("1 hour left") if hours == 1 else _("{n} hours left").format(n=hours)
    return _("less than an hour left")


def end_and_left(end: datetime, zone: tzinfo, now: datetime) -> str:
    """The last day or the moment, and how long it is until then."""
    return _("{end} ({left})").format(end=end_text(end, zone), left=left_text(end, now))
