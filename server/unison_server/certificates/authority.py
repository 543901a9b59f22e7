"""The installation's own certificate authority: makes it once, and certificates of the server whenever asked.

The authority's key lies in a folder of its own that only its owner may enter; the server never reads it, so it can be
carried away between two renewals. Certificates follow RFC 5280 and what TLS clients demand of a server's name
(RFC 9525: subject alternative names only).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from unison_server.kernel.settings import Settings, SettingsError, give_to_owner, write_once

AUTHORITY_DAYS = 20 * 365
SERVER_DAYS = 397
"""The longest that all current TLS clients take (CA/Browser Forum Baseline Requirements 6.3.2, before 2026)."""
_EARLIER = timedelta(days=1)
"""Certificates hold from a day ago: PCs whose clock is a little behind take them at once."""
_KEY = "authority_key.pem"


@dataclass(frozen=True, slots=True)
class Authority:
    """Certificate and key of the installation's authority."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, names: Sequence[str], now: datetime) -> bytes:
        """A new key and its certificate for these host names and addresses, as one PEM: key, certificate, authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_subject(names[0][:64]), self.certificate.subject, key, now, timedelta(days=SERVER_DAYS))
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        chain = (certificate, self.certificate)
        return _private(key) + b"".join(part.public_bytes(Encoding.PEM) for part in chain)


def make_authority(
    certificate_file: Path, key_folder: Path, organization: str, now: datetime, *, is_first: bool = False
) -> Authority:
    """A new authority. Its name carries a number, so that two authorities are never taken for one another.

    A key whose certificate was never written is of an attempt that was cut off: it is gone on with.

    Args:
        is_first: no server has a certificate of an authority here, so nobody can trust one.

    Raises:
        SettingsError: there is one already.
    """
    key_file = key_folder / _KEY
    for path in (certificate_file,) if is_first else (certificate_file, key_file):
        if path.exists():
            raise SettingsError(
                f"{path} is there already, and every PC that was enrolled trusts it alone: `unison tls renew` makes a "
                "new certificate of the server. To begin anew, move it away and enrol every PC again"
            )
    make_private_folder(key_folder)
    if not key_file.exists():
        write_once(key_file, _private(ec.generate_private_key(ec.SECP256R1())))
    key = load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SettingsError(f"{key_file} is no key of an authority: move it away")
    serial = x509.random_serial_number()
    name = _subject(f"{organization} {serial % 16**6:06X}")
    certificate = (
        _builder(name, name, key, now, timedelta(days=AUTHORITY_DAYS), serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    replace_file(certificate_file, certificate.public_bytes(Encoding.PEM), mode=0o644)
    return Authority(certificate, key)


def load_authority(certificate_file: Path, key_folder: Path) -> Authority:
    """The authority that was made before.

    Raises:
        SettingsError: it is not there, or certificate and key don't belong together.
    """
    key_file = key_folder / _KEY
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise SettingsError(
            f"{error.filename} is missing: `unison tls setup` makes an authority; where its key was carried away, "
            "name its folder with --authority"
        ) from None
    except ValueError as error:
        raise SettingsError(f"the authority in {certificate_file} and {key_file} can't be read: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise SettingsError(f"{key_file} is not the key of {certificate_file}: name the right folder with --authority")
    return Authority(certificate, key)


def make_private_folder(folder: Path) -> None:
    """A folder that only its owner may enter; whoever makes it, it belongs to whom the folder around it belongs to."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        give_to_owner(folder)
    folder.chmod(0o700)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Put `content` in the file's place, complete or not at all."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        give_to_owner(Path(draft))
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def names_of(certificate: x509.Certificate) -> list[str]:
    """Host names and addresses a certificate is for."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in held if isinstance(name, x509.DNSName | x509.IPAddress)]


def checked_names(names: Sequence[str]) -> list[str]:
    """Names as a certificate holds them, each once.

    Raises:
        SettingsError: one is neither a host name nor an address.
    """
    for name in names:
        try:
            _general_name(name)
        except ValueError:
            raise SettingsError(
                f"{name!r} is neither a host name nor an address: give names like unison.example or 192.168.1.10"
            ) from None
    return list(dict.fromkeys(name.lower() for name in names))


def authority_folder(settings: Settings) -> Path:
    """Where the authority's key lies unless it was carried away."""
    return settings.tls_folder / "authority"


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - _EARLIER)
        .not_valid_after(now.astimezone(UTC) + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        labels = name.removeprefix("*.").rstrip(".").split(".")
        if len(name) > 253 or labels[-1].isdecimal() or not all(_is_label(label) for label in labels):
            raise  # a name that ends in digits is a mistyped address: no top-level domain is a number (RFC 3696, 2)
        return x509.DNSName(name.lower().rstrip("."))


def _is_label(label: str) -> bool:
    letters = label.replace("-", "")  # an underscore is for names of services, never of hosts (RFC 1123, 2.1)
    return 0 < len(label) <= 63 and label.isascii() and letters.isalnum() and label[0] != "-" and label[-1] != "-"


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
