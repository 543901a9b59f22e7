"""What a service manager hears of us: ready, alive, stopping (systemd's sd_notify(3), without its library).

Without `NOTIFY_SOCKET` in the environment, as on Windows, nothing is said.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

_FED_PER_LIMIT = 3
"""How often the watchdog is fed within the time it allows."""


@dataclass(slots=True)
class Service:
    """The line to the service manager.

    Attributes:
        address: of its socket; empty for none.
        watchdog_seconds: how long it waits for `alive` before it kills us; 0 for ever.
    """

    address: str
    watchdog_seconds: float
    _fed_at: float = field(default=-1e9)

    @classmethod
    def none(cls) -> Service:
        """Nobody listens."""
        return cls("", 0.0)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> Service:
        """The manager that started this process, if one did. A watchdog meant for another process is not ours."""
        environment = os.environ if environment is None else environment
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environment.get("WATCHDOG_USEC", "") if ours else ""
        return cls(environment.get("NOTIFY_SOCKET", ""), int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0)

    def ready(self) -> None:
        """The start is over."""
        self._tell("READY=1")

    @property
    def feeding_seconds(self) -> float:
        """How often `alive` should be told; 0 for never."""
        return self.watchdog_seconds / _FED_PER_LIMIT

    def alive(self) -> None:
        """Work goes on; as often as you like."""
        now = time.monotonic()
        if self.watchdog_seconds and now - self._fed_at >= self.feeding_seconds / 2:
            self._fed_at = now
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """We end in order."""
        self._tell("STOPPING=1")

    def _tell(self, what: str) -> None:
        if sys.platform != "win32" and self.address:
            address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
            kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
            # A manager that can't be told is no reason to stop working; its watchdog will say so.
            with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as line:
                line.sendto(what.encode(), address)
