"""One kept connection to the server, with limits that hold: a whole answer within its time and size, or none."""

from __future__ import annotations

import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError
from unison_domain.kernel.contracts import TimeAnswer

from unison_station.uplink.identity import is_loopback
from unison_station.uplink.trust import Doubt, Trust

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""How long the server may say nothing."""

ANSWER_SECONDS = 60.0
ANSWER_BYTES = 8 * 1024 * 1024
"""An answer that takes longer or is larger is given up: a server that drips must not hold the sender for ever."""

GZIP_FROM_BYTES = 1024

LINE_BYTES = 64 * 1024
"""A line of an event stream that is longer is none of ours."""

TIME_PATH = "/api/v1/time"

_FOREIGN = (2, 7, 18, 19, 20, 21)
"""OpenSSL's codes for chains that don't lead to the authority, or only seem to."""


_CUT_OFF = (
    "it ended the connection without an answer. It may speak HTTPS now: then enrol again with its https:// address "
    "and a new code (desktop, Stations, this PC, New code…); nothing is lost"
)


class Unreachable(Exception):
    """No whole answer came; whether the server acted on the request is not known."""


class Untrusted(Unreachable):
    """The server's certificate is not believed; nothing was sent."""


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
        self,
        server: str,
        *,
        version: str,
        monotonic: Callable[[], float],
        trust: Trust,
        heard: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            heard: told when on the boot clock an answer came, whatever its status; on the thread that asked.

        Raises:
            ValueError: the authority of `trust` is no certificate.
        """
        self._server = server
        self._version = version
        self._monotonic = monotonic
        self._followed: Any = None
        self._trust = trust
        self._heard = heard
        self._token: str | None = None
        self._client = self._connected(self._context())

    def authorize(self, device_token: str) -> None:
        """Send this token from now on."""
        self._token = device_token
        self._client.headers["Authorization"] = f"Bearer {device_token}"

    def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Ask for something.

        Raises:
            Unreachable: no whole answer. Untrusted: the certificate is not believed.
        """
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, body: bytes, also: Mapping[str, str] | None = None) -> Answer:
        """Send JSON, compressed when that pays; `also` are headers.

        Raises:
            Unreachable: no whole answer. Untrusted: the certificate is not believed.
        """
        headers = {"Content-Type": "application/json", **(also or {})}
        if len(body) >= GZIP_FROM_BYTES:
            packer = zlib.compressobj(level=1, wbits=31)
            body = packer.compress(body) + packer.flush()
            headers["Content-Encoding"] = "gzip"
        return self._ask("POST", path, body, headers)

    def put(self, path: str, content: bytes, media_type: str) -> Answer:
        """Send a file as it is.

        Raises:
            Unreachable: no whole answer. Untrusted: the certificate is not believed.
        """
        return self._ask("PUT", path, content, {"Content-Type": media_type})

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of an answer that goes on and on, until the server ends it or says nothing for too long.

        Raises:
            Unreachable: it did not begin, broke, or was interrupted.
        """
        try:
            with self._client.stream("GET", path, headers={"Accept": "text/event-stream"}) as response:
                self._followed = response.extensions.get("network_stream")
                if response.status_code != 200:
                    raise Unreachable(f"GET {path}: status {response.status_code}")
                rest = b""
                for piece in response.iter_raw():
                    *whole, rest = (rest + piece).split(b"\n")
                    yield from whole
                    if len(rest) > LINE_BYTES:
                        raise Unreachable(f"GET {path}: a line without end")
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError, RuntimeError) as error:
            raise Unreachable(f"GET {path}: {error or type(error).__name__}") from error
        finally:
            self._followed = None

    def interrupt(self) -> None:
        """Break off `lines`, from another thread."""
        followed = self._followed
        if followed is None:
            return
        with suppress(OSError, AttributeError):
            followed.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Ask; where dates alone stand in the way, find out first what time it really is."""
        try:
            return self._ask_in_date(method, path, body, headers)
        except Untrusted as error:
            if not isinstance(error.__cause__, Doubt) or self._trust.authority is None:
                raise
        self._ask_time()
        return self._ask_in_date(method, path, body, headers)

    def _ask_in_date(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            self._trust.demand_still_in_date()
        except Doubt:
            self._client.close()  # a renewed certificate is shown to new connections only
            self._client = self._connected(self._context())
        answer = self._exchange(self._client, method, path, body, headers)
        self._heard(answer.received)
        return answer

    def _ask_time(self) -> None:
        """Ask what time it is, without the token, on a connection that serves for nothing else."""
        with self._connected(self._trust.context_for_time(), authorized=False) as client:
            answer = self._exchange(client, "GET", TIME_PATH, b"", {})
        try:
            told = TimeAnswer.model_validate_json(answer.body).server_time
            self._trust.learn(told, (answer.sent + answer.received) / 2)
        except ValidationError:
            raise Untrusted(f"{self._server}: its certificate is out of date, and it does not say the time") from None
        except Doubt as doubt:
            raise Untrusted(f"{self._server} is not trusted: {doubt.args[0]}") from doubt

    def _context(self) -> ssl.SSLContext:
        if self._trust.authority is None and self._server.startswith("http://"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # believes nobody: the PC's authorities take a while to load
        return self._trust.context()

    def _connected(self, context: ssl.SSLContext, *, authorized: bool = True) -> httpx.Client:
        headers = {"User-Agent": f"unison-station/{self._version}", "Accept": "application/json"}
        if authorized and self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        return httpx.Client(
            base_url=self._server,
            headers=headers,
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            verify=context,
            trust_env=not is_loopback(urlsplit(self._server).hostname or ""),
        )

    def _exchange(
        self, client: httpx.Client, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        sent = self._monotonic()
        try:
            with client.stream(method, path, content=body, headers=headers) as response:
                received = self._monotonic()
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > ANSWER_BYTES or self._monotonic() - sent > ANSWER_SECONDS:
                        raise Unreachable(f"{method} {path}: the answer is too long or too slow")
                return Answer(response.status_code, response.headers, bytes(content), sent, received)
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            if (doubt := _doubt_in(error)) is not None:
                raise Untrusted(f"{self._server} is not trusted: {self._words(doubt)}") from doubt
            words = _CUT_OFF if self._is_cut_off(error) else failure_words(error)
            raise Unreachable(f"{method} {client.base_url}{path}: {words}") from error

    def _is_cut_off(self, error: BaseException) -> bool:
        """Whether a call without TLS ended as it does at a port of HTTPS: without a word."""
        return isinstance(error, httpx.RemoteProtocolError | httpx.ReadError) and self._server.startswith("http://")

    def _words(self, doubt: ssl.SSLCertVerificationError) -> str:
        if isinstance(doubt, Doubt):
            return str(doubt.args[0])
        if self._trust.authority is not None and doubt.verify_code in _FOREIGN:
            return (
                "its certificate is not from the authority this PC was enrolled with. Another machine answers there, "
                "or the installation was set up anew: then enrol this PC again"
            )
        return f"certificate verify failed: {doubt.verify_message}"


def failure_words(error: BaseException) -> str:
    """Why a request got no answer; that somebody answers without TLS is said in words."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, ssl.SSLError) and below.reason == "WRONG_VERSION_NUMBER":
            return "it does not speak https: try http:// (on this PC), or another port"
        below = below.__cause__ or below.__context__
    return str(error) or type(error).__name__


def _doubt_in(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Why the certificate was not believed, if that is what lies below the error."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
