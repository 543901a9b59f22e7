"""The table of a machine's intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from PySide6.QtGui import QIcon
from unison_domain.machines.contracts import MachineState, StateInterval, StateSource, StopClass

from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.durations import clock_text
from unison_desktop.machines.states import LOOKS, RANK
from unison_desktop.tables.columns import Align, Column

_SOURCES = {StateSource.SIGNAL: _("signal"), StateSource.PERSON: _("person"), StateSource.UNKNOWN: _("unknown")}
_STOPS = {
    StopClass.MICRO_STOP: _("micro-stop"),
    StopClass.UNSPECIFIED: _("no reason yet"),
    StopClass.SPECIFIED: _("reason given"),
    StopClass.UNKNOWN: _("unknown"),
}


@dataclass
class PlantClock:
    """What the table's times are read by.

    Attributes:
        now: the server's time.
        zone: the plant's, once it is known; None is that of this PC.
    """

    now: Callable[[], datetime]
    zone: tzinfo | None = None

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def seconds_of(self, interval: StateInterval) -> float:
        """How long an interval lasted; an open one, until now."""
        if interval.duration_seconds is not None:
            return interval.duration_seconds
        return max(0.0, ((interval.ended_at or self.now()) - interval.started_at).total_seconds())


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


def interval_columns(clock: PlantClock, icons: StateIcons) -> tuple[Column[StateInterval], ...]:
    """The columns, left to right."""
    return (
        Column(
            "state",
            _("State"),
            lambda i: LOOKS[i.state].text,
            sort_key=lambda i: RANK[i.state],
            icon=lambda i: icons.of(i.state),
            width=13,
            always_visible=True,
            explain=_("Sorted by urgency"),
        ),
        Column("started_at", _("Start"), lambda i: clock.local(i.started_at), width=19, always_visible=True),
        Column(
            "ended_at",
            _("End"),
            lambda i: clock.local(i.ended_at) if i.ended_at else None,
            text=lambda i: moment_text(clock.local(i.ended_at)) if i.ended_at else _("goes on"),
            width=19,
        ),
        Column(
            "duration",
            _("Duration"),
            lambda i: round(clock.seconds_of(i), 3),
            text=lambda i: clock_text(clock.seconds_of(i)),
            align=Align.RIGHT,
            explain=_("Filter in seconds, e.g. >120; exported in seconds"),
        ),
        Column("reason", _("Reason"), lambda i: i.reason, width=14),
        Column("alarms", _("Alarms"), lambda i: ", ".join(i.alarms), width=18),
        Column("good", _("Good"), lambda i: i.good, align=Align.RIGHT, width=8),
        Column("scrap", _("Scrap"), lambda i: i.scrap, align=Align.RIGHT, width=8),
        Column(
            "stop_class",
            _("Stop"),
            lambda i: _STOPS[i.stop_class] if i.stop_class is not None else None,
            width=14,
            explain=_("How reporting reads the stop"),
        ),
        Column("source", _("Source"), lambda i: _SOURCES[i.source], width=10, visible=False),
        Column("note", _("Note"), lambda i: i.note, width=24, visible=False),
    )
