"""Who this agent is to its server: the address and the device token, in a file only the owner reads."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from unison_station.platform.files import private_folder, write_private

FILE = "identity.json"


class NotEnrolled(Exception):
    """There is no usable identity; the message says how to get one."""


class Identity(BaseModel):
    """What enrolment gave.

    Attributes:
        authority: certificate (PEM) of the only authority that is trusted; None where the system's are.
        life: set where a person settled that two agents used the identity: what is unsent begins a new epoch.
        all_again: the server lost what it acknowledged of this buffer, so all that is still there is sent.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    server: str
    agent_id: UUID
    organization_id: UUID
    device_token: str
    authority: str | None = None
    life: UUID | None = None
    all_again: bool = False

    @property
    def owner(self) -> str:
        """By what a buffer knows whose it is."""
        return str(self.agent_id) if self.life is None else f"{self.agent_id} {self.life}"


def load_identity(folder: Path) -> Identity:
    """Read the identity of the agent in `folder`.

    Raises:
        NotEnrolled: there is none, or it can't be read.
    """
    path = folder / FILE
    try:
        return Identity.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise NotEnrolled(f"{path} is missing: run `unison-station enrol` with a code from the desktop") from None
    except OSError as error:
        raise NotEnrolled(f"{path} can not be read ({error.strerror}): check its owner and permissions") from None
    except ValidationError:
        raise NotEnrolled(f"{path} is damaged: run `unison-station enrol` with a new code from the desktop") from None


def save_identity(folder: Path, identity: Identity) -> None:
    """Keep the identity; a running agent takes it up when its old one is refused."""
    write_private(private_folder(folder) / FILE, identity.model_dump_json(indent=1).encode())


def server_address(text: str) -> str:
    """The server's address in one form, e.g. `https://unison.example`.

    Raises:
        ValueError: no http(s) address, or plain http to another machine, where anybody could read the token.
    """
    parts = urlsplit(text.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no server address: give one like https://unison.example")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{text!r} would send the device token unprotected: use https:// to another machine")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
