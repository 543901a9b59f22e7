"""Moments as people read them on a clock."""

from __future__ import annotations

from datetime import datetime, tzinfo


def moment_text(moment: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment by the clocks of its own zone; in the hour that autumn repeats with the UTC offset, else it could be
    read as two moments.
    """
    text = moment.strftime(form)
    if moment.replace(fold=0).utcoffset() == moment.replace(fold=1).utcoffset():
        return text
    return f"{text} {offset_text(moment).removeprefix('UTC')}"


def zoned_text(moment: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """The same, with the UTC offset wherever the clock of this PC shows another time."""
    if moment.utcoffset() == moment.astimezone().utcoffset():
        return moment_text(moment, form)
    return f"{moment.strftime(form)} {offset_text(moment)}"


def offset_text(moment: datetime) -> str:
    """How far its clock is from UTC: `UTC+01:00`."""
    offset = moment.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:]}"


def page_text(moment: datetime, clock: tzinfo | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment by its own clock, with the UTC offset where that is not the page's `clock`; None is this PC's."""
    same = moment.utcoffset() == moment.astimezone(clock).utcoffset()
    return moment_text(moment, form) if same else zoned_text(moment, form)
