"""Around every request: its id, its log lines, its metrics, the most it may send, the answer to what nobody foresaw.

A plain ASGI middleware: `BaseHTTPMiddleware` runs the endpoint in a task of its own, whose cancellation leaks
database connections.
"""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unison_server.kernel import problems
from unison_server.kernel.logs import a_caller
from unison_server.kernel.metrics import Metrics

MOST_BYTES = 4 * 1024 * 1024
"""Of a body, unless its route says otherwise by `most_bytes`."""
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_log = structlog.get_logger(__name__)


class RequestContext:
    """Takes the `X-Request-ID` of a proxy or makes one, and answers it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(scope)
        status = 0
        begun = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id), a_caller():
            try:
                await self._app(scope, _bounded(scope, receive), answer)
            except ClientDisconnect:
                return  # nobody is left to answer
            except Exception:
                _log.exception("request failed", method=scope["method"], path=told_path(scope))
                if status:
                    raise  # too late for another answer: the connection breaks, so nobody takes a half for a whole
                await problems.failure(request_id)(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - begun
                self._metrics.request(scope["method"], _name(scope), status, seconds)
                _log.info(
                    "request",
                    method=scope["method"],
                    path=told_path(scope),
                    status=status,
                    milliseconds=round(seconds * 1000, 1),
                )


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Refuses with 413 when the body grows too large, however it is sent; its route is known when it is read."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > getattr(scope.get("route"), "most_bytes", MOST_BYTES):
            raise HTTPException(413)
        return message

    return bounded


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if _GIVEN_ID.fullmatch(given) else uuid4().hex


def _name(scope: Scope) -> str:
    """The endpoint's name, so that ids in paths make no new series."""
    return getattr(scope.get("route"), "name", "none")


def told_path(scope: Scope) -> str:
    """As any log may hold it: without what somebody scanned, a badge perhaps (`keeps_out_of_logs` of a convertor)."""
    convertors = getattr(scope.get("route"), "param_convertors", {})
    path: str = scope["path"]
    for name, convertor in convertors.items():
        if getattr(convertor, "keeps_out_of_logs", False):
            path = path.replace(scope["path_params"][name], f"{{{name}}}")
    return path
