"""The local pages: served on loopback only, to programs and people of this PC."""

from __future__ import annotations

import errno
import logging
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Annotated, Self
from urllib.parse import parse_qs, urlsplit

import orjson
from pydantic import Field, TypeAdapter
from unison_domain.kernel.contracts import Request, Text

from unison_station.health.metrics import exposition
from unison_station.health.page import page
from unison_station.health.status import Status
from unison_station.operator.pages import OperatorPages
from unison_station.platform.files import write_private
from unison_station.store import Store, StoreError

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
ACCESS_FILE = "local.json"
"""Address and key of the running agent's page, readable by the owner: so that commands reach it."""

KEY_HEADER = "X-Unison-Key"

PORT_RETRY_SECONDS = 3.0
"""How often a port that another program has is tried again."""

NEWEST_SEQUENCE = 2**63 - 1
"""The greatest number an event can have in the buffer."""

MOST_BYTES = 1_000_000
"""Of a request's body; numbers of all the letters that are listed at once take a hundredth."""

_SEQUENCE = TypeAdapter(Annotated[int, Field(ge=0, le=NEWEST_SEQUENCE)])
_Sequences = list[Annotated[int, Field(ge=0, le=NEWEST_SEQUENCE)]]
_SEQUENCES = TypeAdapter(_Sequences)


class _Discard(Request):
    """Which letters are given up, and why."""

    sequences: _Sequences
    reason: Annotated[Text, Field(min_length=3)]


class HealthServer:
    """Serves the page, the operator's pages, `/health` and `/metrics`, and the dead letters to who has the key.

    Each request has a thread: a slow browser delays nobody else.
    """

    def __init__(
        self, status: Callable[[], Status], store: Store, folder: Path, port: int = 0, *, operator: OperatorPages
    ) -> None:
        """Listen at once; where `port` can't be had, on a free one, and on `port` once no other program has it."""
        self._access = folder / ACCESS_FILE
        self._key = secrets.token_urlsafe(24)
        self._operator = operator
        sources = {"status": staticmethod(status), "store": store, "key": self._key, "operator": operator}
        self._handler = type("Handler", (_Handler,), sources)
        self._serving: list[tuple[_Server, Thread]] = []
        self._closing = Flag()
        self._wanting: Thread | None = None
        self._missed: tuple[int, OSError] | None = None
        self.url = ""
        try:
            self._serve(port)
        except OSError as error:
            log.warning("port %s is not free for the local page (%s): a free one is taken", port, error.strerror)
            self._missed = port, error
            self._serve(0)
            if error.errno == errno.EADDRINUSE:
                self._wanting = Thread(target=self._want, args=(port,), name="health-port", daemon=True)
                self._wanting.start()

    @property
    def problem(self) -> str | None:
        """Why the pages are not where the screens of this PC look for them; None while they are."""
        missed = self._missed
        if missed is None:
            return None
        port, error = missed
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {port} is taken by another program: the operator page is at {self.url} instead. "
                "End that program, then the page comes back by itself; or give this agent another port (`--port`)"
            )
        return (
            f"Port {port} can not be used ({error.strerror or error}): the operator page is at {self.url} instead. "
            "Give this agent another port (`--port`)"
        )

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._closing.set()
        if self._wanting is not None:
            self._wanting.join()
        self._access.unlink(missing_ok=True)
        self._operator.close()
        for server, thread in self._serving:
            server.shutdown()
            server.server_close()
            thread.join()

    def _serve(self, port: int) -> None:
        """Serve there too. Raises OSError where the port is taken, or the address can't be written down."""
        server = _Server((LOOPBACK, port), self._handler)
        url = f"http://{LOOPBACK}:{server.server_address[1]}/"
        try:
            write_private(self._access, orjson.dumps({"url": url, "key": self._key}))
        except OSError:
            server.server_close()
            raise
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._serving.append((server, thread))
        thread.start()
        self.url = url

    def _want(self, port: int) -> None:
        """Until the wanted port is free; who found the pages at the other one meanwhile keeps them."""
        while not self._closing.wait(PORT_RETRY_SECONDS):
            with suppress(OSError):
                self._serve(port)
                self._missed = None
                log.info("port %s is free by now: the local page is at %s", port, self.url)
                return


class _Server(ThreadingHTTPServer):
    """Tells what failed in the log; a browser that went away is no failure."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Of what a request's thread raised."""
        if isinstance(sys.exception(), ConnectionError):
            log.debug("who asked for a local page went away before the answer: %s", sys.exception())
        else:
            log.exception("a request of the local page failed")


class _Handler(BaseHTTPRequestHandler):
    """Answers one request. `Host` must be this PC, so that no web page elsewhere can read it through a browser."""

    status: Callable[[], Status]
    store: Store
    key: str
    operator: OperatorPages
    timeout = 10

    def parse_request(self) -> bool:
        """Whether the request can be answered; who asks for an address that is none is told."""
        if not super().parse_request():
            return False
        try:
            urlsplit(self.path)
        except ValueError as error:
            self._answer(400, "text/plain", f"no address: {error}".encode())
            return False
        return True

    def do_GET(self) -> None:
        """Pages, health, metrics, and (with the key) dead letters."""
        path = urlsplit(self.path).path
        if not self._is_local():
            self._answer(403, "text/plain", b"only for this PC")
        elif self.operator.serves(self.path):
            self.operator.get(self)
        elif path == "/":
            self._answer(200, "text/html; charset=utf-8", page(self.status()).encode())
        elif path == "/health":
            self._health()
        elif path == "/metrics":
            self._answer(200, "text/plain; version=0.0.4; charset=utf-8", exposition(self.status()))
        elif path == "/dead":
            self._dead()
        else:
            self._answer(404, "text/plain", b"there is /, /station, /health and /metrics")

    def do_POST(self) -> None:
        """What an operator says, and what becomes of the dead letters named in the body."""
        if self._is_local() and self.operator.serves(self.path):
            self.operator.post(self)
            return
        decide = {"/dead/retry": self._retry, "/dead/discard": self._discard}.get(urlsplit(self.path).path)
        if not self._is_local() or not self._has_key():
            self._answer(403, "text/plain", b"only with the key in the data folder")
        elif decide is None:
            self._answer(404, "text/plain", b"there is /dead/retry and /dead/discard")
        else:
            self._decide(decide)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the overridden method
        """Requests of the local page are not worth a log line."""

    def _health(self) -> None:
        status = self.status()
        told = {
            "status": "failing" if status.refusal else "degraded" if status.problems else "ok",
            "version": status.version,
            "configuration": status.configuration,
            "queue_depth": status.queue_depth,
            "dead_letters": status.dead_letters,
            "server": status.link.state if status.link else None,
            "problems": status.problems,
        }
        self._answer(503 if status.refusal else 200, "application/json", orjson.dumps(told))

    def _dead(self) -> None:
        if not self._has_key():
            self._answer(403, "text/plain", b"only with the key in the data folder")
            return
        try:
            after = _SEQUENCE.validate_python((parse_qs(urlsplit(self.path).query).get("after") or ["0"])[0])
            letters = self.store.dead_letters.list(after)
        except ValueError:
            self._answer(400, "text/plain", f"after is a sequence number, from 0 to {NEWEST_SEQUENCE}".encode())
        except StoreError as error:
            self._answer(503, "text/plain", str(error).encode())
        else:
            self._answer(200, "application/x-ndjson", b"".join(letter.line() for letter in letters))

    def _body(self) -> bytes:
        """What was posted. Raises ValueError when its length is missing, no number or too large."""
        length = self.headers.get("Content-Length") or ""
        if not (length.isascii() and length.isdecimal()) or int(length) > MOST_BYTES:
            raise ValueError(f"at most {MOST_BYTES} bytes")
        return self.rfile.read(int(length))

    def _retry(self, body: bytes) -> int:
        return self.store.dead_letters.retry(_SEQUENCES.validate_json(body))

    def _discard(self, body: bytes) -> int:
        given = _Discard.model_validate_json(body)
        done = self.store.dead_letters.discard(given.sequences, given.reason)
        log.warning("dead letters %s were discarded at this PC: %s", ", ".join(map(str, given.sequences)), given.reason)
        return done

    def _decide(self, decide: Callable[[bytes], int]) -> None:
        try:
            done = decide(self._body())
        except ValueError:
            words = b"a JSON list of sequence numbers is needed; to discard, an object of `sequences` and `reason`"
            self._answer(400, "text/plain", words)
        except StoreError as error:
            self._answer(503, "text/plain", str(error).encode())
        else:
            self._answer(200, "application/json", orjson.dumps(done))

    def _is_local(self) -> bool:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        return host in (LOOPBACK, "localhost")

    def _has_key(self) -> bool:
        return secrets.compare_digest((self.headers.get(KEY_HEADER) or "").encode(), self.key.encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(body)
