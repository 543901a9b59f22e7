"""Why a camera's address can't be reached, in words."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

RTSP_PORT = 554
_LOOK_SECONDS = 1.0


def unreached_words(error: BaseException) -> str:
    """What the network said, found among the causes of an error."""
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case ConnectionRefusedError():
                return "nothing listens at that port"
            case socket.gaierror():
                return "nobody knows that name"
            case TimeoutError():
                return "not in time"
            case OSError() if cause.strerror:
                return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def why_unreached(address: str) -> str | None:
    """Why nobody takes a connection at an RTSP address; None where one does, or of others."""
    try:
        parts = urlsplit(address)
        if parts.scheme.lower() not in ("rtsp", "rtsps") or not parts.hostname:
            return None
        socket.create_connection((parts.hostname, parts.port or RTSP_PORT), _LOOK_SECONDS).close()
    except (OSError, ValueError) as error:
        return unreached_words(error)
    return None
