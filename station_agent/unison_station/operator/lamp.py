"""How the lamp of the operator page tells the link: what ends by itself is away, what only a person can end is not."""

from __future__ import annotations

from unison_station.uplink.standing import Link, LinkState

_OFFLINE = "offline"
_AWAITS_A_PERSON = {
    LinkState.UNAUTHORIZED: "refused",
    LinkState.CONFLICT: "refused",
    LinkState.REFUSED: "refused",
    LinkState.UNTRUSTED: "untrusted",
}


def lamp(link: Link | None) -> tuple[str, str | None]:
    """The lamp's code, and why nothing is sent where no waiting ends that, in the words of server or link."""
    if link is None:
        return "none", None
    if link.state is LinkState.ONLINE:
        return "online", None
    code = _AWAITS_A_PERSON.get(link.state, _OFFLINE)
    return code, None if code == _OFFLINE else link.message
