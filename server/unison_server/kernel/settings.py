"""What an installation sets: `UNISON_*` variables over `unison.toml` over defaults.

Each field is one variable and one key of the file: `port` is `UNISON_PORT` and `port = 8450`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from unison_domain.kernel.contracts import MAIL_ADDRESS

from unison_server.kernel.database import Database, Databases

DRIVER = "postgresql+psycopg"
ROLE_URLS = ("_owner_url", "_url", "_system_url")
"""Endings of a database's three addresses: for the owner, the runtime role and the system role."""


class SettingsError(ValueError):
    """A setting that can't be used; the text names it, its value and the way out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation sets.

    Attributes:
        data: folder of everything this server keeps.
        postgres: `bin` folder of a PostgreSQL 15 or newer for the embedded cluster; empty: found by itself.
        identity_url … operations_system_url: databases of running servers, all six, or none for our own cluster.
        host, port: where HTTP is served; with a certificate HTTPS.
        tls_certificate, tls_key: PEM files of an own certificate, its chain included, and of its key; empty: those of
            `unison tls setup`, if it was run.
        tls_authority: PEM file of the authority that agents and desktops are to trust, and nothing else; only for an
            own certificate, empty: they trust what their system trusts.
        unencrypted_network_allowed: serve plain HTTP to other machines: only behind a proxy that encrypts.
        trusted_proxies: addresses or networks, with commas between, whose `X-Forwarded-For` is believed; empty: none.
        metrics_token: who shows it as bearer token reads `/metrics`; empty: programs on this machine do.
        public_address: where people reach this server with their browsers, e.g. `https://unison.example.com`: what the
            links of messages begin with; empty: where it listens, which is of use on this machine only.
        smtp_host, smtp_port: the mail server that sends messages to people; empty: messages are kept, and whoever asks
            for one gets its link to hand over. smtp_user, smtp_password: where it wants to know who sends.
        smtp_tls: `starttls`, `tls` from the first byte, or `none`. mail_from: address that messages come from.
        files: folder or `s3://bucket/prefix` of stored files; empty: `files` in the data folder.
        signing_key: PEM file of the Ed25519 key of access tokens; empty: made once in the data folder.
        encryption_key: file of Fernet keys, one a line, by which secrets of second factors and of waiting messages are
            kept: the first writes, all read. Empty: made once in the data folder. Keep a copy apart from the
            backups of the databases.
        log_format: `console` or `json`. log_level: `debug`, `info`, `warning` or `error`.
        pool_size: connections of each database's pool, and threads that answer requests.
        samples_kept_days, incidents_kept_days: how long recorded values are kept (whole months), and what agents and
            counters told of faults.
        breached_passwords: file of passwords found in breaches, which nobody gets (`unison breached how`). Empty: only
            the frequent ones that come with the server are refused.
        password_time, password_memory: argon2 rounds and KiB for one hash.
    """

    data: Path
    postgres: str = ""
    identity_url: str = ""
    identity_owner_url: str = ""
    identity_system_url: str = ""
    operations_url: str = ""
    operations_owner_url: str = ""
    operations_system_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8450
    tls_certificate: str = ""
    tls_key: str = ""
    tls_authority: str = ""
    unencrypted_network_allowed: bool = False
    trusted_proxies: str = ""
    metrics_token: str = ""
    public_address: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_tls: str = "starttls"
    mail_from: str = ""
    files: str = ""
    signing_key: str = ""
    encryption_key: str = ""
    log_format: str = "console"
    log_level: str = "info"
    pool_size: int = 20
    samples_kept_days: int = 90
    incidents_kept_days: int = 365
    breached_passwords: str = ""
    password_time: int = 3
    password_memory: int = 65_536

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
        """Read variables over the file.

        Raises:
            SettingsError: a value can't be used, or a key is unknown.
        """
        environment = os.environ if environment is None else environment
        named = environment.get("UNISON_CONFIG")
        if file is None and named and not Path(named).exists():
            raise SettingsError(f"UNISON_CONFIG names {named}, which is not there")
        file = file or Path(named or platform_folder() / "unison.toml")
        values = {**_from_file(file), **_from_environment(environment)}
        data = _read(values.pop("data", None), _path, default_data())
        read = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        return cls(data=data, **{name: _read(given, _READERS.get(name, str)) for name, given in read.items()}).checked()

    def checked(self) -> Settings:
        """Itself, when the addresses are complete and mail can be sent, or is not to be."""
        given = [name for name in _url_names() if getattr(self, name)]
        missing = [name for name in _url_names() if not getattr(self, name)]
        if given and missing:
            raise SettingsError(
                f"{_variable(given[0])} is set but {', '.join(map(_variable, missing))} not: "
                "set all six database addresses, or none to use the embedded PostgreSQL"
            )
        if self.smtp_host:
            self._check_mail()
        return self

    def _check_mail(self) -> None:
        for name in ("mail_from", "public_address"):
            if not getattr(self, name):
                raise SettingsError(f"UNISON_SMTP_HOST is set but {_variable(name)} not: messages need both")
        if self.smtp_tls == "none" and self.smtp_user and self.smtp_host not in ("localhost", "127.0.0.1", "::1"):
            raise SettingsError(
                f"UNISON_SMTP_TLS is 'none', so the password of {self.smtp_user} would cross the network in the clear: "
                "set starttls or tls, or leave UNISON_SMTP_USER out"
            )

    @property
    def embedded(self) -> bool:
        """Whether the databases live in our own cluster, whose addresses are known once it runs."""
        return not self.identity_url

    def with_urls(self, urls: Mapping[str, str]) -> Settings:
        """These settings with database addresses by field name, e.g. `identity_owner_url`."""
        values: dict[str, Any] = dict(urls)
        return replace(self, **values)

    def owner_url(self, database: Database) -> str:
        """Address of the database for its owner: migrations, partitions, backup."""
        url: str = getattr(self, f"{database}_owner_url")
        return url

    def runtime_url(self, database: Database) -> str:
        """Address of the database for the role that row level security holds."""
        url: str = getattr(self, f"{database}_url")
        return url

    def databases(self) -> Databases:
        """Engines as the runtime role, which row level security holds."""
        return Databases.connect(self.identity_url, self.operations_url, pool_size=self.pool_size)

    def system_databases(self) -> Databases:
        """Engines as the system role, which sees every organization: dispatcher and listed jobs only."""
        return Databases.connect(self.identity_system_url, self.operations_system_url, pool_size=2, overflow=8)

    @property
    def tls_folder(self) -> Path:
        """Where `unison tls` keeps the certificate it makes."""
        return self.data / "tls"

    @property
    def files_place(self) -> str:
        """Folder or address of stored files."""
        return self.files or str(self.data / "files")

    def make_data_folder(self) -> Path:
        """The data folder, made where it is missing."""
        self.data.mkdir(parents=True, exist_ok=True)
        return self.data

    def signing_private_key(self) -> Ed25519PrivateKey:
        """The key of access tokens: made at the first call, readable by the owner only."""
        path = Path(self.signing_key or self.make_data_folder() / "signing_key.pem")
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_once(path, pem)
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except ValueError as error:
            raise SettingsError(
                f"signing key {path} is no PEM private key ({error}); move it away to make one"
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SettingsError(f"signing key {path} is not an Ed25519 key: move it away to have one made")
        return key

    def encryption(self) -> MultiFernet:
        """What keeps secrets that must be read again."""
        return MultiFernet([Fernet(secret) for secret in self.secrets()])

    def secrets(self) -> list[bytes]:
        """The keys of the file `encryption_key`, newest first: made at the first call, readable by the owner only."""
        path = Path(self.encryption_key or self.make_data_folder() / "encryption_key")
        if not path.exists():
            write_once(path, Fernet.generate_key() + b"\n")
        secrets = path.read_bytes().split()
        try:
            MultiFernet([Fernet(secret) for secret in secrets])
        except ValueError as error:
            raise SettingsError(f"encryption key {path} holds no Fernet keys, one a line ({error})") from None
        return secrets


def write_once(path: Path, content: bytes) -> None:
    """Write a secret for its owner alone, complete or not at all; of two writers the first wins."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        give_to_owner(Path(draft))
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()


def give_to_owner(path: Path) -> None:
    """What root writes for a server belongs to whom its folder belongs to: the server could not read it otherwise."""
    if sys.platform != "win32" and os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def clone_root() -> Path | None:
    """The clone this package runs from, or None where it is installed."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "migrations" / "operations").is_dir() and (root / "pyproject.toml").exists() else None


def platform_folder() -> Path:
    """Where the platform keeps configuration of the whole machine."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "unison"
    return Path("/Library/Application Support/unison") if sys.platform == "darwin" else Path("/etc/unison")


def default_data() -> Path:
    """`.unison` of a clone, `/var/lib/unison` for root, else the person's own data folder."""
    if root := clone_root():
        return root / ".unison"
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path("/var/lib/unison")
    return Path.home() / ".local" / "share" / "unison"


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as it was written, and where."""

    name: str
    value: str


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    variables = {field.name: _variable(field.name) for field in fields(Settings)}
    return {name: _Given(key, environment[key]) for name, key in variables.items() if environment.get(key)}


def _from_file(file: Path) -> dict[str, _Given]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"settings file {file} can't be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"settings file {file} can't be read: {error}") from None
    known = {field.name for field in fields(Settings)}
    if unknown := sorted(table.keys() - known):
        raise SettingsError(f"{file}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return {name: _Given(f"{file}: {name}", str(value)) for name, value in table.items()}


def _read(given: _Given | None, reader: Callable[[str], Any], default: Any = None) -> Any:
    if given is None:
        return default
    try:
        return reader(given.value)
    except ValueError as error:
        shown = re.sub(r"(://[^:@/]*):[^@]*@", r"\1:***@", given.value)
        raise SettingsError(f"{given.name} is {shown!r}: {error}") from None


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres", DRIVER) or not parts.path.strip("/"):
        raise ValueError("must read postgresql://user:password@host:5432/database")
    return f"{DRIVER}{text[len(parts.scheme) :]}"


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must read https://unison.example.com")
    return text.rstrip("/")


def _mail_address(text: str) -> str:
    if not re.fullmatch(MAIL_ADDRESS, text):
        raise ValueError("must read name@example.com")
    return text


def _networks(text: str) -> str:
    for network in text.split(","):
        ip_network(network.strip())  # raises ValueError, in words
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return read


def _yes_or_no(text: str) -> bool:
    answer = {"yes": True, "true": True, "no": False, "false": False}.get(text.strip().lower())
    if answer is None:
        raise ValueError("must be yes or no")
    return answer


def _variable(name: str) -> str:
    return f"UNISON_{name.upper()}"


def _url_names() -> list[str]:
    return [f"{database}{ending}" for database in Database for ending in ROLE_URLS]


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_url_names(), _url),
    "port": _whole(0, 65_535),
    "unencrypted_network_allowed": _yes_or_no,
    "trusted_proxies": _networks,
    "public_address": _web_address,
    "smtp_port": _whole(1, 65_535),
    "smtp_tls": _one_of("starttls", "tls", "none"),
    "mail_from": _mail_address,
    "pool_size": _whole(2, 200),
    "samples_kept_days": _whole(1, 36_500),
    "incidents_kept_days": _whole(1, 36_500),
    "password_time": _whole(1, 100),
    "password_memory": _whole(8, 4_194_304),
    "log_format": _one_of("console", "json"),
    "log_level": _one_of("debug", "info", "warning", "error"),
}
