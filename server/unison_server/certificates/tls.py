"""HTTPS of the server: which certificate it shows, until when, and going over to a new one while clients stay.

The files are those that `unison tls` made in the data folder, or an installation's own (`tls_certificate`, `tls_key`).
A certificate that was replaced is taken up by the next new connection; those that stand go on undisturbed.
"""

from __future__ import annotations

import hashlib
import math
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from unison_domain.kernel.certificates import ends_soon
from unison_domain.stations.enrolment_code import fingerprint

from unison_server.certificates.authority import names_of
from unison_server.kernel.settings import Settings, SettingsError

LOOK_SECONDS = 5.0
"""How often is looked whether the files were replaced."""

TOLD_AGAIN_SECONDS = 60.0
"""How often the log tells of calls without TLS at most: a PC may call every second."""

ASK_SECONDS = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is worth knowing of a certificate."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    der: bytes

    @property
    def fingerprint(self) -> str:
        """As people compare it, and as enrolment codes carry it."""
        return fingerprint(self.der)

    @property
    def sha256(self) -> str:
        """As other programs show it: 64 hexadecimal digits with colons between pairs."""
        return hashlib.sha256(self.der).digest().hex(":").upper()

    def life(self, now: datetime) -> str:
        """Until when it holds, in words; the way out where that is soon."""
        day = f"{self.ends:%Y-%m-%d}"
        if now < self.begins:
            return f"holds only from {self.begins:%Y-%m-%d} on: set this PC's clock, or renew it"
        if now >= self.ends:
            return f"ended on {day}: agents and desktops send nothing until it is renewed (`unison tls renew`)"
        days = (self.ends - now).days
        return f"ends in {days} days, on {day}" + (": renew it with `unison tls renew`" if self.ends_soon(now) else "")

    def holds(self, now: datetime) -> bool:
        """Whether clients take it."""
        return self.begins <= now < self.ends

    def ends_soon(self, now: datetime) -> bool:
        """Whether it is time to renew it."""
        return ends_soon(self.ends, now)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where certificate (with its chain), key and the authority that clients are to trust lie.

    Attributes:
        authority: None where clients trust the certificate's issuer anyway.
    """

    certificate: Path
    key: Path
    authority: Path | None

    @classmethod
    def of(cls, settings: Settings) -> TlsFiles | None:
        """Those of the settings, else those `unison tls setup` made, or None: no HTTPS.

        Raises:
            SettingsError: one of certificate and key is set without the other.
        """
        given = settings.tls_authority and Path(settings.tls_authority)
        if bool(settings.tls_certificate) != bool(settings.tls_key):
            raise SettingsError("set both UNISON_TLS_CERTIFICATE and UNISON_TLS_KEY, or neither")
        if settings.tls_certificate:
            return cls(Path(settings.tls_certificate), Path(settings.tls_key), given or None)
        made = cls(server_file(settings), server_file(settings), authority_file(settings))
        return made if made.certificate.exists() else None

    def shown(self) -> Certificate:
        """The certificate the server shows.

        Raises:
            SettingsError: it can't be read.
        """
        return read_certificate(self.certificate)

    def trusted(self) -> Certificate | None:
        """The authority clients are to trust.

        Raises:
            SettingsError: it can't be read.
        """
        return None if self.authority is None else read_certificate(self.authority)

    def context(self) -> ssl.SSLContext:
        """What a server needs to speak TLS 1.2 and 1.3.

        Raises:
            SettingsError: files are missing, unreadable, or don't belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslobject_class = _Handshake
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.certificate, self.key)
        except ssl.SSLError as error:
            raise SettingsError(
                f"{self.certificate} and {self.key} are no certificate and its key in PEM ({error.reason or error}): "
                "see `unison tls status`"
            ) from None
        except OSError as error:
            raise SettingsError(f"{self.certificate} or {self.key} can't be read: {error.strerror}") from None
        return context

    def stamp(self) -> tuple[tuple[int, int, int], ...]:
        """Changes when one of the files was replaced."""
        return tuple(
            (stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in (self.certificate.stat(), self.key.stat())
        )


class _Handshake(ssl.SSLObject):
    """Tells of callers that don't speak TLS: an agent enrolled before there was a certificate would stay unheard."""

    _told_at = -math.inf

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                self._tell()
            raise

    @classmethod
    def _tell(cls) -> None:
        now = time.monotonic()
        if now - cls._told_at >= TOLD_AGAIN_SECONDS:
            cls._told_at = now
            log.warning("somebody calls with plain HTTP and is not heard: PCs enrolled before HTTPS need a new code")


@dataclass(frozen=True, slots=True)
class Renewal:
    """Has connections that begin shown new files: each is handed over to a context of its own, made whole before.

    Loading them into the context that serves would show a handshake under way one file of each pair.
    """

    files: TlsFiles
    context: ssl.SSLContext

    def run(self, end: threading.Event) -> None:
        """Look every few seconds until `end` is set; for a thread."""
        stamp = self.files.stamp()
        while not end.wait(LOOK_SECONDS):
            stamp = self.look(stamp)

    def look(self, before: tuple[tuple[int, int, int], ...]) -> tuple[tuple[int, int, int], ...]:
        """Take the files up if they changed since the stamp `before`; those that can't serve are left, and told."""
        try:
            stamp = self.files.stamp()
            if stamp == before:
                return before
            renewed = self.files.context()
        except (SettingsError, OSError) as error:
            log.warning("the new certificate can't be used, the old one is shown on", reason=str(error))
            return before

        def hand_over(connection: ssl.SSLObject, _name: str | None, _serving: ssl.SSLContext) -> None:
            connection.context = renewed

        self.context.sni_callback = hand_over
        log.info("a new certificate is shown", ends=self.files.shown().ends.isoformat())
        return stamp


def speaks_tls(host: str, port: int) -> bool | None:
    """Whether who serves this address of this machine speaks TLS; None when nobody answers.

    The address that stands for all of them leads to this machine too (RFC 1122, 3.2.1.3; `ip(7)`).
    """
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), ASK_SECONDS) as line:
            try:
                asking.wrap_socket(line).close()
            except ssl.SSLError:
                return False
    except OSError:
        return None
    return True


def server_file(settings: Settings) -> Path:
    """Key and certificate of the server, made by `unison tls`."""
    return settings.tls_folder / "server.pem"


def authority_file(settings: Settings) -> Path:
    """The installation's own authority, without its key."""
    return settings.tls_folder / "authority.pem"


def read_certificate(path: Path) -> Certificate:
    """The first certificate of a PEM file.

    Raises:
        SettingsError: there is none.
    """
    try:
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise SettingsError(f"certificate {path} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{path} holds no certificate in PEM ({str(error).split('.', 1)[0]})") from None
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=tuple(names_of(certificate)),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        der=certificate.public_bytes(Encoding.DER),
    )


def held_certificates(settings: Settings) -> list[Certificate]:
    """The server's certificate and the authority clients are to trust, if any, the one that ends first in front.

    Raises:
        SettingsError: one can't be read.
    """
    files = TlsFiles.of(settings)
    if files is None:
        return []
    held = [certificate for certificate in (files.shown(), files.trusted()) if certificate is not None]
    return sorted(held, key=lambda certificate: certificate.ends)


def tls_health(settings: Settings) -> tuple[bool, str] | None:
    """Whether clients take the server's certificate, and what to say of it; None without HTTPS."""
    now = datetime.now(UTC)
    try:
        held = held_certificates(settings)
    except SettingsError as error:
        log.warning("certificate can't be read", error=str(error))
        return False, "can't be read; the server's log says why"  # anybody may ask, and the error names its place
    return (held[0].holds(now), held[0].life(now)) if held else None


def certificate_ends(settings: Settings) -> datetime | None:
    """When the first certificate ends; None without HTTPS, or where it can't be read, which health tells."""
    try:
        held = held_certificates(settings)
    except SettingsError:
        return None
    return held[0].ends if held else None
