"""Which server is believed: one whose certificate the pinned authority signed, at the time it really is.

Once an authority is pinned nothing else is trusted, whatever the PC's system trusts. OpenSSL checks the signatures, the
purpose and the server's name; the dates are checked here, because the PC's own clock may be dead. Where they fail by
that clock, the server may be asked for the time, over a line on which all but the dates is checked, and for nothing
else; its answer then takes the clock's place for these checks. It counts only when it does not lie before the newest
time a trusted server told: who found the key of a certificate that has ended can't make it valid again.

Without a pinned authority OpenSSL decides all of it by the system's authorities and the PC's clock. Until when the
certificates hold is noted in either case, so that people hear of their end in time.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from unison_station.platform.files import write_private

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python does not name."""

_FLOOR_FILE = "newest_time.txt"
_FLOOR_EVERY = timedelta(hours=1)
_FLOOR_SLACK = timedelta(days=1)
"""A server's clock may have been set back by so much."""


class Doubt(ssl.SSLCertVerificationError):
    """The certificate is the authority's, but does not hold at this time."""


class Life(NamedTuple):
    """From when and until when a certificate holds."""

    begins: datetime
    ends: datetime


class Trust:
    """What one agent believes of its server. Safe to use from several threads.

    Attributes:
        authority: PEM of the pinned authority; None where the system's are trusted.
        certificate_ends: until when the server's certificate holds, as it was seen last; None before.
        authority_ends: the same of the pinned authority; None without one.
    """

    def __init__(
        self,
        authority: str | None,
        folder: Path | None,
        *,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        """Nothing is asked yet.

        Args:
            folder: where the newest time a trusted server told is kept; None while there is none yet.
            wall: seconds since 1970 by the PC's clock. monotonic: seconds since boot.
        """
        self.authority = authority
        self.certificate_ends: datetime | None = None
        self.authority_ends: datetime | None = None
        self._floor_file = None if folder is None else folder / _FLOOR_FILE
        self._wall = wall
        self._monotonic = monotonic
        self._ahead: float | None = None
        self._written: datetime | None = None

    def context(self) -> ssl.SSLContext:
        """For every request: dates and all.

        Raises:
            ValueError: the authority is no certificate.
        """
        context = _SeeingContext(ssl.PROTOCOL_TLS_CLIENT)
        context.trust = self
        if self.authority is not None:
            return self._only_authority(context)
        context.load_default_certs()
        return context

    def context_for_time(self) -> ssl.SSLContext:
        """For asking the time alone: dates are not looked at."""
        return self._only_authority(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def now(self) -> datetime:
        """The time certificates are held against: the server's if it had to be asked, else the PC's."""
        seconds = self._wall() if self._ahead is None else self._monotonic() + self._ahead
        return datetime.fromtimestamp(seconds, UTC)

    def see(self, server: Life, authority: Sequence[Life]) -> None:
        """Note the certificate a server shows; raises `Doubt` where it, or the pinned authority, does not hold now."""
        self.certificate_ends = server.ends
        if self.authority is None:
            return  # OpenSSL looked at the dates
        self.authority_ends = min((one.ends for one in authority), default=None)
        every = [server, *authority]
        self._demand_in_date(Life(max(one.begins for one in every), min(one.ends for one in every)))

    def _demand_in_date(self, life: Life) -> None:
        begins, ends = life
        now = self.now()
        clock = "the server's clock" if self._ahead is not None else "this PC's clock"
        if now >= ends:
            raise Doubt(
                f"its certificate ended on {ends:%Y-%m-%d %H:%M} UTC; by {clock} it is {now:%Y-%m-%d %H:%M} UTC"
            )
        if now < begins:
            raise Doubt(
                f"its certificate begins on {begins:%Y-%m-%d %H:%M} UTC; by {clock} it is {now:%Y-%m-%d %H:%M} UTC"
            )

    def demand_still_in_date(self) -> None:
        """Raises `Doubt` where a certificate of a line that stands has ended meanwhile."""
        seen = [ends for ends in (self.certificate_ends, self.authority_ends) if ends is not None]
        if self.authority is not None and seen:
            self._demand_in_date(Life(datetime.min.replace(tzinfo=UTC), min(seen)))

    def learn(self, server_time: datetime, at: float) -> None:
        """Take the time a server told that was only half believed, `at` seconds since boot.

        Raises:
            Doubt: it lies before what was known already.
        """
        floor = self._floor()
        if floor is not None and server_time < floor - _FLOOR_SLACK:
            raise Doubt(
                f"the server says it is {server_time:%Y-%m-%d %H:%M} UTC, but {floor:%Y-%m-%d %H:%M} has passed "
                "already: set the server's clock, or enrol this PC again"
            )
        self._ahead = server_time.timestamp() - at

    def told(self, server_time: datetime) -> None:
        """Remember the time a trusted server told, so that no time before it is ever believed; about once an hour."""
        if self.authority is None or self._floor_file is None:
            return
        if self._written is not None and server_time - self._written < _FLOOR_EVERY:
            return
        self._written = server_time
        with suppress(OSError):  # the disk is full: the former mark stays
            write_private(self._floor_file, server_time.astimezone(UTC).isoformat().encode())

    def _floor(self) -> datetime | None:
        if self._floor_file is None:
            return None
        with suppress(OSError, ValueError):
            return datetime.fromisoformat(self._floor_file.read_text())
        return None

    def _only_authority(self, context: ssl.SSLContext) -> ssl.SSLContext:
        try:
            context.load_verify_locations(cadata=self.authority)
        except ssl.SSLError as error:
            raise ValueError(f"the pinned authority is no certificate in PEM ({error.reason or error})") from None
        context.verify_flags = ssl.VerifyFlags(
            context.verify_flags | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
        )
        return context


class _SeeingContext(ssl.SSLContext):
    """Shows `trust` the server's certificate after each handshake, before anything is sent."""

    trust: Trust

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        line = super().wrap_socket(sock, *args, **options)
        try:
            authority = self.get_ca_certs() if self.trust.authority is not None else []
            self.trust.see(_life(line.getpeercert() or {}), [_life(one) for one in authority])
        except BaseException:
            line.close()
            raise
        return line


def _life(certificate: Mapping[str, Any]) -> Life:
    return Life(_moment(str(certificate["notBefore"])), _moment(str(certificate["notAfter"])))


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
