"""The server's event stream: hears at once what a heartbeat would tell seconds later.

That is that a command waits, and that a person decided about events of this agent.
"""

from __future__ import annotations

from collections.abc import Callable

from unison_station.uplink.backoff import Backoff
from unison_station.uplink.transport import Transport, Unreachable

PATH = "/api/v1/events"
COMMANDED = b"stations.agent.commanded"
DECIDED = b"stations.agent.quarantine_decided"


class Announcements:
    """Follows the stream, one connection after another. What was said in between a heartbeat tells."""

    def __init__(
        self,
        transport: Transport,
        told: Callable[[], None],
        is_over: Callable[[], bool],
        decided: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin with a connection at the first step.

        Args:
            told: called when a command may wait, on the thread that takes the steps.
            is_over: whether to listen no more; asked with every line.
            decided: called when a person decided about events that were set aside, on that thread too.
        """
        self._transport = transport
        self._told = told
        self._is_over = is_over
        self._decided = decided
        self._backoff = Backoff()

    def replace_transport(self, transport: Transport) -> None:
        """Go on with another token."""
        self._transport.close()
        self._transport = transport

    def interrupt(self) -> None:
        """End the step that is waiting, from another thread."""
        self._transport.interrupt()

    def close(self) -> None:
        """Close the connection; on the thread that takes the steps."""
        self._transport.close()

    def step(self) -> float:
        """Listen until the connection ends; returns the seconds to wait before the next."""
        try:
            for line in self._transport.lines(PATH):
                if self._is_over():
                    return 0.0
                if line.startswith(b"event: ready"):
                    self._backoff.reset()
                    self._told()
                elif line.startswith(b"data:") and COMMANDED in line:
                    self._told()
                elif line.startswith(b"data:") and DECIDED in line:
                    self._decided()
        except Unreachable:
            pass
        return self._backoff.next()
