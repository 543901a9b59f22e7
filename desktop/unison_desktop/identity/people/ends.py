"""When something of somebody ends, as the server counts it: with a day, or at a moment, by the clocks of one place."""

from __future__ import annotations

from datetime import datetime, tzinfo
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
