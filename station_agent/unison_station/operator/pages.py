"""The operator page over HTTP: choosing a station, the page, its stream of news, and what people say.

The stream is read-only and of this origin. A word of a person needs the page's own origin, the token that only the
stream hands out, and JSON, so that no page elsewhere can make a browser say it.
"""

from __future__ import annotations

import logging
import secrets
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from string import Template
from threading import Event as Flag
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

import orjson
from pydantic import ValidationError
from unison_domain.stations.configuration import StationConfiguration
from unison_domain.stations.peripherals import PeripheralState

from unison_station.clock import Line as Stamps
from unison_station.engine.engine import Engine
from unison_station.operator.actions import (
    ACTION,
    AskGauge,
    AwaitBadge,
    Confirm,
    Refused,
    SayName,
    SeeSetAside,
    SignOnByPin,
    TypeScan,
    Wish,
)
from unison_station.operator.confirming import Confirming
from unison_station.operator.desk import Desk
from unison_station.operator.floor import Floor
from unison_station.operator.places import Places
from unison_station.operator.set_aside_view import set_aside_view
from unison_station.operator.signing_on import SigningOn
from unison_station.operator.takings_view import Takings, takings_view
from unison_station.operator.texts import LANGUAGES, language_for
from unison_station.operator.view import Line, catalogue, confirmer_view, people_view, station_view
from unison_station.peripherals.life import Life
from unison_station.store import StoreError
from unison_station.wording import problems_in

log = logging.getLogger(__name__)

TOKEN_HEADER = "X-Unison-Token"  # noqa: S105 - the name of a header
MOST_BYTES = 16 * 1024
MOST_STREAMS = 24
"""Pages that are served news at once; a browser that forgets to close some is told to wait."""

BEAT_SECONDS = 3.0
"""A stream without news says that the agent lives. The page takes three of them missing for its end."""
_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 0.3

_STATIC = Path(__file__).with_name("static")
_FILES = {
    "page.css": "text/css",
    "takings.css": "text/css",
    "signing_on.css": "text/css",
    "confirming.css": "text/css",
    "set_aside.css": "text/css",
    "elements.js": "text/javascript",
    "saying.js": "text/javascript",
    "counts.js": "text/javascript",
    "tones.js": "text/javascript",
    "takings.js": "text/javascript",
    "typing.js": "text/javascript",
    "signing_on.js": "text/javascript",
    "confirming.js": "text/javascript",
    "set_aside.js": "text/javascript",
    "page.js": "text/javascript",
}
_SCRIPTS = "".join(f'<script src="/operator/{name}" defer></script>' for name in _FILES if name.endswith(".js"))
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Sources:
    """Where the page's content comes from, each from any thread.

    Attributes:
        line: how sending fares.
        now: by the clock that stamps events.
        stamps: what is known of the server's time along that clock.
    """

    desk: Desk
    engine: Engine
    peripherals: Life
    signing_on: SigningOn
    line: Callable[[], Line]
    now: Callable[[], datetime]
    stamps: Callable[[], Stamps]

    @property
    def settled_now(self) -> datetime:
        """This moment by the server's time, as far as it is known."""
        return self.stamps().settled(self.now())


class OperatorPages:
    """Answers requests below `/station` and `/operator`; the host was checked before."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._confirming = Confirming(sources.desk, sources.engine, sources.signing_on)
        self._token = secrets.token_urlsafe(24)
        self._closing = Flag()
        self._streams = 0
        self._lock = Lock()
        self._files = {name: (_STATIC / name).read_bytes() for name in _FILES}
        self._page = Template((_STATIC / "page.html").read_text(encoding="utf-8"))

    @staticmethod
    def serves(target: str) -> bool:
        """Whether a request's target is one of these pages."""
        return _steps(target)[0] in ("station", "operator")

    def close(self) -> None:
        """Let every stream end."""
        self._closing.set()
        self._sources.desk.tell()

    def get(self, request: BaseHTTPRequestHandler) -> None:
        """A page, a file, or the stream."""
        match _steps(request.path):
            case ["operator", str(name)] if name in _FILES:
                _answer(request, 200, f"{_FILES[name]}; charset=utf-8", self._files[name])
            case ["station"]:
                self._choose(request)
            case ["station", str(code)]:
                self._show(request, code)
            case ["station", str(code), "news"]:
                self._tell_news(request, code)
            case _:
                _refuse(request, 404, "not_found", "There is /station/CODE")

    def post(self, request: BaseHTTPRequestHandler) -> None:
        """`/station/CODE/say`: one action, as JSON."""
        match _steps(request.path):
            case ["station", str(code), "say"] if self._station(code) is not None:
                self._hear(request)
            case _:
                _refuse(request, 404, "not_found", "There is /station/CODE/say")

    def _station(self, code: str) -> StationConfiguration | None:
        return self._sources.desk.places.station(code)

    def _choose(self, request: BaseHTTPRequestHandler) -> None:
        """The list of stations; with a single one there is nothing to choose."""
        stations = self._sources.desk.places.configuration.stations
        if len(stations) == 1:
            _answer(request, 302, "text/plain", b"", {"Location": f"/station/{quote(stations[0].code, safe='')}"})
            return
        language, texts = _language(request)
        links = "".join(
            f'<a class="tile" href="/station/{quote(one.code, safe="")}"><b>{escape(one.code)}</b> '
            f"<span>{escape(one.name)}</span></a>"
            for one in stations
        )
        hint = texts["choose_hint" if stations else "no_station"]
        content = f'<h1>{texts["choose_station"]}</h1><p>{hint}</p><nav class="tiles">{links}</nav>'
        self._send_page(request, language, texts["title"], f'<main class="chooser">{content}</main>', {})

    def _show(self, request: BaseHTTPRequestHandler, code: str) -> None:
        station = self._station(code)
        if station is None:
            _answer(request, 302, "text/plain", b"", {"Location": "/station"})
            return
        language, texts = _language(request)
        data = {"id": station.id, "code": station.code, "name": station.name, "language": language, "texts": texts}
        self._send_page(request, language, f"{station.code} {station.name}", "", data)

    def _send_page(
        self, request: BaseHTTPRequestHandler, language: str, title: str, content: str, data: dict[str, Any]
    ) -> None:
        """`data` goes into a block that is no script; `<` is hidden in it, so that no text can end the block."""
        told = orjson.dumps(data).decode().replace("<", "\\u003c")
        scripts = _SCRIPTS if data else ""
        page = self._page.substitute(
            language=language, title=escape(title), content=content, data=told, scripts=scripts
        )
        _answer(request, 200, "text/html; charset=utf-8", page.encode())

    def _hear(self, request: BaseHTTPRequestHandler) -> None:
        try:
            self._demand_own_page(request)
            action = ACTION.validate_json(_body(request))
            is_undoable = self._done(action)
        except Refused as refusal:
            _refuse(request, refusal.status, refusal.code, str(refusal), **refusal.parameters)
        except ValidationError as error:
            _refuse(request, 422, "invalid", "; ".join(problems_in(error)))
        except Exception:
            log.exception("a word from the operator page met a fault of the program")
            _refuse(request, 500, "fault", "The agent failed at this; its log says why")
        else:
            _answer(request, 200, "application/json", orjson.dumps({"undo": is_undoable}))

    def _done(self, action: Wish) -> bool:
        """Whether it can be taken back."""
        if isinstance(action, SignOnByPin):
            self._sources.signing_on.by_pin(action)
            return False
        if isinstance(action, AwaitBadge):
            self._sources.signing_on.wait(action)
            return False
        if isinstance(action, SeeSetAside):
            self._sources.desk.set_aside.see(action.sight, self._sources.engine)
            return False
        if isinstance(action, Confirm):
            return self._confirming.confirm(action)
        if isinstance(action, TypeScan):
            self._sources.signing_on.demand_no_badge(action.text)
        if isinstance(action, SayName):
            self._sources.signing_on.demand_no_typed_name(action.name)
        if not isinstance(action, AskGauge):
            return self._sources.desk.act(action, self._sources.engine)
        peripheral = self._sources.peripherals.find(action.peripheral_id)
        if peripheral is not None and self._sources.desk.ask(action, peripheral.ask, self._sources.engine):
            return False
        if peripheral is not None and peripheral.standing.state is PeripheralState.OFFLINE:
            raise Refused("gauge_away", peripheral.standing.message or "This gauge is not there")
        raise Refused("no_such_gauge", "This gauge can't be asked; press its own button")

    def _demand_own_page(self, request: BaseHTTPRequestHandler) -> None:
        headers = request.headers
        if headers.get("Origin") != f"http://{headers.get('Host')}":
            raise Refused("other_origin", "Only this agent's own page may say something", 403)
        if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise Refused("other_origin", "Only this agent's own page may say something", 403)
        if (headers.get("Content-Type") or "").partition(";")[0].strip().lower() != "application/json":
            raise Refused("not_json", "An action is JSON: Content-Type application/json", 415)
        token = (headers.get(TOKEN_HEADER) or "").encode()
        if not secrets.compare_digest(token, self._token.encode()):
            raise Refused("old_token", "The page is from before a restart of the agent; it gets its news first", 403)

    def _tell_news(self, request: BaseHTTPRequestHandler, code: str) -> None:
        with self._lock:
            is_room = self._streams < MOST_STREAMS
            self._streams += is_room
        if not is_room:
            _refuse(request, 503, "too_many", f"{MOST_STREAMS} pages are open already: close some")
            return
        try:
            self._stream(request, code)
        except OSError:
            return  # the browser went away, or reads too slowly to be waited for
        except StoreError as error:
            log.warning("the operator page waits: %s", error)  # the browser asks again
        finally:
            with self._lock:
                self._streams -= 1

    def _stream(self, request: BaseHTTPRequestHandler, code: str) -> None:
        request.close_connection = True
        _begin(request, 200, "text/event-stream", {})
        request.wfile.write(_event("hello", orjson.dumps({"token": self._token})))
        told: dict[str, bytes] = {}
        drawn_from: tuple[object, object] | None = None
        number, quiet_since = 0, 0.0
        clock = self._sources.engine.monotonic
        language, _ = _language(request)
        while not self._closing.is_set() and not _is_gone(request):
            places, floor = self._sources.desk.places, self._sources.desk.floor
            station = places.station(code)
            if station is None:
                request.wfile.write(_event("moved", b"{}"))
                return
            pictures = {
                "floor": self._picture(station, places, floor, language),
                "people": self._json(self._people(station.id)),
                "takings": self._json(takings_view(station, self._takings(places, language))),
                "set_aside": self._json(self._set_aside(station, places, floor, language)),
            }
            if drawn_from is None or drawn_from[0] is not places or drawn_from[1] is not floor.uses:
                drawn_from = places, floor.uses
                pictures = {"catalogue": self._json(catalogue(station, places, floor)), **pictures}
            news = [(name, body) for name, body in pictures.items() if told.get(name) != body]
            if news or clock() - quiet_since >= BEAT_SECONDS:
                told.update(news)
                quiet_since = clock()
                at = self._json({"at": self._sources.now()})
                request.wfile.write(b"".join(_event(name, body) for name, body in (*news, ("now", at))))
            self._closing.wait(_PAUSE_SECONDS)
            number = self._sources.desk.wait(number, _LOOK_SECONDS)

    def _people(self, station_id: UUID) -> dict[str, Any]:
        known = self._sources.signing_on
        told = people_view(known.people_at(station_id), signs_on=known.is_known, is_practice=known.is_practice)
        return {**told, "confirmer": confirmer_view(known.awaited.shown_at(station_id))}

    def _takings(self, places: Places, language: str) -> Takings:
        desk, reports = self._sources.desk, self._sources.peripherals.reports
        today = self._sources.settled_now.date()
        return Takings(places.configuration, desk.recent, desk.refusals, reports, today, language)

    def _set_aside(self, station: StationConfiguration, places: Places, floor: Floor, language: str) -> dict[str, Any]:
        desk = self._sources.desk
        return set_aside_view(station, places, floor, desk.recent, desk.set_aside.known, language)

    def _picture(self, station: StationConfiguration, places: Places, floor: Floor, language: str) -> bytes:
        engine, now = self._sources.engine, self._sources.now()
        machines, read = engine.live.machines, engine.derivation.last_read()
        named = self._sources.desk.people.at(station.id, now)
        line = self._sources.line()
        line = line.told_in(language)
        stamps = self._sources.stamps()
        can_override, told = self._sources.desk.countersigned() is not None, self._sources.desk.told
        return self._json(
            station_view(
                station, places, floor, named, machines, read, told, line, now, stamps, can_override=can_override
            )
        )

    def _json(self, told: dict[str, Any]) -> bytes:
        """Moments by the server's time, as far as it is known, for a person compares them with other clocks."""
        return orjson.dumps(_settled(told, self._sources.stamps()), option=orjson.OPT_UTC_Z)


def _steps(target: str) -> list[str]:
    return [unquote(step) for step in target.partition("?")[0].strip("/").split("/")]


def _language(request: BaseHTTPRequestHandler) -> tuple[str, dict[str, str]]:
    code = language_for(request.headers.get("Accept-Language"))
    return code, {**LANGUAGES["en"], **LANGUAGES[code]}


def _body(request: BaseHTTPRequestHandler) -> bytes:
    length = request.headers.get("Content-Length") or ""
    if not (length.isascii() and length.isdecimal()):
        raise Refused("no_length", "Content-Length is missing", 411)
    if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
        raise Refused("too_long", f"An action has at most {MOST_BYTES} bytes", 413)
    return request.rfile.read(int(length))


def _is_gone(request: BaseHTTPRequestHandler) -> bool:
    """Whether the browser closed the stream; it has nothing more to say on it."""
    readable, _, _ = select.select([request.connection], [], [], 0)
    return bool(readable) and not request.connection.recv(1, socket.MSG_PEEK)


def _settled(told: Any, stamps: Stamps) -> Any:
    match told:
        case datetime():
            return stamps.settled(told)
        case dict():
            return {name: _settled(value, stamps) for name, value in told.items()}
        case list() | tuple():
            return [_settled(value, stamps) for value in told]
    return told


def _event(name: str, data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def _refuse(request: BaseHTTPRequestHandler, status: int, code: str, words: str, **parameters: str) -> None:
    told = {"code": code, "message": words, "parameters": parameters}
    _answer(request, status, "application/json", orjson.dumps(told))


def _answer(
    request: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, more: dict[str, str] | None = None
) -> None:
    _begin(request, status, kind, {"Content-Length": str(len(body)), **(more or {})})
    request.wfile.write(body)


def _begin(request: BaseHTTPRequestHandler, status: int, kind: str, more: dict[str, str]) -> None:
    request.send_response(status)
    for name, value in {"Content-Type": kind, **_HEADERS, **more}.items():
        request.send_header(name, value)
    request.end_headers()
