"""Lengths of time as people read them."""

from __future__ import annotations

from unison_desktop.kernel.texts import _

# Looked up once: these texts tick every second on every tile.
_DAYS_AND_CLOCK = _("{days} d {hours:02}:{minutes:02}")
_HOURS, _DAYS = _("{n} h"), _("{n} d")


def clock_text(seconds: float) -> str:
    """A running clock: `4:07`, `2:04:07`, from a day on `3 d 02:04`. A clock that is ahead reads as zero."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return _DAYS_AND_CLOCK.format(days=days, hours=hours, minutes=minutes)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def brief_text(seconds: float) -> str:
    """A running clock where there is little room: `4:07`, `14 h`, `3 d`."""
    whole = max(0, int(seconds))
    if whole < 3600:
        return clock_text(whole)
    if whole < 86_400:
        return _HOURS.format(n=whole // 3600)
    return _DAYS.format(n=whole // 86_400)


def total_text(seconds: float) -> str:
    """A total: `42 s`, `7 min`, `3 h 05 min`, also beyond a day."""
    if seconds < 60:
        return _("{n} s").format(n=round(max(0.0, seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    return _("{hours} h {minutes:02} min").format(hours=minutes // 60, minutes=minutes % 60)
