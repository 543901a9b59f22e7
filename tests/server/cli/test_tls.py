"""`unison tls` and HTTPS of `unison serve`, as people run them."""

from __future__ import annotations

import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from unison_domain.stations.enrolment_code import fingerprint
from unison_server.kernel.embedded import Cluster
from unison_station.uplink.transport import Transport, Unreachable
from unison_station.uplink.trust import Trust

from tests.server.cli.test_serve import environment, run, server, token


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with one person and a certificate."""
    data = tmp_path_factory.mktemp("secured")
    add = ("user", "add", "anna", "Anna", "--organization", "ACME", "--create-organization", "Acme", "--role", "admin")
    done = run(data, *add, typed="correct horse\n")
    assert done.returncode == 0, done.stderr
    made = run(data, "tls", "setup", "unison.example")
    assert made.returncode == 0, made.stderr
    yield data
    Cluster(data).destroy()


def test_plain_http_is_refused_off_loopback(tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", UNISON_HOST="0.0.0.0")
    assert refused.returncode == 1
    assert "`unison tls setup NAME…`" in refused.stderr
    assert "UNISON_UNENCRYPTED_NETWORK_ALLOWED=yes" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_serve_is_told(tmp_path: Path) -> None:
    given = {"UNISON_TLS_CERTIFICATE": str(tmp_path / "cert.pem"), "UNISON_TLS_KEY": str(tmp_path / "key.pem")}
    refused = run(tmp_path, "tls", "status", **given)
    assert (refused.returncode, "cert.pem can't be read" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.stderr
    assert run(tmp_path, "tls", "status").stdout.startswith("No certificate: plain HTTP")
    assert "neither a host name nor an address" in run(tmp_path, "tls", "setup", "not a name").stderr


def test_it_serves_https_and_takes_up_a_new_certificate_while_streams_stand(data: Path) -> None:
    authority = data / "tls" / "authority.pem"
    trusting = ssl.create_default_context(cafile=str(authority))
    with server(data) as (process, plain):
        assert str(plain.base_url).startswith("https://127.0.0.1:")
        with httpx.Client(base_url=plain.base_url, verify=trusting, timeout=60) as client:
            signed_in = token(client)
            assert client.get("/api/v1/authority").text == authority.read_text()
            certificate = client.get("/api/v1/certificate", headers=signed_in).json()
            assert certificate["ends_soon"] is False
            assert "certificate: ok, ends in 39" in run(data, "status").stdout
            code = client.post("/api/v1/agents", json={"name": "Hall 1"}, headers=signed_in).json()["code"]
            assert code.endswith("#" + fingerprint(ssl.PEM_cert_to_DER_cert(authority.read_text())))
            with client.stream("GET", "/api/v1/events", headers=signed_in) as stream:
                lines = stream.iter_lines()
                assert next(lines).startswith("id: ")
                address = (plain.base_url.host, plain.base_url.port)
                before = peer(address, trusting)
                renewed = run(data, "tls", "renew")
                assert renewed.returncode == 0, renewed.stderr
                while peer(address, trusting) == before:
                    pass
                process.send_signal(signal.SIGTERM)
                assert [line for line in lines if line.startswith("event: reset")] == []
        assert process.wait(60) == 0
    told = run(data, "tls", "status")
    assert told.returncode == 0
    assert "for          unison.example, localhost, 127.0.0.1, ::1" in told.stdout


def test_a_second_setup_is_refused(data: Path) -> None:
    refused = run(data, "tls", "setup", "unison.example")
    assert refused.returncode == 1
    assert "`unison tls renew`" in refused.stderr


def test_a_damaged_certificate_is_replaced_by_naming_its_names(data: Path) -> None:
    (data / "tls" / "server.pem").write_text("damaged")
    refused = run(data, "tls", "renew")
    assert (refused.returncode, "unison tls renew NAME …" in refused.stderr) == (1, True)
    assert run(data, "tls", "renew", "unison.example").returncode == 0


def test_names_are_added_and_dropped_only_when_asked(data: Path) -> None:
    names = "unison.example, localhost, 127.0.0.1, ::1"
    added = run(data, "tls", "renew", "192.168.1.10")
    assert (f"for          {names}, 192.168.1.10\n" in added.stdout, "No longer" in added.stdout) == (True, False)
    refused = run(data, "tls", "renew", "--only")
    assert (refused.returncode, "--only needs the names" in refused.stderr) == (1, True)
    dropped = run(data, "tls", "renew", "--only", "unison.example")
    assert f"for          {names}\n" in dropped.stdout
    assert "No longer for: 192.168.1.10." in dropped.stdout


def test_the_key_may_be_carried_away(data: Path, tmp_path: Path) -> None:
    (data / "tls" / "authority").rename(tmp_path / "stick")
    refused = run(data, "tls", "renew")
    assert (refused.returncode, "name its folder with --authority" in refused.stderr) == (1, True)
    assert run(data, "tls", "renew", "--authority", str(tmp_path / "stick")).returncode == 0
    (tmp_path / "stick").rename(data / "tls" / "authority")


def test_who_turns_https_on_later_is_told_of_the_pcs_that_need_a_new_code(data: Path, tmp_path: Path) -> None:
    (data / "tls").rename(tmp_path / "tls")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with server(data, UNISON_PORT=str(port)) as (process, plain):
        code = plain.post("/api/v1/agents", json={"name": "Hall 7"}, headers=token(plain)).json()["code"]
        enrol = {"code": code, "hostname": "h", "version": "1", "platform": "p"}
        assert plain.post("/api/v1/stations/enrol", json=enrol).status_code == 200
        made = run(data, "tls", "setup", "unison.example", UNISON_PORT=str(port))
        assert (made.returncode, made.stderr) == (0, "")
        assert "1 enrolled: Hall 7. From that start on the server hears none of them." in made.stdout
        assert f"unison-station enrol --server https://unison.example:{port} --code" in made.stdout
        stale = run(data, "status", UNISON_PORT=str(port))
        assert (stale.returncode, "the server that runs speaks plain HTTP still" in stale.stdout) == (1, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with server(data, UNISON_PORT=str(port)):
        well = run(data, "status", UNISON_PORT=str(port))
        assert (well.returncode, "certificate: ok" in well.stdout) == (0, True), well.stdout
        trust = Trust(None, None, wall=time.time, monotonic=time.monotonic)
        line = Transport(f"http://127.0.0.1:{port}", version="1", monotonic=time.monotonic, trust=trust)
        for body in (b"{}", b"{}" * 1000):
            with pytest.raises(Unreachable, match="It may speak HTTPS now"):
                line.post("/api/v1/stations/me/heartbeat", body)
        line.close()
        wait_for(lambda: "calls with plain HTTP" in (data / "server.log").read_text())
    assert (data / "server.log").read_text().count("calls with plain HTTP") == 1


def wait_for(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_systemd_hears_ready_alive_and_stopping(data: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "600000"}
        assert "NOTIFY_SOCKET" not in environment(data)
        with server(data, **told) as (process, _):
            assert manager.recv(100) == b"READY=1"
            assert [manager.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            process.send_signal(signal.SIGSTOP)  # hangs: nobody feeds
            assert falls_silent(manager, 1.5)
            process.send_signal(signal.SIGCONT)
            manager.settimeout(20)
            process.send_signal(signal.SIGTERM)
            while (said := manager.recv(100)) == b"WATCHDOG=1":
                pass
            assert said == b"STOPPING=1"
            assert process.wait(60) == 0


def falls_silent(manager: socket.socket, seconds: float) -> bool:
    """Whether nothing more is said for so long."""
    manager.settimeout(seconds)
    for _ in range(100):
        try:
            manager.recv(100)
        except TimeoutError:
            return True
    return False


def peer(address: tuple[str, int | None], trusting: ssl.SSLContext) -> bytes | None:
    with (
        socket.create_connection(address) as line,
        trusting.wrap_socket(line, server_hostname=address[0]) as secured,
    ):
        return secured.getpeercert(binary_form=True)
