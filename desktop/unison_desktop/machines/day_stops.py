"""What is said of the stops of a machine's day, kept apart from the states its signals tell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime

from PySide6.QtGui import QIcon
from unison_domain.machines.contracts import CauseSource, StateInterval
from unison_domain.machines.downtime_contracts import DowntimeEvent
from unison_domain.machines.stretch_reading import Told, most_asking

from unison_desktop.frame.theme import Theme
from unison_desktop.machines.downtime.book import CATEGORIES, cause_text
from unison_desktop.machines.downtime.class_looks import ClassIcons


class DayStops:
    """Looked up by interval while the table and the timeline are drawn; stops never overlap."""

    def __init__(self, theme: Theme) -> None:
        self._icons = ClassIcons(theme)
        self._events: list[DowntimeEvent] = []
        self._starts: list[datetime] = []

    def know(self, events: Iterable[DowntimeEvent]) -> None:
        """These are the stops of the day, in any order."""
        self._events = sorted(events, key=lambda event: event.started_at)
        self._starts = [event.started_at for event in self._events]

    def of(self, interval: StateInterval) -> list[DowntimeEvent]:
        """The stops that have time in common with an interval, in order of time."""
        first = max(0, bisect_right(self._starts, interval.started_at) - 1)
        last = len(self._starts) if interval.ended_at is None else bisect_left(self._starts, interval.ended_at)
        return [
            event
            for event in self._events[first:last]
            if event.ended_at is None or event.ended_at > interval.started_at
        ]

    def told_of(self, interval: StateInterval) -> Told:
        """How reporting reads its time and who tells why: by the stops as they are now, where they may be seen."""
        own = [Told(event.stop_class, event.cause_source) for event in self.of(interval)]
        return most_asking(own) if own else Told(interval.stop_class, interval.cause_source)

    def given(self) -> list[DowntimeEvent]:
        """The stops a person gave a reason, in order of time."""
        return [event for event in self._events if is_given(event)]

    def reason_of(self, interval: StateInterval) -> str | None:
        """The reasons people gave for its time, with their classes; None where nobody did."""
        return "; ".join(dict.fromkeys(given_text(event) for event in self.of(interval) if is_given(event))) or None

    def icon_of(self, interval: StateInterval) -> QIcon:
        """The swatch of the first of these; an empty one where nobody gave a reason."""
        first = next((event for event in self.of(interval) if is_given(event)), None)
        return self._icons.of(first.downtime_category) if first is not None else QIcon()


def is_given(event: DowntimeEvent) -> bool:
    """Whether a person gave it a reason."""
    return event.cause_source is CauseSource.PERSON and event.downtime_reason_id is not None


def given_text(event: DowntimeEvent) -> str:
    """The reason with its class, unless they have one name."""
    reason = cause_text(event)
    category = CATEGORIES[event.downtime_category] if event.downtime_category else ""
    return reason if not category or reason.endswith(f" {category}") else f"{reason} ({category})"
