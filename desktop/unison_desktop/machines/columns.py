"""The table of a machine's intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from PySide6.QtGui import QIcon
from unison_domain.machines.contracts import MachineState, StateInterval, StateSource
from unison_domain.machines.timescale import Window

from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.persons import MARK_EXPLAINED, person_cell, with_confirmer
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.machines.day_stops import DayStops
from unison_desktop.machines.durations import clock_text
from unison_desktop.machines.states import LOOKS, RANK, said_reason
from unison_desktop.machines.stop_words import stop_words
from unison_desktop.tables.columns import Align, Column

_SOURCES = {StateSource.SIGNAL: _("signal"), StateSource.PERSON: _("person"), StateSource.UNKNOWN: _("unknown")}

_TIME = "%H:%M:%S"
_EARLIER, _LATER = _("← {time}"), _("{time} →")


@dataclass
class PlantClock:
    """What the table's times are read by.

    Attributes:
        now: the server's time.
        zone: the plant's, once it is known; None is that of this PC.
        day: what is looked at; of intervals that reach past it only the part within counts, so that rows sum to it.
    """

    now: Callable[[], datetime]
    zone: tzinfo | None = None
    day: Window | None = None

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def start(self, interval: StateInterval) -> datetime:
        """When it began, or the day if that was later."""
        return self.local(self.day.start if self.day and self._is_earlier(interval) else interval.started_at)

    def end(self, interval: StateInterval) -> datetime | None:
        """When it, or the day, ended; None while it goes on."""
        if self.day is not None and self._is_later(interval):
            return self.local(self.day.end)
        return self.local(interval.ended_at) if interval.ended_at else None

    def seconds_of(self, interval: StateInterval) -> float:
        """How long an interval lasted within the day; an open one, until now."""
        end = self.end(interval) or self.now()
        return max(0.0, (end.astimezone(UTC) - self.start(interval).astimezone(UTC)).total_seconds())

    def start_text(self, interval: StateInterval) -> str:
        """Time of the day, with an arrow where the interval began before it."""
        text = moment_text(self.start(interval), _TIME)
        return _EARLIER.format(time=text) if self._is_earlier(interval) else text

    def end_text(self, interval: StateInterval) -> str:
        """Time of the day, with an arrow where the interval reaches past it."""
        end = self.end(interval)
        if end is None:
            return _("goes on")
        text = moment_text(end, _TIME)
        return _LATER.format(time=text) if self._is_later(interval) else text

    def start_hint(self, interval: StateInterval) -> str:
        """The whole date, and where the interval began before the day, when."""
        began = moment_text(self.local(interval.started_at))
        if not self._is_earlier(interval):
            return began
        return _("Began {began}; time and parts of this row are those of the day").format(began=began)

    def end_hint(self, interval: StateInterval) -> str:
        """The whole date, and where the interval reaches past the day, until when."""
        ended = moment_text(self.local(interval.ended_at)) if interval.ended_at else _("goes on")
        if not self._is_later(interval):
            return ended
        return _("End: {ended}; time and parts of this row are those of the day").format(ended=ended)

    def _is_earlier(self, interval: StateInterval) -> bool:
        return self.day is not None and interval.started_at < self.day.start

    def _is_later(self, interval: StateInterval) -> bool:
        return self.day is not None and (interval.ended_at or self.now()) > self.day.end


@dataclass
class StateIcons:
    """One icon per state in the theme's colours, drawn when first asked for."""

    theme: Theme
    _made: dict[tuple[MachineState, str], QIcon] = field(default_factory=dict)

    def of(self, state: MachineState) -> QIcon:
        look = LOOKS[state]
        ink = self.theme.tone(look.tone).ink
        if (state, ink) not in self._made:
            self._made[state, ink] = self.theme.icon(look.icon, ink)
        return self._made[state, ink]


def _stop_text(interval: StateInterval, stops: DayStops) -> str | None:
    """How reporting reads the stop; of one that is explained, by what."""
    told = stops.told_of(interval)
    return stop_words(told.stop_class, told.source)


def interval_columns(clock: PlantClock, icons: StateIcons, stops: DayStops) -> tuple[Column[StateInterval], ...]:
    """The columns, left to right; `stops` has what people said since."""
    return (
        Column(
            "state",
            _("State"),
            lambda i: LOOKS[i.state].text,
            sort_key=lambda i: RANK[i.state],
            icon=lambda i: icons.of(i.state),
            width=11,
            always_visible=True,
            explain=_("Sorted by urgency"),
        ),
        Column(
            "started_at",
            _("Start"),
            clock.start,
            text=clock.start_text,
            hint=clock.start_hint,
            width=10,
            always_visible=True,
        ),
        Column(
            "ended_at",
            pgettext("of a time", "End"),
            clock.end,
            text=clock.end_text,
            hint=clock.end_hint,
            width=10,
        ),
        Column(
            "duration",
            _("Duration"),
            lambda i: round(clock.seconds_of(i), 3),
            text=lambda i: clock_text(clock.seconds_of(i)),
            align=Align.RIGHT,
            width=9,
            explain=_("Hours, minutes, seconds; filter in seconds, e.g. >120; exported in seconds"),
            unit="s",
        ),
        Column(
            "given",
            _("Reason"),
            stops.reason_of,
            icon=stops.icon_of,
            width=16,
            stretch=True,
            yields=True,
            explain=_("Given by a person, with its class; F2 opens it"),
        ),
        Column(
            "reason",
            _("State's reason"),
            said_reason,
            width=12,
            stretch=True,
            yields=True,
            explain=_("What came with the state itself, from the machine's signals or from who set it by hand"),
        ),
        Column("alarms", _("Alarms"), lambda i: ", ".join(i.alarms), width=18, stretch=True, yields=True),
        Column("good", pgettext("parts", "Good"), lambda i: i.good, align=Align.RIGHT, width=5),
        Column("scrap", _("Scrap"), lambda i: i.scrap, align=Align.RIGHT, width=5),
        Column(
            "stop_class",
            _("Stop"),
            lambda i: _stop_text(i, stops),
            width=12,
            explain=_("How reporting reads the stop, and what tells why: a person, its alarm or its state"),
        ),
        Column("source", _("Source"), lambda i: _SOURCES[i.source], width=10, visible=False),
        Column(
            "person",
            _("Said by"),
            lambda i: with_confirmer(person_cell(i.person, i.person_is_verified), i.confirmed_by_name) or None,
            width=14,
            visible=False,
            explain=MARK_EXPLAINED,
        ),
        Column("note", _("Note"), lambda i: i.note, width=24, visible=False),
    )
