"""Passwords in addresses of cameras: PCs need them, people don't see them."""

from __future__ import annotations

import re
from typing import NamedTuple

HIDDEN = "***"
"""Stands for a password, or a secret in a query, in what people see."""

_ADDRESS = re.compile(r"([^:/?#]+://)([^/?#]*)(.*)", re.DOTALL)
_PASSWORD = re.compile(r"([?&](?:pass\w*|pwd|pw)=)[^&#]+", re.IGNORECASE)
_SECRET = re.compile(r"([?&](?:pass\w*|pwd|pw|token|secret|auth\w*|api_?key)=)[^&#]+", re.IGNORECASE)


class _Parts(NamedTuple):
    """`scheme` with its `://`; `host` with name and password before it; `rest` is path and query."""

    scheme: str
    host: str
    rest: str


def without_password(address: str) -> str:
    """An address as it may be shown; names and paths that are no address stay as they are."""
    return _without(_SECRET, address)


def is_same_camera(address: str, other: str) -> bool:
    """Whether both lead to one camera: its user's password may change, but a token in a query may choose the camera."""
    return _without(_PASSWORD, address) == _without(_PASSWORD, other)


def with_password_of(address: str, known: str | None) -> str:
    """An address that was shown, with the secrets of the one that is `known`.

    Raises:
        ValueError: it is not the known one, at least up to its path: the secrets would go to somebody else.
    """
    shown, before = _parts(address), _parts(known or "")
    if not shown.scheme or HIDDEN not in shown.host + shown.rest:
        return address
    if known is not None and address == without_password(known):
        return known
    if shown[:2] == (before.scheme, _hidden(before.host)) and HIDDEN not in shown.rest:
        return "".join((before.scheme, before.host, shown.rest))
    raise ValueError(f"{address} is another address than before: write its password instead of {HIDDEN}")


def _without(secret: re.Pattern[str], address: str) -> str:
    parts = _parts(address)
    if not parts.scheme:
        return address
    return "".join((parts.scheme, _hidden(parts.host), secret.sub(rf"\1{HIDDEN}", parts.rest)))


def _parts(address: str) -> _Parts:
    found = _ADDRESS.fullmatch(address)
    return _Parts(found[1], found[2], found[3]) if found else _Parts("", "", address)


def _hidden(host: str) -> str:
    before, at, name = host.rpartition("@")
    user, colon, _password = before.partition(":")
    return f"{user}{colon}{HIDDEN}{at}{name}" if colon else host
