"""One kept connection to the server, with limits that hold: a whole answer within its time and size, or none."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from unison_station.uplink.identity import is_loopback

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""How long the server may say nothing."""

ANSWER_SECONDS = 60.0
ANSWER_BYTES = 8 * 1024 * 1024
"""An answer that takes longer or is larger is given up: a server that drips must not hold the sender for ever."""

GZIP_FROM_BYTES = 1024


class Unreachable(Exception):
    """No whole answer came; whether the server acted on the request is not known."""


class Answer(NamedTuple):
    """What the server said, and when on the boot clock the request left and the answer came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: float
    received: float


class Transport:
    """Requests to one server with one device token. For one thread."""

    def __init__(
        self, server: str, *, version: str, monotonic: Callable[[], float], ca_file: str | None = None
    ) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            OSError: `ca_file` can't be read.
        """
        self._monotonic = monotonic
        self._client = httpx.Client(
            base_url=server,
            headers={"User-Agent": f"unison-station/{version}", "Accept": "application/json"},
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            verify=ssl.create_default_context(cafile=ca_file),
            trust_env=not is_loopback(urlsplit(server).hostname or ""),
        )

    def authorize(self, device_token: str) -> None:
        """Send this token from now on."""
        self._client.headers["Authorization"] = f"Bearer {device_token}"

    def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Ask for something.

        Raises:
            Unreachable: no whole answer.
        """
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, body: bytes) -> Answer:
        """Send JSON, compressed when that pays.

        Raises:
            Unreachable: no whole answer.
        """
        headers = {"Content-Type": "application/json"}
        if len(body) >= GZIP_FROM_BYTES:
            packer = zlib.compressobj(level=1, wbits=31)
            body = packer.compress(body) + packer.flush()
            headers["Content-Encoding"] = "gzip"
        return self._ask("POST", path, body, headers)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        sent = self._monotonic()
        try:
            with self._client.stream(method, path, content=body, headers=headers) as response:
                received = self._monotonic()
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > ANSWER_BYTES or self._monotonic() - sent > ANSWER_SECONDS:
                        raise Unreachable(f"{method} {path}: the answer is too long or too slow")
                return Answer(response.status_code, response.headers, bytes(content), sent, received)
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise Unreachable(f"{method} {self._client.base_url}{path}: {error or type(error).__name__}") from error
