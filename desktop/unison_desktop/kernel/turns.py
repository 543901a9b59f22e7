"""Whose turn it is to be sent: as many requests at once as there are connections, the others wait here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count

from PySide6.QtNetwork import QNetworkReply

AT_ONCE = 5
"""Qt has six connections to a server, and the event stream keeps one. What Qt itself lets wait for a connection grows
old meanwhile: it would be given up as not answered although the server was never asked.
"""


class Turns:
    """Sends requests in the order they came, those that change something before those that read."""

    def __init__(self) -> None:
        self._numbers = count()
        self._urgent: deque[tuple[int, Callable[[], QNetworkReply]]] = deque()
        self._waiting: deque[tuple[int, Callable[[], QNetworkReply]]] = deque()
        self._flying: set[int] = set()

    def take(self, send: Callable[[], QNetworkReply], *, is_urgent: bool) -> int:
        """Have `send` called when its turn comes, maybe at once; the number is for `leave`."""
        number = next(self._numbers)
        (self._urgent if is_urgent else self._waiting).append((number, send))
        self._go_on()
        return number

    def leave(self, number: int) -> None:
        """Don't send what still waits."""
        for queue in (self._urgent, self._waiting):
            for entry in queue:
                if entry[0] == number:
                    queue.remove(entry)
                    return

    def leave_all(self) -> None:
        """Send nothing that still waits."""
        self._urgent.clear()
        self._waiting.clear()

    def _go_on(self) -> None:
        while (queue := self._urgent or self._waiting) and len(self._flying) < AT_ONCE:
            number, send = queue.popleft()
            self._flying.add(number)
            reply = send()
            reply.finished.connect(partial(self._land, number))
            reply.destroyed.connect(partial(self._land, number))  # given up: it never finishes

    def _land(self, number: int, _gone: object = None) -> None:
        if number in self._flying:
            self._flying.remove(number)
            self._go_on()
