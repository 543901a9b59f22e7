"""What time it is at the server: moments it tells are only ever compared with its own clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from PySide6.QtCore import QObject, Signal

WRONG_AFTER = timedelta(seconds=60)
"""A PC's clock this far off is wrong in a way the person should know."""

_DATE_STEP = 1.0
"""An HTTP date names the second its moment lies in (RFC 9110, 5.6.7)."""


class ServerClock(QObject):
    """The server's time: this PC's clock, mended by what answers tell of the server's.

    An answer's `Date` says that the server's clock read it at some moment between request and answer. That bounds how
    far ahead the server is; every answer narrows the bounds, so those with a short way decide. An answer that fits
    none of the former ones means that one of the clocks was set: what was known before it is dropped. While the PC's
    clock may be right, it is taken to be.

    Attributes:
        ahead: how far the server's clock is ahead of this PC's; zero until the opposite is known.

    Signals:
        found_wrong: the `timedelta` this PC's clock is ahead; told once, and again only after it was right meanwhile.
    """

    found_wrong = Signal(object)

    def __init__(self, parent: QObject | None = None, *, pc: Callable[[], float] = time.time) -> None:
        """`pc` is this PC's clock in seconds since 1970."""
        super().__init__(parent)
        self._pc = pc
        self._bounds: tuple[float, float] | None = None
        self._told = False

    @property
    def ahead(self) -> timedelta:
        low, high = self._bounds or (0.0, 0.0)
        return timedelta(0) if low <= 0 <= high else timedelta(seconds=(low + high) / 2)

    def now(self) -> datetime:
        """The server's time (UTC)."""
        return datetime.fromtimestamp(self._pc(), UTC) + self.ahead

    def pc_now(self) -> float:
        """This PC's clock, to be handed to `learn` as the moment of a request."""
        return self._pc()

    def learn(self, date: str, asked_at: float) -> None:
        """Take the `Date` of an answer that came just now; one that can't be read teaches nothing.

        Args:
            asked_at: `pc_now()` when the request was sent.
        """
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        if told.tzinfo is None:  # RFC 9110 knows only GMT
            told = told.replace(tzinfo=UTC)
        low, high = told.timestamp() - self._pc(), told.timestamp() + _DATE_STEP - asked_at
        if low > high:
            return  # this PC's clock was set back on the way
        known_low, known_high = self._bounds or (low, high)
        narrowed = max(low, known_low), min(high, known_high)
        self._bounds = narrowed if narrowed[0] <= narrowed[1] else (low, high)
        self._tell()

    def _tell(self) -> None:
        wrong = abs(self.ahead) > WRONG_AFTER
        if wrong and not self._told:
            self.found_wrong.emit(-self.ahead)
        self._told = wrong
