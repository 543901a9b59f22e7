"""`unison tls setup`, `renew` and `status`."""

from __future__ import annotations

import argparse
import socket
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from unison_domain.stations.contracts import AgentState

from unison_server.certificates.authority import (
    Authority,
    authority_folder,
    checked_names,
    load_authority,
    make_authority,
    make_private_folder,
    replace_file,
)
from unison_server.certificates.tls import (
    LOOK_SECONDS,
    Certificate,
    TlsFiles,
    authority_file,
    read_certificate,
    server_file,
)
from unison_server.cli.ground import running_databases
from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.secret import CLUSTER_FILE
from unison_server.kernel.settings import Settings, SettingsError
from unison_server.stations.tables import Agent

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
    renew.add_argument("names", nargs="*", metavar="NAME", help="names and addresses beside those until now")
    renew.add_argument("--only", action="store_true", help="the given names and no others from now on")
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
    make_private_folder(settings.tls_folder)
    folder = _key_folder(settings, arguments)
    is_first = arguments.authority is None and not server_file(settings).exists()
    name = f"Unison on {socket.gethostname()}"[:50]
    authority = make_authority(authority_file(settings), folder, name, now, is_first=is_first)
    _write_server(settings, authority, names, now)
    _tell(settings, now)
    print(f"The authority's key is in {folder}: whoever has it can pretend to be this server. Keep a copy in a safe.")
    print("`unison serve` speaks HTTPS from its next start on; a server that runs has to be started again.")
    _tell_of_pcs(settings, names[0])


def _tell_of_pcs(settings: Settings, name: str) -> None:
    """Which PCs the next start cuts off: each has an address without HTTPS, or another authority, until enrolled anew.

    The certificate is made by then: where nobody can be asked, that is what is told.
    """
    if settings.embedded and not (settings.data / CLUSTER_FILE).exists():
        return
    try:
        pcs = _enrolled_pcs(settings)
    except (SQLAlchemyError, EmbeddedError) as error:
        why = str(error).splitlines()[0]
        print(f"Which PCs are enrolled can't be read ({why}). Each has to be enrolled again, as follows.")
    else:
        if not pcs:
            return
        print(f"{len(pcs)} enrolled: {', '.join(pcs)}. From that start on the server hears none of them.")
    print(
        "For each: in the desktop Stations, the PC, New code…; then at the PC `unison-station enrol --server "
        f'https://{name}:{settings.port} --code "…"`. What they collect meanwhile they keep, and send then. '
        f"Desktops sign in at https://{name}:{settings.port}."
    )


def _enrolled_pcs(settings: Settings) -> list[str]:
    with running_databases(settings) as running:
        system = running.system_databases()
        try:
            with system.operations.connect() as connection:
                rows = connection.execute(
                    select(Agent.name)
                    .where(Agent.is_active, Agent.state.in_([AgentState.ENROLLED, AgentState.CONFLICT]))
                    .order_by(Agent.name)
                )
                return list(rows.scalars())
        finally:
            system.dispose()


def _renew(settings: Settings, arguments: argparse.Namespace, now: datetime) -> None:
    if settings.tls_certificate:
        raise SettingsError(
            f"{settings.tls_certificate} is your own certificate (UNISON_TLS_CERTIFICATE): renew it where it was made "
            "and replace the files; a running server takes them up by itself"
        )
    authority = load_authority(authority_file(settings), _key_folder(settings, arguments))
    until_now, names = _names(settings, arguments)
    _write_server(settings, authority, names, now)
    _tell(settings, now)
    if dropped := [name for name in until_now if name not in names]:
        print(f"No longer for: {', '.join(dropped)}. PCs that reach the server by them trust it no more.")
    print(f"A running server shows it to new connections within {LOOK_SECONDS:g} seconds.")


def _names(settings: Settings, arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Names until now, and those from now on."""
    if arguments.only and not arguments.names:
        raise SettingsError("--only needs the names that stay: unison tls renew --only NAME …")
    try:
        until_now = _names_until_now(settings)
    except SettingsError as error:
        if not arguments.names:
            raise SettingsError(f"{error}; or name the server's names for a new one: unison tls renew NAME …") from None
        until_now = []
    given = checked_names([*arguments.names, *_HERE])
    if arguments.only:
        return until_now, given
    try:
        return until_now, checked_names([*until_now, *given])
    except SettingsError as error:
        raise SettingsError(f"{error}. It is a name until now: drop it with unison tls renew --only NAME …") from None


def _names_until_now(settings: Settings) -> list[str]:
    files = TlsFiles.of(settings)
    if files is None:
        raise SettingsError(f"{settings.tls_folder} holds no certificate to renew")
    return list(files.shown().names)


def _write_server(settings: Settings, authority: Authority, names: list[str], now: datetime) -> None:
    # Key and certificate in one file: they can only be replaced together.
    replace_file(server_file(settings), authority.issue(names, now), mode=0o600)


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
