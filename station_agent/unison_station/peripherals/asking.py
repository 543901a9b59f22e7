"""When a gauge is asked, and what a message of it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from unison_domain.stations.gauge_settings import GaugeSettings

WAKE_SECONDS = 0.2
"""How often a quiet gauge is looked at."""
LATE_SECONDS = 15.0
"""How long after it was asked a gauge may still answer, also when nobody waits for it any more."""
BOUNCE_SECONDS = 0.15
"""So long the line of a foot switch is not looked at after it changed: its contact bounces, a foot takes longer."""


class Occasion(Enum):
    """Why a message came."""

    BEAT = "beat"
    """It is asked every so often."""
    HAND = "hand"
    """Somebody pressed the pedal, or wants a value."""
    ITSELF = "itself"
    """It sends when its button is pressed."""
    STREAM = "stream"
    """It sends by itself faster than anybody presses its button."""
    UNSURE = "unsure"
    """It did so before, and nothing tells yet whether it does again or somebody pressed its button."""
    AGAIN = "again"
    """It was asked again before it answered, and this answers a question that has its answer."""


BY_HAND = frozenset({Occasion.HAND, Occasion.ITSELF})
"""Somebody stood there."""


class Asking:
    """The questions to one gauge: one at a time, and one value for each time it is wanted by hand."""

    def __init__(self, settings: GaugeSettings, is_pedal_down: Callable[[], bool]) -> None:
        """A pedal that is held while the gauge is opened asks for nothing; it counts when it goes down."""
        self._settings = settings
        self._is_pedal_down = is_pedal_down
        self._was_down = True
        self._look_at = 0.0
        self._due = time.monotonic()
        self._wanted = set[Occasion]()
        self._awaited_since: float | None = None
        self._open: Occasion | None = None
        self._asked: list[float] = []

    def is_due(self, *, is_wanted: bool) -> bool:
        """Whether to ask now. Who presses again while a value is awaited means that value."""
        if is_wanted or self._is_pressed():
            self._wanted.add(Occasion.HAND)
        if self._is_on_beat():
            self._wanted.add(Occasion.BEAT)
        if self._awaited_since is None:
            return bool(self._wanted)
        if self._open is Occasion.HAND:
            self._wanted.discard(Occasion.HAND)
        return False

    def begins(self) -> None:
        """It was asked."""
        self._open = Occasion.HAND if Occasion.HAND in self._wanted else Occasion.BEAT
        self._wanted.clear()
        self._awaited_since = time.monotonic()
        self._asked = [*self._owed(), self._awaited_since]

    def is_answered(self) -> Occasion:
        """A message came: what for. A late one answers what was asked last."""
        owed = self._owed()
        self._asked = owed[1:]
        self._awaited_since = None
        answered, self._open = self._open, None
        return answered or (Occasion.AGAIN if owed else Occasion.ITSELF)

    def gives_up(self) -> bool:
        """Whether an answer has just become overdue; it is awaited no more, but may still come."""
        since = self._awaited_since
        if since is None or time.monotonic() - since <= self._settings.timeout_seconds:
            return False
        self._awaited_since = None
        return True

    @property
    def wait_seconds(self) -> float:
        """How long to listen before the next look."""
        if self._settings.poll_seconds is None:
            return WAKE_SECONDS
        return min(WAKE_SECONDS, max(0.005, self._due - time.monotonic()))

    def _owed(self) -> list[float]:
        """When it was asked what may still be answered."""
        since = time.monotonic() - self._settings.timeout_seconds - LATE_SECONDS
        return [at for at in self._asked if at > since]

    def _is_on_beat(self) -> bool:
        every, now = self._settings.poll_seconds, time.monotonic()
        if every is None or now < self._due:
            return False
        self._due = max(self._due + every, now)
        return True

    def _is_pressed(self) -> bool:
        now = time.monotonic()
        if self._settings.foot_switch is None or now < self._look_at:
            return False
        is_down = self._is_pedal_down()
        if is_down is self._was_down:
            return False
        self._was_down, self._look_at = is_down, now + BOUNCE_SECONDS
        return is_down
