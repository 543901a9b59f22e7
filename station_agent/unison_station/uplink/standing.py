"""How the uplink fares, for the local page, the operator and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ENROL_AGAIN = (
    "choose this PC in the desktop (Stations) and New code…, or Enrol a PC… where it is not listed; then "
    "`unison-station enrol` with that code. Nothing is lost"
)
"""What to do where the server does not know, or no longer takes, this PC's token."""


class LinkState(StrEnum):
    """How things stand between agent and server. Collecting goes on in every one of them."""

    STARTING = "starting"
    ONLINE = "online"
    UNREACHABLE = "unreachable"
    """No answer, or the server fails: tried again by itself."""
    UNTRUSTED = "untrusted"
    """The server's certificate is not believed, or has ended: nothing is sent; tried again by itself."""
    UNAUTHORIZED = "unauthorized"
    """The device token is refused: enrol again."""
    CONFLICT = "conflict"
    """Another agent uses this identity: a person must decide."""
    REFUSED = "refused"
    """The server refuses everything that is sent: the versions don't fit together."""


@dataclass(frozen=True)
class Link:
    """The state, why, and since when (steady UTC)."""

    state: LinkState
    message: str | None
    since: datetime
