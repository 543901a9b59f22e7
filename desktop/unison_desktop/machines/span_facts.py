"""What is told of a stretch of time under the mouse, and aloud: its title and labelled facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from html import escape

from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.durations import clock_text

Facts = Sequence[tuple[str, str]]
"""Labels with their values."""


def span_facts(
    started_at: datetime,
    ended_at: datetime | None,
    now: datetime,
    zone: tzinfo,
    others: Iterable[tuple[str, str | None]],
) -> Facts:
    """From, to and duration, with the day where it ends on another, then the others that have a value."""
    start, end = started_at.astimezone(zone), ended_at.astimezone(zone) if ended_at else None
    form = "%H:%M:%S" if end is None or end.date() == start.date() else "%Y-%m-%d %H:%M:%S"
    return [
        (_("From"), moment_text(start, form)),
        (_("To"), moment_text(end, form) if end else _("goes on")),
        (_("Duration"), clock_text(((ended_at or now) - started_at).total_seconds())),
        *((label, value) for label, value in others if value),
    ]


def tool_tip(title: str, facts: Facts) -> str:
    """As a small table."""
    return f"<b>{escape(title)}</b>{table(facts)}"


def table(facts: Facts) -> str:
    """Rich text of labels and values, each as it was typed."""
    rows = "".join(
        f"<tr><td>{escape(label)}&nbsp;&nbsp;</td><td><b>{escape(value)}</b></td></tr>" for label, value in facts
    )
    return f"<table>{rows}</table>"


def spoken(title: str, facts: Facts) -> str:
    """As one sentence."""
    return f"{title}: " + ", ".join(f"{label} {value}" for label, value in facts)
