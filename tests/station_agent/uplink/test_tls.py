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
from unison_station.store import Store
from unison_station.uplink import EnrolmentFailed, Identity, LinkState, Uplink, enrol

from tests.station_agent.store.making import ROOMY, counted
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, FakeServer, Shown, running

NOW = datetime.now(UTC)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A certificate authority of its own."""

    def __init__(self, folder: Path, title: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name(title)
        self.file = folder / f"{title}.pem"
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        certificate = (
            self._certificate(self._name, self._key.public_key(), NOW + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, until: datetime) -> ssl.SSLContext:
        """The server side with a certificate for 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._certificate(name("server"), key.public_key(), until)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / "server.pem"
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=2))
            .not_valid_after(until)
        )


def enrolled(folder: Path, server: FakeServer, authority: Authority) -> Identity:
    return enrol(folder, server.url, "code_of_the_test", version="1.2.3", ca_file=str(authority.file))


def test_events_flow_to_a_server_of_the_known_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "plant")
    tls = authority.server(NOW + timedelta(days=1))
    with running(FakeServer(), tls=tls) as server:
        identity = enrolled(tmp_path / "agent", server, authority)
        with Store.open(tmp_path / "agent", ROOMY) as store, linked(store, tmp_path / "agent", identity):
            store.commit([counted(1)])
            server.wait_for(lambda: server.numbers == [1])


@pytest.mark.parametrize(
    ("until", "signed_by"), [(NOW - timedelta(days=1), "plant"), (NOW + timedelta(days=1), "somebody else")]
)
def test_a_certificate_in_doubt_stops_sending_and_keeps_collecting(
    tmp_path: Path, until: datetime, signed_by: str
) -> None:
    known = Authority(tmp_path, "plant")
    signer = known if signed_by == "plant" else Authority(tmp_path, signed_by)
    with running(FakeServer(), tls=signer.server(until)) as server:
        with pytest.raises(EnrolmentFailed, match="certificate verify failed"):
            enrolled(tmp_path / "agent", server, known)
        identity = Identity(
            server=server.url,
            agent_id=AGENT,
            organization_id=ORGANIZATION,
            device_token=TOKEN,
            ca_file=str(known.file),
        )
        with Store.open(tmp_path / "agent", ROOMY) as store:
            store.timeline.learn(store.clock.line.utc - store.clock.line.monotonic)
            with linked(store, tmp_path / "agent", identity) as uplink:
                store.commit([counted(1)])
                wait_for(lambda: uplink.link.state is LinkState.UNREACHABLE)
                assert "certificate verify failed" in (uplink.link.message or "")
                assert len(store.commit([counted(2)])) == 1
                assert store.outgoing.depth == 2
        assert server.requests == []


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
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
