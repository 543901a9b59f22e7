"""What people at the desktop ask of this agent: heard and done on two threads of their own, beside events and beats."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Event as Flag
from threading import Thread

from unison_domain.stations.commands import CommandKind

from unison_station.clock import ServerTime
from unison_station.store import Store, StoreError
from unison_station.uplink.announcements import Announcements
from unison_station.uplink.commands import Handler, Runner
from unison_station.uplink.identity import Identity
from unison_station.uplink.transport import Transport

RETRY_SECONDS = 5.0
"""Pause after the buffer or the program itself failed."""

log = logging.getLogger(__name__)


class RemoteControl:
    """Hears that commands wait, fetches them and has them carried out, until closed."""

    def __init__(
        self,
        store: Store,
        server_time: ServerTime,
        handlers: Mapping[CommandKind, Handler],
        *,
        identity: Callable[[], Identity],
        transport: Callable[[Identity], Transport],
        decided: Callable[[], None] = lambda: None,
    ) -> None:
        """Start both threads.

        Args:
            handlers: what carries out each kind.
            identity: as whom the agent speaks now.
            transport: a new connection under an identity.
            decided: told, on a thread here, that a person decided about events of this agent.
        """
        self._identity, self._connected = identity, transport
        self._stop = Flag()
        self._wake = Flag()
        self._wake.set()
        self._known = identity()
        self._runner = Runner(store, transport(self._known), server_time, handlers)
        self._announcements = Announcements(transport(self._known), self._wake.set, self._stop.is_set, decided)
        self._threads = [
            Thread(target=self._carry_out, name="uplink-commands", daemon=True),
            Thread(target=self._hear, name="uplink-announcements", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something may wait; from any thread."""
        self._wake.set()

    def close(self) -> None:
        """Stop both threads; a command under way is given two seconds, then left to end by itself."""
        self._stop.set()
        self._wake.set()
        self._announcements.interrupt()
        for thread in self._threads:
            thread.join(timeout=2.0)

    def _carry_out(self) -> None:
        known = self._known
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stop.is_set():
                break
            if known is not self._identity():
                known = self._identity()
                self._runner.replace_transport(self._connected(known))
            try:
                self._runner.step()
            except StoreError as error:
                log.error("commands wait: %s", error)
                self._again()
            except Exception:
                log.exception("a command met a fault of the program")
                self._again()
        self._runner.close()

    def _again(self) -> None:
        self._stop.wait(RETRY_SECONDS)
        self._wake.set()

    def _hear(self) -> None:
        known = self._known
        while not self._stop.is_set():
            if known is not self._identity():
                known = self._identity()
                self._announcements.replace_transport(self._connected(known))
            self._stop.wait(self._announcements.step())
        self._announcements.close()
