"""Until when a machine's signals can be believed: a station that tells nothing any more says nothing of its machines.

What is derived here is never stored: when a PC that was cut off comes back, its events fill in what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.state import patience

SILENT_AFTER = timedelta(seconds=60)
"""An agent tells every 5 s how fresh its signals are; a minute without word is no lost heartbeat or two."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a machine's signals come in.

    Attributes:
        last_signal_at: newest moment a good signal of it is known for, by events or heartbeats.
        stale_seconds: age from which its station itself calls a signal lost, but at least two polls; None: three.
        poll_seconds: interval of its slowest tag; None when it has none.
    """

    last_signal_at: datetime | None
    stale_seconds: float | None = None
    poll_seconds: float | None = None

    @property
    def patience(self) -> timedelta:
        """Age of the last signal up to which an open state is believed; a slow tag is given its time to be read."""
        return SILENT_AFTER + timedelta(seconds=patience(self.stale_seconds, self.poll_seconds or 0.0))

    def believed_until(self, state: MachineState, source: StateSource, started_at: datetime) -> datetime | None:
        """When the open state is believed no more, should no signal come; None where none is waited for.

        That is where a person has said the state, and where it is unknown anyway.
        """
        if source is StateSource.PERSON or state is MachineState.UNKNOWN:
            return None
        return self._last(started_at) + self.patience

    def silent_since(
        self, state: MachineState, source: StateSource, started_at: datetime, now: datetime
    ) -> datetime | None:
        """The moment from which nobody knows what the machine does, though its newest interval is open; else None."""
        until = self.believed_until(state, source, started_at)
        return self._last(started_at) if until is not None and until < now else None

    def _last(self, started_at: datetime) -> datetime:
        return max(started_at, self.last_signal_at or started_at)


def station_silent_since(source: StateSource, heard_at: datetime | None, now: datetime) -> datetime | None:
    """When the PC of a station fell silent at which a person said what a machine does; else None.

    The word stands, for nobody takes it back; but nobody there could say otherwise since.

    Args:
        source: who says the open state.
        heard_at: when the PC was heard last, by the server's clock as `now`; None where there is none or it never was.
    """
    is_silent = source is StateSource.PERSON and heard_at is not None and now - heard_at > SILENT_AFTER
    return heard_at if is_silent else None
