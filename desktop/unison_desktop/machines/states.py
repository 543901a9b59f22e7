"""How each machine state looks: word, icon, tone and, where a tone is shared, a mark. Never colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from unison_domain.machines.contracts import Live, MachineState, StateInterval, StateSource

from unison_desktop.frame.colours import Tone
from unison_desktop.kernel.texts import _, pgettext

STALE_AFTER = timedelta(seconds=60)
"""Stations report every few seconds; a minute without word means that nobody knows what the machine does."""


class Mark(Enum):
    """What tells states of one tone apart. Each runs along the time, so that a pixel of it is enough to be told."""

    PLAIN = auto()
    STRIPES = auto()
    """Many thin ones."""
    BARS = auto()
    """A few broad ones."""
    FOOT = auto()
    """The lower part is lighter."""


@dataclass(frozen=True, slots=True)
class StateLook:
    """The look of one state.

    Attributes:
        icon: name of the theme's icon.
        mark: what lies over the tone's colour.
    """

    text: str
    icon: str
    tone: Tone
    mark: Mark = Mark.PLAIN


LOOKS: dict[MachineState, StateLook] = {
    MachineState.EMERGENCY_STOP: StateLook(_("Emergency stop"), "state-emergency-stop", Tone.BAD, Mark.BARS),
    MachineState.FAULT: StateLook(_("Fault"), "state-fault", Tone.BAD),
    MachineState.STOPPED: StateLook(_("Stopped"), "state-stopped", Tone.WARNING),
    MachineState.NO_OUTPUT: StateLook(_("No output"), "state-no-output", Tone.WARNING, Mark.FOOT),
    MachineState.STARVED: StateLook(_("Starved"), "state-starved", Tone.WARNING, Mark.STRIPES),
    MachineState.BLOCKED: StateLook(_("Blocked"), "state-blocked", Tone.WARNING, Mark.BARS),
    MachineState.UNKNOWN: StateLook(_("No data"), "state-unknown", Tone.IDLE),
    MachineState.SETUP: StateLook(_("Set-up"), "state-setup", Tone.CARE),
    MachineState.CLEANING: StateLook(_("Cleaning"), "state-cleaning", Tone.CARE, Mark.STRIPES),
    MachineState.MAINTENANCE: StateLook(
        pgettext("state of a machine", "Maintenance"), "state-maintenance", Tone.CARE, Mark.BARS
    ),
    MachineState.MANUAL: StateLook(_("Manual"), "state-manual", Tone.INFO),
    MachineState.RUNNING: StateLook(_("Running"), "state-running", Tone.GOOD),
}
"""Every state, those that need somebody first."""

RANK = {state: rank for rank, state in enumerate(LOOKS)}


def is_stale(live: Live, now: datetime) -> bool:
    """Whether the last good signal is too old to believe; what a person has set does not age."""
    if live.believed_until is not None:
        return now > live.believed_until
    if live.source is StateSource.PERSON:
        return False
    return live.last_signal_at is None or now - live.last_signal_at > STALE_AFTER


def shown_state(live: Live, now: datetime) -> MachineState:
    """What may honestly be said: the state, or unknown when the data is old."""
    return MachineState.UNKNOWN if is_stale(live, now) else live.state


def shown_since(live: Live, now: datetime) -> datetime | None:
    """Since when `shown_state` holds."""
    return live.last_signal_at if is_stale(live, now) else live.since


def said_reason(interval: StateInterval) -> str | None:
    """The reason that is more than the name of an alarm, which is shown as such."""
    return None if interval.reason in interval.alarms else interval.reason
