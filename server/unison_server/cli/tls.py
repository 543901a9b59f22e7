"""`unison tls setup`, `renew` and `status`."""

from __future__ import annotations

import argparse
import socket
from datetime import UTC, datetime
from pathlib import Path

from unison_server.certificates.authority import (
    Authority,
    authority_folder,
    checked_names,
    load_authority,
    make_authority,
    replace_file,
)
from unison_server.certificates.tls import LOOK_SECONDS, Certificate, TlsFiles, authority_file, read_certificate
from unison_server.kernel.settings import Settings, SettingsError

_HERE = ("localhost", "127.0.0.1", "::1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its three words."""
    words = parser.add_subparsers(dest="what", required=True, metavar="setup | renew | status")
    setup = words.add_parser("setup", help="make the installation's certificate authority and a certificate")
    setup.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="host names and addresses by which desktops and station PCs reach this server",
    )
    renew = words.add_parser("renew", help="make a new certificate; a running server takes it up by itself")
    renew.add_argument("names", nargs="*", metavar="NAME", help="other names and addresses than until now")
    for word in (setup, renew):
        word.add_argument(
            "--authority",
            type=Path,
            metavar="DIR",
            help="folder of the authority's key, e.g. on a stick kept in a safe (default: in the data folder)",
        )
    words.add_parser("status", help="who the certificate is for, until when, and its fingerprint")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; `status` answers 1 when something has to be done."""
    settings, now = Settings.load(), datetime.now(UTC)
    match arguments.what:
        case "setup":
            _setup(settings, arguments, now)
        case "renew":
            _renew(settings, arguments, now)
        case _:
            return _status(settings, now)
    return 0


def _setup(settings: Settings, arguments: argparse.Namespace, now: datetime) -> None:
    names = checked_names([*arguments.names, *_HERE])
    settings.make_data_folder()
    settings.tls_folder.mkdir(mode=0o700, exist_ok=True)
    folder = _key_folder(settings, arguments)
    authority = make_authority(authority_file(settings), folder, f"Unison on {socket.gethostname()}"[:50], now)
    _write_server(settings, authority, names, now)
    _tell(settings, now)
    print(f"The authority's key is in {folder}: whoever has it can pretend to be this server. Keep a copy in a safe.")
    print("`unison serve` speaks HTTPS from its next start on.")


def _renew(settings: Settings, arguments: argparse.Namespace, now: datetime) -> None:
    if settings.tls_certificate:
        raise SettingsError(
            f"{settings.tls_certificate} is your own certificate (UNISON_TLS_CERTIFICATE): renew it where it was made "
            "and replace the files; a running server takes them up by itself"
        )
    authority = load_authority(authority_file(settings), _key_folder(settings, arguments))
    names = checked_names([*arguments.names, *_HERE]) if arguments.names else list(_names_until_now(settings))
    _write_server(settings, authority, names, now)
    _tell(settings, now)
    print(f"A running server shows it to new connections within {LOOK_SECONDS:g} seconds.")


def _names_until_now(settings: Settings) -> tuple[str, ...]:
    files = TlsFiles.of(settings)
    if files is None:
        raise SettingsError(f"{settings.tls_folder} holds no certificate to renew: name the server's names")
    try:
        return files.shown().names
    except SettingsError as error:
        raise SettingsError(f"{error}; or name the server's names for a new one: unison tls renew NAME …") from None


def _write_server(settings: Settings, authority: Authority, names: list[str], now: datetime) -> None:
    # Key and certificate in one file: they can only be replaced together.
    replace_file(settings.tls_folder / "server.pem", authority.issue(names, now), mode=0o600)


def _status(settings: Settings, now: datetime) -> int:
    files = TlsFiles.of(settings)
    if files is None:
        print(f"No certificate: plain HTTP, on {settings.host}. `unison tls setup NAME…` makes one.")
        return 1
    _tell(settings, now)
    files.context()  # says where key and certificate don't fit
    held = [files.shown(), *filter(None, [files.trusted()])]
    return 0 if all(one.holds(now) and not one.ends_soon(now) for one in held) else 1


def _tell(settings: Settings, now: datetime) -> None:
    files = TlsFiles.of(settings)
    if files is None:
        return
    _tell_one("Server", files.certificate, files.shown(), now)
    if files.authority is None:
        print("Authority: none of this installation; clients trust what their system trusts")
    else:
        _tell_one("Authority", files.authority, read_certificate(files.authority), now)


def _tell_one(what: str, file: Path, certificate: Certificate, now: datetime) -> None:
    print(f"{what}: {certificate.subject}, by {certificate.issuer}")
    if certificate.names:
        print(f"  for          {', '.join(certificate.names)}")
    print(f"  life         {certificate.life(now)}")
    print(f"  fingerprint  {certificate.fingerprint}")
    print(f"  SHA-256      {certificate.sha256}")
    print(f"  file         {file}")


def _key_folder(settings: Settings, arguments: argparse.Namespace) -> Path:
    given: Path | None = arguments.authority
    return authority_folder(settings) if given is None else given.expanduser().absolute()
