"""Settings come from variables over a file, and a wrong one is named with its value and the way out."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from unison_server.kernel.settings import Settings, SettingsError

URLS = {
    f"UNISON_{database}{ending}": f"postgresql://me:pass@db/{database.lower()}"
    for database in ("IDENTITY", "OPERATIONS")
    for ending in ("_URL", "_OWNER_URL", "_SYSTEM_URL")
}
MAIL = {
    "UNISON_SMTP_HOST": "mail.example.org",
    "UNISON_SMTP_USER": "unison",
    "UNISON_SMTP_PASSWORD": "long and secret",
    "UNISON_MAIL_FROM": "unison@example.org",
    "UNISON_PUBLIC_ADDRESS": "https://unison.example.org/",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "unison.toml"


def test_variables_go_before_the_file(file: Path) -> None:
    file.write_text('port = 1234\nhost = "0.0.0.0"\ndata = "/srv/unison"\n')
    settings = Settings.load({"UNISON_PORT": "4321"}, file)
    assert (settings.port, settings.host, settings.data) == (4321, "0.0.0.0", Path("/srv/unison"))
    assert settings.embedded


def test_without_any_the_data_lies_in_the_clone(file: Path) -> None:
    assert Settings.load({}, file).data == Path(__file__).parents[3] / ".unison"


def test_addresses_of_servers_are_read_with_our_driver(file: Path) -> None:
    settings = Settings.load(URLS, file)
    assert settings.identity_url == "postgresql+psycopg://me:pass@db/identity"
    assert not settings.embedded


def test_a_mail_server_is_set_without_showing_its_password(file: Path) -> None:
    settings = Settings.load(MAIL, file)
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_tls) == ("mail.example.org", 587, "starttls")
    assert settings.public_address == "https://unison.example.org"
    assert "long and secret" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"UNISON_PORT": "eighty"}, "UNISON_PORT is 'eighty': must be a whole number from 0 to 65535"),
        ({"UNISON_PORT": "70000"}, "UNISON_PORT is '70000'"),
        (
            {"UNISON_TRUSTED_PROXIES": "10.0.0.1, proxy"},
            "UNISON_TRUSTED_PROXIES is '10.0.0.1, proxy': 'proxy' does not",
        ),
        ({"UNISON_LOG_LEVEL": "loud"}, "UNISON_LOG_LEVEL is 'loud': must be one of debug, info, warning, error"),
        ({"UNISON_IDENTITY_URL": "mysql://me:pass@db/x"}, r"is 'mysql://me:\*\*\*@db/x': must read postgresql://"),
        ({"UNISON_IDENTITY_URL": "postgresql://db/"}, "must read postgresql://user:password@host:5432/database"),
        ({"UNISON_PUBLIC_ADDRESS": "unison.example"}, "UNISON_PUBLIC_ADDRESS is 'unison.example': must read https://"),
        ({"UNISON_MAIL_FROM": "Unison <a@b.org>"}, "must read name@example.com"),
        ({"UNISON_SMTP_TLS": "ssl"}, "must be one of starttls, tls, none"),
        ({"UNISON_SMTP_HOST": "mail"}, "UNISON_SMTP_HOST is set but UNISON_MAIL_FROM not"),
        ({**MAIL, "UNISON_SMTP_TLS": "none"}, "the password of unison would cross the network in the clear"),
        ({"UNISON_IDENTITY_URL": "postgresql://db/x"}, "UNISON_IDENTITY_URL is set but UNISON_IDENTITY_OWNER_URL"),
    ],
)
def test_a_wrong_value_is_named(variables: dict[str, str], words: str, file: Path) -> None:
    with pytest.raises(SettingsError, match=words):
        Settings.load(variables, file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"port = ", "can't be read"),
        (b"\xff", "can't be read"),
        (b"prot = 1", "unknown setting 'prot'; known are breached_passwords, data, encryption_key, files, host"),
        (b'port = "x"', "unison.toml: port is 'x': must be a whole number"),
    ],
)
def test_a_wrong_file_is_named(content: bytes, words: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        Settings.load({}, file)


def test_the_signing_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda _: settings.signing_private_key().private_bytes_raw(), range(8)))
    assert len(set(keys)) == 1
    assert stat.S_IMODE((tmp_path / "signing_key.pem").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["signing_key.pem"]


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing_key.pem"
    path.write_text("no key")
    with pytest.raises(SettingsError, match="is no PEM private key"):
        Settings(tmp_path).signing_private_key()
    other = generate_private_key(SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SettingsError, match="is not an Ed25519 key"):
        Settings(tmp_path).signing_private_key()
