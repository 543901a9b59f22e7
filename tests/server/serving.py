"""A running server for tests: the real one, over real sockets, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from unison_server.app import create_app
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

from tests.secret_watch import hear_structlog, quiet_below_warning
from tests.server.factories import PASSWORD, Made, make_organization


class _Server(uvicorn.Server):
    """Tells when it is ready, and ends event streams before it waits for connections."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._app = app

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: Any = None) -> None:
        self._app.state.hub.close()
        await super().shutdown(sockets)


def _log_plainly() -> None:
    """Warnings and worse; tracebacks drawn with all their variables take seconds on the server's loop."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            hear_structlog,
            quiet_below_warning,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve on a free port of loopback; gives the address."""
    _log_plainly()
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "proxy_headers": False}
    server = _Server(uvicorn.Config(app, port=0, timeout_graceful_shutdown=5, **quiet), app)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.ready.wait(60), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server did not end"


@dataclass(frozen=True)
class SignedIn:
    """A client with somebody's token."""

    client: httpx.Client
    access_token: str
    refresh_token: str

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.send("POST", path, json=json, **options)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        signed = {"Authorization": f"Bearer {self.access_token}", **(headers or {})}
        return self.client.request(method, f"/api/v1{path}", headers=signed, **options)


def until_answered(status: int, call: Callable[[], httpx.Response]) -> httpx.Response:
    """What is answered as soon as a change of rights is known to the server's process; a busy machine takes seconds."""
    deadline = time.monotonic() + 60
    while (answer := call()).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.01)
    return answer


def sign_in(client: httpx.Client, made: Made, user: str = "anna", password: str = PASSWORD) -> SignedIn:
    """Sign in somebody of the organization."""
    answer = client.post("/api/v1/auth/login", json={"organization": made.code, "user": user, "password": password})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    return SignedIn(client, tokens["access_token"], tokens["refresh_token"])


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The application over this worker's databases; making its routes takes longer than most tests."""
    return create_app(settings)


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """Where it is served. To a module: at other times its dispatcher would take others' outbox rows."""
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    """Talks to it over a real socket."""
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def made(databases: Databases, system_databases: Databases) -> Made:
    """An organization of the test's own."""
    return make_organization(databases, system_databases)


@pytest.fixture
def admin(client: httpx.Client, made: Made) -> SignedIn:
    """Its administrator, signed in."""
    made.add_user("anna")
    return sign_in(client, made)
