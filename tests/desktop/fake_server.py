"""A real HTTP server on loopback that answers what a test tells it, event stream included."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from select import select
from socket import MSG_PEEK, socket
from ssl import SSLContext, SSLSocket
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from pydantic import BaseModel

API = "/api/v1"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    verb: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """What to answer. `wait` holds the answer back until it is set; `raw` replaces the JSON body.

    One that `breaks_off` comes in chunks of which the last one is missing.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None
    raw: bytes | None = None
    breaks_off: bool = False


Answerer = Callable[[Asked], Answer]


class FakeServer:
    """Routes are exact: `server.answer("GET /machines", page)`; what has no route is 404.

    Attributes:
        asked: all requests so far, the event stream's too.
        stream_status: status of the next event streams.
        hold_streams: what the next event streams wait for before they are answered.
        clock_ahead: how far its clock is ahead of this PC's.
    """

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.stream_status = 200
        self.hold_streams: threading.Event | None = None
        self.clock_ahead = timedelta(0)
        self._routes: dict[str, Answerer] = {}
        self._streams: list[Queue[bytes | None]] = []
        self._position = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._scheme = "http"
        if tls is not None:
            self._scheme = "https"
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host, port = self._http.server_address[:2]
        return f"{self._scheme}://{host!s}:{port}"

    @property
    def streams(self) -> int:
        """How many event streams are open."""
        return len(self._streams)

    def answer(self, route: str, body: Any = None, *, status: int = 200, **rest: Any) -> None:
        """Answer `VERB /path` below /api/v1 with this body: a model, a list of models (as one page), or plain JSON."""
        answer = Answer(_plain(body), status, **rest)
        self._routes[route] = lambda _asked: answer

    def answer_with(self, route: str, answerer: Answerer) -> None:
        """Answer with what a function makes of the request."""
        self._routes[route] = answerer

    def answers(self, route: str) -> Answerer:
        """What a route is answered with now."""
        return self._routes[route]

    def refuse(self, route: str, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        """Answer with problem details."""
        self._routes[route] = lambda _asked: problem(status, code, detail, headers)

    def asked_for(self, route: str) -> list[Asked]:
        """The requests of one route so far."""
        verb, _, path = route.partition(" ")
        return [asked for asked in list(self.asked) if (asked.verb, asked.path) == (verb, path)]

    def happen(self, topic: str, entity: UUID | None = None) -> None:
        """Tell all open streams that something happened."""
        self._position += 1
        happening = {
            "id": str(uuid4()),
            "topic": topic,
            "organization_id": str(UUID(int=1)),
            "entity": None if entity is None else str(entity),
            "occurred_at": "2026-11-20T12:00:00Z",
        }
        self.send(f"id: e1.{self._position}\nevent: happening\ndata: {json.dumps(happening)}\n\n".encode())

    def send(self, raw: bytes) -> None:
        """Send bytes on all open streams."""
        for stream in list(self._streams):
            stream.put(raw)

    def cut_streams(self) -> None:
        """Close all open streams."""
        for stream in list(self._streams):
            stream.put(None)

    def close(self) -> None:
        """Stop listening and end all streams."""
        self.cut_streams()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(60)

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        answerer = self._routes.get(f"{asked.verb} {asked.path}")
        if answerer is None:
            return problem(404, "not_found", f"There is no {asked.verb} {asked.path}.")
        return answerer(asked)

    @contextmanager
    def _stream(self) -> Iterator[Queue[bytes | None]]:
        queue: Queue[bytes | None] = Queue()
        with self._lock:
            self._streams.append(queue)
        try:
            yield queue
        finally:
            with self._lock:
                self._streams.remove(queue)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True  # the client went away, which is its right

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65_537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                asked = self._read()
                if _is_given_up(self.connection):
                    self.close_connection = True
                elif asked.path == "/events":
                    self._serve_stream(asked)
                else:
                    self._serve(server._answer(asked))

            def _read(self) -> Asked:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                path = url.path.removeprefix(API)
                return Asked(self.command, path, parse_qs(url.query), headers, json.loads(body) if body else None)

            def _serve(self, answer: Answer) -> None:
                if answer.wait is not None:
                    answer.wait.wait(30)
                raw = answer.raw if answer.raw is not None else b"" if answer.body is None else _json(answer.body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                if answer.breaks_off:
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(raw), raw))
                    self.close_connection = True
                    return
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
                self.wfile.flush()

            def _serve_stream(self, asked: Asked) -> None:
                hold = server.hold_streams
                server.asked.append(asked)
                if hold is not None:
                    hold.wait(30)
                if server.stream_status != 200:
                    self._serve(problem(server.stream_status, "refused", "No stream."))
                    return
                self.close_connection = True
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                with server._stream() as queue:
                    self.wfile.write(b": here\n\n")
                    self.wfile.flush()
                    while (raw := _next(queue)) is not None:
                        self.wfile.write(raw)
                        self.wfile.flush()

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string((timestamp or time.time()) + server.clock_ahead.total_seconds())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library has it
                pass

        return Handler


def _is_given_up(connection: socket) -> bool:
    """True when the client went away before its request was looked at.

    Threads of requests start when they may: one that was given up would be recorded after the one in its place.
    """
    if isinstance(connection, SSLSocket):
        return False
    readable, _, _ = select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, MSG_PEEK) == b""


def _next(queue: Queue[bytes | None]) -> bytes | None:
    try:
        return queue.get(timeout=15)
    except Empty:
        return b": still here\n\n"


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Answer:
    """Problem details as the server sends them."""
    return Answer({"title": code, "status": status, "code": code, "detail": detail}, status, headers or {})


def _plain(body: Any) -> Any:
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json", by_alias=True)
    if isinstance(body, list):
        return {"items": [_plain(item) for item in body], "next_cursor": None}
    return body


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()
