"""The installation's authority and certificates: made, renewed, shown to new connections, and told of in time."""

from __future__ import annotations

import os
import re
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
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
    Renewal,
    TlsFiles,
    authority_file,
    certificate_ends,
    server_file,
    tls_health,
)
from unison_server.identity.certificate import TOPIC, tell_of_certificate
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings, SettingsError

from tests.server.factories import Made, make_organization

NOW = datetime.now(UTC)


def set_up(settings: Settings, now: datetime = NOW) -> Authority:
    settings.tls_folder.mkdir()
    authority = make_authority(authority_file(settings), authority_folder(settings), "Unison on test", now)
    server_file(settings).write_bytes(authority.issue(["127.0.0.1", "unison.example"], now))
    return authority


@contextmanager
def listening(context: ssl.SSLContext) -> Iterator[int]:
    """Something that shakes hands and says one byte to whoever comes."""
    end = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)

        def serve() -> None:
            while not end.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                try:
                    with context.wrap_socket(client, server_side=True) as line:
                        line.sendall(b".")
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        end.set()
        thread.join()


def shown(port: int, trust: Path, name: str = "127.0.0.1") -> bytes | None:
    """The certificate a client sees that trusts one authority and nothing else."""
    client = ssl.create_default_context(cafile=str(trust))
    with (
        socket.create_connection(("127.0.0.1", port)) as line,
        client.wrap_socket(line, server_hostname=name) as secured,
    ):
        assert secured.recv(1) == b"."
        return secured.getpeercert(binary_form=True)


def test_clients_that_trust_the_authority_take_its_certificate(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    set_up(settings)
    files = TlsFiles.of(settings)
    assert files is not None
    with listening(files.context()) as port:
        assert shown(port, authority_file(settings)) == files.shown().der
        assert shown(port, authority_file(settings), "unison.example") == files.shown().der
        with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for .other\.example."):
            shown(port, authority_file(settings), "other.example")


def test_only_the_owner_reads_the_keys(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    set_up(settings)
    folder = authority_folder(settings)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_what_root_makes_belongs_to_the_server(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    nobody = 65534
    os.chown(tmp_path, nobody, nobody)
    make_private_folder(settings.tls_folder)
    authority = make_authority(authority_file(settings), authority_folder(settings), "Unison on test", NOW)
    replace_file(server_file(settings), authority.issue(["unison.example"], NOW), mode=0o600)
    owners = {path: path.stat().st_uid for path in [settings.tls_folder, *settings.tls_folder.rglob("*")]}
    assert len(owners) == 5
    assert set(owners.values()) == {nobody}


def test_a_setup_that_was_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    begun = set_up(settings)
    authority_file(settings).unlink()
    with pytest.raises(SettingsError, match="is there already"):  # PCs may trust what served until now
        make_authority(authority_file(settings), authority_folder(settings), "Unison on test", NOW)
    server_file(settings).unlink()
    made = make_authority(authority_file(settings), authority_folder(settings), "Unison on test", NOW, is_first=True)
    assert made.key.private_numbers() == begun.key.private_numbers()
    assert load_authority(authority_file(settings), authority_folder(settings)).certificate == made.certificate


def test_a_second_authority_is_refused_and_another_key_is_told(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    set_up(settings)
    with pytest.raises(SettingsError, match="is there already, and every PC that was enrolled trusts it alone"):
        make_authority(authority_file(settings), authority_folder(settings), "Unison on test", NOW)
    (tmp_path / "other").mkdir()
    make_authority(tmp_path / "other" / "authority.pem", tmp_path / "other", "Unison on test", NOW)
    with pytest.raises(SettingsError, match="is not the key of"):
        load_authority(authority_file(settings), tmp_path / "other")
    with pytest.raises(SettingsError, match="name its folder with --authority"):
        load_authority(authority_file(settings), tmp_path / "nowhere")


def test_new_connections_get_the_new_certificate_and_half_a_pair_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    authority = set_up(settings)
    files = TlsFiles.of(settings)
    assert files is not None
    renewal = Renewal(files, files.context())
    server = settings.tls_folder / "server.pem"
    with listening(renewal.context) as port:
        first = shown(port, authority_file(settings))
        stamp = renewal.look(files.stamp())
        whole = authority.issue(["127.0.0.1"], NOW)
        server.write_bytes(whole[: len(whole) // 3])
        assert renewal.look(stamp) == stamp
        assert shown(port, authority_file(settings)) == first
        server.write_bytes(whole)
        assert renewal.look(stamp) != stamp
        assert shown(port, authority_file(settings)) == files.shown().der != first


@pytest.mark.parametrize(
    "name",
    ["", "not a name", "-x.example", "a..b", "x" * 64, "http://unison.example", "192.168.1.300", "nonsense_name"],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="neither a host name nor an address"):
        checked_names([name])


def test_names_are_kept_once() -> None:
    assert checked_names(["Unison.Example", "unison.example", "::1", "*.plant.example"]) == [
        "unison.example",
        "::1",
        "*.plant.example",
    ]


def test_half_an_own_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="set both UNISON_TLS_CERTIFICATE and UNISON_TLS_KEY"):
        TlsFiles.of(Settings(tmp_path, tls_certificate="cert.pem"))
    own = TlsFiles.of(Settings(tmp_path, tls_certificate=str(tmp_path / "a.pem"), tls_key=str(tmp_path / "b.pem")))
    assert own is not None
    with pytest.raises(SettingsError, match=r"a\.pem .*can't be read: No such file"):
        own.context()
    (tmp_path / "a.pem").write_text("nothing")
    with pytest.raises(SettingsError, match="holds no certificate in PEM"):
        own.shown()


@pytest.mark.parametrize(
    ("age", "well", "words"),
    [
        (0, True, "ends in 397 days"),
        (380, True, "ends in 17 days, on .*: renew it with `unison tls renew`"),
        (398, False, "agents and desktops send nothing until it is renewed"),
        (-5, False, "holds only from"),
    ],
)
def test_health_says_until_when(tmp_path: Path, age: int, well: bool, words: str) -> None:
    settings = Settings(tmp_path)
    set_up(settings, NOW - timedelta(days=age) + timedelta(hours=1))
    health = tls_health(settings)
    assert health is not None
    assert health[0] is well
    assert re.search(words, health[1]), health[1]


def test_without_https_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert tls_health(Settings(tmp_path)) is None
    assert certificate_ends(Settings(tmp_path)) is None


@pytest.fixture
def organization(databases: Databases, system_databases: Databases) -> Made:
    return make_organization(databases, system_databases)


def told(system: Databases, organization: Made) -> int:
    with system.operations.connect() as connection:
        statement = text(
            "select (select count(*) from outbox where topic = :topic and organization_id = :organization)"
            " + (select count(*) from events where topic = :topic and organization_id = :organization)"
        )
        return int(connection.scalar(statement, {"topic": TOPIC, "organization": organization.id}))


def test_it_is_told_once_a_day_from_thirty_days_before(
    tmp_path: Path, system_databases: Databases, organization: Made
) -> None:
    settings = Settings(tmp_path)
    set_up(settings, NOW - timedelta(days=360))
    tell_of_certificate(settings, system_databases, NOW)
    assert told(system_databases, organization) == 0
    later = NOW + timedelta(days=10)
    tell_of_certificate(settings, system_databases, later)
    tell_of_certificate(settings, system_databases, later + timedelta(hours=1))
    assert told(system_databases, organization) == 1
