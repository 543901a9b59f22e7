"""How many were refused beyond those that are told one by one."""

from __future__ import annotations

from math import ceil

from unison_desktop.kernel.texts import _


def more_refused(times: int, seconds: int | None) -> str:
    """As a row tells it that stands for so many, over so many seconds; of older rows that is not known."""
    if seconds is None:
        return _("{n} more within an hour").format(n=f"{times:n}")
    return _("{n} more within {minutes} min").format(n=f"{times:n}", minutes=ceil(seconds / 60))
