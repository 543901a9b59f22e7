"""Lengths of time as people read them."""

from __future__ import annotations

from unison_desktop.kernel.texts import _

# Looked up once: these texts tick every second on every tile.
_SECONDS, _MINUTES, _HOURS, _DAYS = _("{n} s"), _("{n} min"), _("{n} h"), _("{n} d")
_MINUTES_RUNNING, _HOURS_RUNNING = _("{n}:{seconds:02} min"), _("{n}:{minutes:02} h")
_DAYS_RUNNING, _DAYS_AND_CLOCK = _("{n} d {hours} h"), _("{days} d {hours:02}:{minutes:02}")


def clock_text(seconds: float) -> str:
    """An exact length under a heading that says so: `4:07`, `2:04:07`, from a day on `3 d 02:04`. Never below zero."""
    days, hours, minutes, left = _parts(seconds)
    if days:
        return _DAYS_AND_CLOCK.format(days=days, hours=hours, minutes=minutes)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def running_text(seconds: float) -> str:
    """A running clock that explains itself: `42 s`, `4:07 min`, `2:04 h`, from a day on `3 d 2 h`. Never below zero."""
    days, hours, minutes, left = _parts(seconds)
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


def _parts(seconds: float) -> tuple[int, int, int, int]:
    """Whole days, hours, minutes and seconds; a clock that is ahead reads as zero."""
    minutes, left = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return days, hours, minutes, left
