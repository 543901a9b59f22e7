"""A small real server on loopback that speaks the station protocol and fails in every way asked for."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Condition, Event, Thread
from typing import Any
from uuid import UUID

from unison_domain.machines.calls import OPEN
from unison_domain.stations.attached import AttachedReport
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.contracts import DeviceReport, MachineReport
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.tail_hash import BEGINNING, CHECKPOINTS_KEPT, Checkpoint, Standing, standing, tail

AGENT = UUID("00000000-0000-7000-8000-00000000000a")
ORGANIZATION = UUID("00000000-0000-7000-8000-00000000000b")
TOKEN = "device_token_of_the_test"

Fault = Callable[["Exchange"], bool]
"""Called before a batch is taken; True when it has answered (or cut the line) itself."""


@dataclass
class Shown:
    """What an engine would show."""

    machines: tuple[MachineReport, ...] = ()
    devices: tuple[DeviceReport, ...] = ()
    peripherals: tuple[PeripheralReport, ...] = ()
    attached: tuple[AttachedReport, ...] = ()
    refusal: str | None = None


@dataclass
class Exchange:
    """One request for events, for a fault to spoil."""

    server: FakeServer
    handler: BaseHTTPRequestHandler
    batch: dict[str, Any]

    def answer(self, status: int, body: object = None, **headers: str) -> bool:
        payload = json.dumps(body or {}).encode()
        self.handler.send_response(status)
        for name, value in {"Content-Length": str(len(payload)), **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(payload)
        return True

    def cut(self) -> bool:
        self.handler.connection.shutdown(socket.SHUT_RDWR)
        self.handler.close_connection = True
        return True


@dataclass
class FakeServer:
    """What the server holds, and how it misbehaves.

    Attributes:
        taken: every event once, in the order of taking.
        faults: spoil the next batches, one each; `always` spoils every one.
        hangs: it takes connections and answers nothing.
        reject: events for which it is true are refused inside an acknowledgement.
        offset: how far the server's clock is ahead of the PC's.
        commands: what waits for the agent. announced: how often its stream has told so.
        elsewhere: what others counted today of the agent's machines; None: no such question is answered.
        calls: as the desktop answered them. undone: ids of scans and readings that the office took back.
        states: that people set elsewhere.
        set_aside: what of people's entries it set aside; None: no such question is answered.
        picture_statuses: of the next pictures that are sent, one each; then they are taken.
        roster: the list of people. sign_ons: what was asked about them. signs_on: what is answered to that.
        countersigns: who was to confirm overrides. confirms: what is answered to that.
    """

    taken: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: dict[tuple[str, str], list[Checkpoint]] = field(default_factory=dict)
    batches: list[dict[str, Any]] = field(default_factory=list)
    heartbeats: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    heartbeat_status: int = 200
    hangs: bool = False
    corrected: list[dict[str, Any]] | None = None
    reject: Callable[[dict[str, Any]], bool] = lambda event: False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    offset: timedelta = timedelta()
    configuration: AgentConfiguration | None = None
    token: str = TOKEN
    commands: list[dict[str, Any]] = field(default_factory=list)
    announced: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    set_aside: list[dict[str, Any]] | None = None
    elsewhere: list[dict[str, Any]] | None = None
    picture_statuses: list[int] = field(default_factory=list)
    roster: dict[str, Any] | None = None
    sign_ons: list[dict[str, Any]] = field(default_factory=list)
    signs_on: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]] = lambda asked: (404, {})
    countersigns: list[dict[str, Any]] = field(default_factory=list)
    confirms: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]] = lambda asked: (404, {})
    authority: str = ""
    changed: Condition = field(default_factory=Condition)
    stopping: Event = field(default_factory=Event)
    url: str = ""

    @property
    def numbers(self) -> list[int]:
        return [event["raw_to"] for event in self.taken if event["kind"] == "counted"]

    def held(self, batch: dict[str, Any]) -> list[Checkpoint]:
        return self.checkpoints.setdefault((batch["agent_id"], batch["epoch"]), [])

    def newest(self, batch: dict[str, Any]) -> Checkpoint:
        return (self.held(batch) or [BEGINNING])[-1]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, seconds), "the server did not see it in time"

    def take(self, batch: dict[str, Any], only: int | None = None) -> tuple[int, dict[str, Any]]:
        """Take a batch as the contract says, or only its first events; returns status and answer."""
        with self.changed:  # a killed agent's last request may still be here when the next agent's comes
            return self._take(batch, batch["events"] if only is None else batch["events"][:only])

    def _take(self, batch: dict[str, Any], events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        previous = Checkpoint(batch["previous_sequence"], batch["previous_hash"])
        held = self.held(batch)
        newest = self.newest(batch)
        how = standing(held, previous, events, is_all=batch["is_all"])
        if how is Standing.FORK:
            return 409, self.problem("identity_conflict", "two histories under one identity")
        if how is Standing.AHEAD:
            return 200, self.acknowledgement(newest.sequence, resend_from=newest.sequence + 1)
        if how is Standing.SHORT:
            return 200, self.acknowledgement(previous.sequence, held_through=newest.sequence)
        new = [event for event in events if event["seq"] > newest.sequence]
        rejected = [event for event in new if self.reject(event)]
        self.taken.extend(event for event in new if event not in rejected)
        self.changed.notify_all()
        if new:
            held.append(tail(previous, events))
            del held[:-CHECKPOINTS_KEPT]
        refusals = [{"seq": event["seq"], "code": "no_such_tag", "message": "no such tag"} for event in rejected]
        return 200, self.acknowledgement(self.newest(batch).sequence, rejected=refusals)

    def acknowledgement(self, through: int, **more: object) -> dict[str, Any]:
        return {"acknowledged_through": through, "server_time": self.time(), "configuration": self.version, **more}

    def problem(self, code: str, detail: str) -> dict[str, Any]:
        return {"title": code, "status": 0, "code": code, "detail": detail}

    @property
    def version(self) -> int:
        return self.configuration.version if self.configuration else 0

    @property
    def etag(self) -> str:
        """Opaque: nobody but the server knows what it is made of."""
        text = self.configuration.model_dump_json() if self.configuration else ""
        return f'"{blake2b(text.encode(), digest_size=8).hexdigest()}-{self.version}"'

    def time(self) -> str:
        return (self.now() + self.offset).isoformat()


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._note()
            if self.path.endswith("/time"):
                self._reply(200, json.dumps({"server_time": server.time()}).encode())
                return
            if self.path.endswith("/commands"):
                self._reply(200, json.dumps({"items": server.commands}).encode())
                return
            if "/machine-calls" in self.path:
                asked = [call for call in server.calls if call["id"] in self.path or call["state"] in OPEN]
                self._reply(200, json.dumps({"items": asked}).encode())
                return
            if "/undone-takings?" in self.path:
                undone = [id_ for id_ in server.undone if id_ in self.path]
                self._reply(200, json.dumps({"ids": undone}).encode())
                return
            if "/set-aside" in self.path:
                told = 404 if server.set_aside is None else 200
                self._reply(told, json.dumps({"items": server.set_aside or []}).encode())
                return
            if "/set-states" in self.path:
                self._reply(200, json.dumps({"items": server.states}).encode())
                return
            if "/day-counts?" in self.path:
                told = 404 if server.elsewhere is None else 200
                self._reply(told, json.dumps({"items": server.elsewhere or []}).encode())
                return
            if self.path.endswith("/roster"):
                self._tell_roster()
                return
            if self.path.endswith("/events"):
                self._tell_for_ever()
                return
            if self.path.endswith("/authority"):
                self._reply(200 if server.authority else 404, server.authority.encode())
                return
            tag = server.etag
            if server.configuration is None or self.headers["If-None-Match"] == tag:
                self._reply(304 if server.configuration else 404, b"")
            else:
                self._reply(200, server.configuration.model_dump_json().encode(), ETag=tag)

        def _tell_roster(self) -> None:
            body = b"" if server.roster is None else json.dumps(server.roster).encode()
            tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
            is_known = self.headers["If-None-Match"] == tag
            status = 404 if server.roster is None else 304 if is_known else 200
            self._reply(status, body if status == 200 else b"", ETag=tag)

        def _tell_for_ever(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.close_connection = True
            told = 0
            self._say(b"event: ready\ndata: {}\n\n")
            while not server.stopping.is_set():
                with server.changed:
                    server.changed.wait(0.2)
                while told < server.announced:
                    told += 1
                    self._say(b'event: happening\ndata: {"topic":"stations.agent.commanded"}\n\n')

        def _say(self, words: bytes) -> None:
            self.wfile.write(words)
            self.wfile.flush()

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = server.picture_statuses.pop(0) if server.picture_statuses else 204
            self._note()
            self._reply(status, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            self._note()
            answer = {
                "/enrol": self._enrol,
                "/heartbeat": self._heartbeat,
                "/events": self._events,
                "/sign-on": self._sign_on,
                "/countersign": self._countersign,
            }
            answer["/" + self.path.rpartition("/")[2]](json.loads(body))

        def _sign_on(self, asked: dict[str, Any]) -> None:
            if not self._authorized():
                return
            with server.changed:
                server.sign_ons.append(asked)
                server.changed.notify_all()
            status, answer = server.signs_on(asked)
            self._reply(status, json.dumps(answer).encode())

        def _countersign(self, asked: dict[str, Any]) -> None:
            if not self._authorized():
                return
            with server.changed:
                server.countersigns.append(asked)
                server.changed.notify_all()
            status, answer = server.confirms(asked)
            self._reply(status, json.dumps(answer).encode())

        def _enrol(self, asked: dict[str, Any]) -> None:
            if not asked["code"].startswith("code_"):
                problem = server.problem("enrolment_code_unknown", "the code is used up or never was")
                self._reply(404, json.dumps(problem).encode())
                return
            enrolled = {
                "agent_id": str(AGENT),
                "organization_id": str(ORGANIZATION),
                "device_token": server.token,
                "server_time": server.time(),
            }
            self._reply(201, json.dumps(enrolled).encode())

        def _heartbeat(self, beat: dict[str, Any]) -> None:
            if not self._authorized():
                return
            with server.changed:
                server.heartbeats.append(beat)
                server.changed.notify_all()
            answer = {"server_time": server.time(), "configuration": server.version, "commands": len(server.commands)}
            answer["corrected"] = server.corrected
            self._reply(server.heartbeat_status, json.dumps(answer).encode())

        def _events(self, batch: dict[str, Any]) -> None:
            exchange = Exchange(server, self, batch)
            with server.changed:
                server.batches.append(batch)
                server.changed.notify_all()
            if server.always is not None and server.always(exchange):
                return
            if server.faults and server.faults.pop(0)(exchange):
                return
            if self._authorized():
                status, answer = server.take(batch)
                self._reply(status, json.dumps(answer).encode())

        def _authorized(self) -> bool:
            if self.headers["Authorization"] == f"Bearer {server.token}":
                return True
            self._reply(401, json.dumps(server.problem("unauthorized", "the device token is unknown")).encode())
            return False

        def _note(self) -> None:
            with server.changed:
                server.requests.append((self.command, self.path, dict(self.headers)))
                server.changed.notify_all()
            while server.hangs and not server.stopping.wait(0.02):
                pass

        def _reply(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing on the test's output."""

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that is cut is what some tests want."""


@contextmanager
def running(server: FakeServer, port: int = 0, tls: SSLContext | None = None) -> Iterator[FakeServer]:
    """Serve on an ephemeral port while the block runs."""
    listener = _Quiet(("127.0.0.1", port), _handler(server))
    if tls is not None:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    server.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{listener.server_port}"
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        listener.shutdown()
        listener.server_close()
        thread.join()
