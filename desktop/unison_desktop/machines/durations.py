"""Lengths of time as people read them."""

from __future__ import annotations

from unison_desktop.kernel.texts import _

# Looked up once: these texts tick every second on every tile.
_SECONDS, _MINUTES, _HOURS, _DAYS = _("{n} s"), _("{n} min"), _("{n} h"), _("{n} d")
_MINUTES_RUNNING, _HOURS_RUNNING = _("{n}:{seconds:02} min"), _("{n}:{minutes:02} h")
_DAYS_RUNNING = _("{n} d {hours} h")


def clock_text(seconds: float) -> str:
    """A running clock: `42 s`, `4:07 min`, `2:04 h`, from a day on `3 d 2 h`. A clock that is ahead reads as zero."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return _DAYS_RUNNING.format(n=days, hours=hours)
    if hours:
        return _HOURS_RUNNING.format(n=hours, minutes=minutes)
    return _MINUTES_RUNNING.format(n=minutes, seconds=left) if minutes else _SECONDS.format(n=left)


def brief_text(seconds: float) -> str:
    """A running clock where there is little room: `42 s`, `4 min`, `14 h`, `3 d`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return _SECONDS.format(n=whole)
    if whole < 3600:
        return _MINUTES.format(n=whole // 60)
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
