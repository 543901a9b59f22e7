"""Only the server whose authority is known gets events; any doubt stops sending, never collecting."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from unison_domain.stations.enrolment_code import fingerprint
from unison_station.store import Store
from unison_station.uplink import EnrolmentFailed, Identity, LinkState, Uplink, enrol
from unison_station.uplink.transport import Transport, Untrusted
from unison_station.uplink.trust import Trust

from tests.station_agent.store.making import ROOMY, Pc, counted
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, FakeServer, Shown, running

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A certificate authority of its own."""

    def __init__(self, folder: Path, title: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name(title)
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        certificate = (
            self._certificate(self._name, self._key.public_key(), NOW - 900 * DAY, NOW + 900 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.fingerprint = fingerprint(ssl.PEM_cert_to_DER_cert(self.pem))
        self.file = folder / f"{title}.pem"
        self.file.write_text(self.pem)

    def server(self, until: datetime = NOW + DAY, address: str = "127.0.0.1") -> ssl.SSLContext:
        """The server side with a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.renew(context, until, address)
        return context

    def renew(self, context: ssl.SSLContext, until: datetime, address: str = "127.0.0.1") -> None:
        """Have new connections of a server shown another certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._certificate(name("server"), key.public_key(), until - 300 * DAY, until)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / "server.pem"
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )


@pytest.fixture
def plant(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "plant")


def paths(server: FakeServer) -> list[str]:
    return [path for _, path, _ in server.requests]


def enrolled(folder: Path, server: FakeServer, code: str = "code_of_the_test", pc: Pc | None = None) -> Identity:
    return enrol(folder, server.url, code, version="1.2.3", system=pc)


def transport(server: FakeServer, authority: Authority, pc: Pc, folder: Path | None = None) -> Transport:
    trust = Trust(authority.pem, folder, wall=pc.wall, monotonic=pc.monotonic)
    made = Transport(server.url, version="1.2.3", monotonic=pc.monotonic, trust=trust)
    made.authorize(TOKEN)
    return made


def test_the_code_pins_the_authority_and_events_flow(tmp_path: Path, plant: Authority) -> None:
    with running(FakeServer(authority=plant.pem), tls=plant.server()) as server:
        identity = enrolled(tmp_path / "agent", server, f"code_of_the_test#{plant.fingerprint.lower()}")
        assert identity.authority == plant.pem
        assert paths(server) == ["/api/v1/authority", "/api/v1/stations/enrol"]
        with Store.open(tmp_path / "agent", ROOMY) as store, linked(store, tmp_path / "agent", identity) as uplink:
            store.commit([counted(1)])
            server.wait_for(lambda: server.numbers == [1])
            assert uplink.certificate_ends == (NOW + DAY).replace(microsecond=0)


def test_another_authority_than_the_code_names_is_refused_and_told_nothing(tmp_path: Path, plant: Authority) -> None:
    stranger = Authority(tmp_path, "stranger")
    with running(FakeServer(authority=stranger.pem), tls=stranger.server()) as server:
        with pytest.raises(EnrolmentFailed, match="another machine answers at this address, or stands between") as told:
            enrolled(tmp_path / "agent", server, f"code_of_the_test#{plant.fingerprint}")
        assert stranger.fingerprint in str(told.value)
        assert plant.fingerprint in str(told.value)
        assert paths(server) == ["/api/v1/authority"]


def test_an_authority_shown_by_who_does_not_have_its_key_is_refused(tmp_path: Path, plant: Authority) -> None:
    """Somebody between can show the right authority, but no certificate of it."""
    stranger = Authority(tmp_path, "stranger")
    with running(FakeServer(authority=plant.pem), tls=stranger.server()) as server:
        with pytest.raises(EnrolmentFailed, match="is not from the authority this PC was enrolled with"):
            enrolled(tmp_path / "agent", server, f"code_of_the_test#{plant.fingerprint}")
        assert paths(server) == ["/api/v1/authority"]


@pytest.mark.parametrize(
    ("authority", "words"), [("", r"shows no authority of its own \(HTTP 404\)"), ("nonsense", "is no certificate")]
)
def test_a_server_without_the_authority_is_told(tmp_path: Path, plant: Authority, authority: str, words: str) -> None:
    with (
        running(FakeServer(authority=authority), tls=plant.server()) as server,
        pytest.raises(EnrolmentFailed, match=words),
    ):
        enrolled(tmp_path / "agent", server, f"code_of_the_test#{plant.fingerprint}")


def test_a_slip_of_the_finger_is_told_before_anything_is_asked(tmp_path: Path, plant: Authority) -> None:
    wrong = plant.fingerprint[:-1] + ("A" if plant.fingerprint[-1] != "A" else "B")
    with pytest.raises(EnrolmentFailed, match="there is a wrong letter after the #: look at it again"):
        enrol(tmp_path, "https://127.0.0.1:1", f"code_of_the_test#{wrong}", version="1.2.3")


def test_an_authority_brought_by_hand_is_pinned(tmp_path: Path, plant: Authority) -> None:
    with running(FakeServer(), tls=plant.server()) as server:
        identity = enrol(tmp_path / "a", server.url, "code_of_the_test", version="1.2.3", ca_file=plant.file)
        assert identity.authority == plant.pem
        with pytest.raises(EnrolmentFailed, match=r"missing\.pem can not be read"):
            enrol(tmp_path / "a", server.url, "code_of_the_test", version="1.2.3", ca_file=tmp_path / "missing.pem")


@pytest.mark.parametrize(
    ("until", "address", "signed_by", "words"),
    [
        (NOW - DAY, "127.0.0.1", "plant", "its certificate ended on .*; by the server's clock it is"),
        (NOW + DAY, "127.0.0.1", "somebody else", "is not from the authority this PC was enrolled with"),
        (NOW + DAY, "127.0.0.2", "plant", "IP address mismatch"),
    ],
)
def test_a_certificate_in_doubt_stops_sending_and_keeps_collecting(
    tmp_path: Path, plant: Authority, until: datetime, address: str, signed_by: str, words: str
) -> None:
    signer = plant if signed_by == "plant" else Authority(tmp_path, signed_by)
    with running(FakeServer(), tls=signer.server(until, address)) as server:
        identity = Identity(
            server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN, authority=plant.pem
        )
        with Store.open(tmp_path / "agent", ROOMY) as store:
            store.timeline.learn(store.clock.line.utc - store.clock.line.monotonic)
            with linked(store, tmp_path / "agent", identity) as uplink:
                store.commit([counted(1)])
                wait_for(lambda: uplink.link.state is LinkState.UNTRUSTED)
                with pytest.raises(AssertionError, match=words):
                    raise AssertionError(uplink.link.message)
                assert len(store.commit([counted(2)])) == 1
                assert store.outgoing.depth == 2
        assert set(paths(server)) <= {"/api/v1/time"}
        assert all("Authorization" not in headers for _, _, headers in server.requests)


@pytest.mark.parametrize("wall", [datetime(1970, 1, 2, tzinfo=UTC), NOW + timedelta(days=4000)])
def test_a_dead_clock_fetches_the_time_by_the_pinned_authority_and_nothing_else(
    tmp_path: Path, plant: Authority, wall: datetime
) -> None:
    pc = Pc(wall)
    with running(FakeServer(authority=plant.pem), tls=plant.server()) as server:
        identity = enrolled(tmp_path, server, f"code_of_the_test#{plant.fingerprint}", pc)
        assert paths(server) == ["/api/v1/authority", "/api/v1/time", "/api/v1/stations/enrol"]
        assert "Authorization" not in server.requests[1][2]
        assert identity.device_token == TOKEN
        line = transport(server, plant, pc, tmp_path)
        assert [line.post("/api/v1/stations/me/heartbeat", b"{}").status for _ in range(2)] == [200, 200]
        assert [path.rpartition("/")[2] for path in paths(server)[3:]] == ["time", "heartbeat", "heartbeat"]
        line.close()


def test_the_time_of_a_stranger_is_not_asked(tmp_path: Path, plant: Authority) -> None:
    stranger = Authority(tmp_path, "stranger")
    with running(FakeServer(), tls=stranger.server()) as server:
        line = transport(server, plant, Pc(datetime(1970, 1, 2, tzinfo=UTC)))
        with pytest.raises(Untrusted, match="is not from the authority"):
            line.post("/api/v1/stations/me/heartbeat", b"{}")
        assert server.requests == []
        line.close()


def test_a_certificate_that_has_ended_is_not_brought_back_by_an_old_time(tmp_path: Path, plant: Authority) -> None:
    """Who stole the key of a certificate that has ended says it is still last year."""
    pc = Pc(NOW)
    with running(FakeServer(authority=plant.pem), tls=plant.server(NOW + 10 * DAY)) as server:
        enrolled(tmp_path, server, f"code_of_the_test#{plant.fingerprint}", pc)
    with running(FakeServer(offset=-100 * DAY), tls=plant.server(NOW - 50 * DAY)) as thief:
        line = transport(thief, plant, pc, tmp_path)
        with pytest.raises(Untrusted, match="has passed already: set the server's clock, or enrol this PC again"):
            line.post("/api/v1/stations/me/heartbeat", b"{}")
        assert paths(thief) == ["/api/v1/time"]
        line.close()


def test_a_line_that_stands_ends_with_its_certificate_and_takes_the_renewed_one(plant: Authority) -> None:
    pc, context = Pc(NOW), plant.server(NOW + DAY)
    with running(FakeServer(now=lambda: datetime.fromtimestamp(pc.wall(), UTC)), tls=context) as server:
        line = transport(server, plant, pc)

        def beat() -> int:
            return line.post("/api/v1/stations/me/heartbeat", b"{}").status

        assert beat() == 200
        pc.pass_seconds(2 * 86_400)
        with pytest.raises(Untrusted, match="its certificate ended on"):
            beat()
        plant.renew(context, NOW + 30 * DAY)
        assert beat() == 200
        line.close()


def test_until_when_certificates_hold_is_told_with_the_heartbeat(tmp_path: Path, plant: Authority) -> None:
    with running(FakeServer(authority=plant.pem), tls=plant.server()) as server:
        identity = enrolled(tmp_path / "agent", server, f"code_of_the_test#{plant.fingerprint}")
        with Store.open(tmp_path / "agent", ROOMY) as store, linked(store, tmp_path / "agent", identity):
            server.wait_for(lambda: any(beat["certificate_ends_at"] is not None for beat in server.heartbeats))
        told = [
            datetime.fromisoformat(server.heartbeats[-1][f"{what}_ends_at"]) for what in ("certificate", "authority")
        ]
    assert told == [moment.replace(microsecond=0) for moment in (NOW + DAY, NOW + 900 * DAY)]


def test_without_a_pinned_authority_the_end_is_seen_too(
    tmp_path: Path, plant: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(plant.file))  # the system trusts the authority
    pc = Pc(NOW)
    trust = Trust(None, tmp_path, wall=pc.wall, monotonic=pc.monotonic)
    with running(FakeServer(), tls=plant.server()) as server:
        line = Transport(server.url, version="1.2.3", monotonic=pc.monotonic, trust=trust)
        assert line.get("/api/v1/time", {}).status == 200
        line.close()
    assert (trust.certificate_ends, trust.authority_ends) == ((NOW + DAY).replace(microsecond=0), None)


def linked(store: Store, folder: Path, identity: Identity) -> Uplink:
    return Uplink(
        store,
        folder,
        identity,
        version="1.2.3",
        live=Shown,
        running=lambda: 0,
        on_configuration=lambda _: None,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
