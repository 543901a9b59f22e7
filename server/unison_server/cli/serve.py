"""`unison serve`: one process that is the whole server.

It starts the embedded PostgreSQL and watches it, migrates, answers HTTP, numbers events, runs jobs and keeps house. A
SIGTERM or Ctrl+C closes event streams, lets requests and jobs in hand finish, then ends PostgreSQL.
"""

from __future__ import annotations

import argparse
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import version
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from unison_server.app import CHORES, FORGETTING, WATCHES, create_app, tasks
from unison_server.certificates.tls import Renewal, TlsFiles
from unison_server.cli.connection import configured
from unison_server.cli.ground import bring_up_to_date, embedded_cluster, kept_running, only_server
from unison_server.kernel import garbage, logs
from unison_server.kernel.jobs import Worker
from unison_server.kernel.memory import share_arenas
from unison_server.kernel.postgres.trying_again import try_again
from unison_server.kernel.service import Service
from unison_server.kernel.settings import Settings, SettingsError
from unison_server.kernel.upkeep import Upkeep


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It has no options: everything is a setting."""


def run(_arguments: argparse.Namespace) -> int:
    """Serve until told to end."""
    settings = Settings.load()
    tls = TlsFiles.of(settings)
    _demand_encryption(settings, tls)
    logs.configure(settings.log_format, settings.log_level)
    share_arenas()
    garbage.collect_seldom()
    end = threading.Event()
    # uvicorn takes the signals over while it serves, and hands them back to these afterwards.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    with ExitStack() as stack:
        stack.enter_context(only_server(settings))
        settings = stack.enter_context(_databases(settings))
        listening = stack.enter_context(_listen(settings))
        stack.enter_context(_background(settings))
        return 0 if _serve_http(settings, tls, listening, end) else 1


def _demand_encryption(settings: Settings, tls: TlsFiles | None) -> None:
    if tls is None and not _is_loopback(settings.host) and not settings.unencrypted_network_allowed:
        raise SettingsError(
            f"UNISON_HOST is {settings.host!r}, where passwords and tokens would cross the network unencrypted: run "
            "`unison tls setup NAME…`, or name your own certificate with UNISON_TLS_CERTIFICATE and UNISON_TLS_KEY. "
            "Behind a proxy that encrypts, set UNISON_UNENCRYPTED_NETWORK_ALLOWED=yes"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(uvicorn.Server):
    """Says when it is ready, and ends event streams first: uvicorn would wait for clients that never hang up."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, end: threading.Event) -> None:
        super().__init__(config)
        self._app = app
        self._end = end
        self._service = Service.of_environment()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            print(f"Unison {version('unison-server')} serves {scheme}://{host}:{port}", flush=True)
            self._service.ready()
        self.should_exit |= self._end.is_set()

    async def on_tick(self, counter: int) -> bool:
        # On the loop that answers requests: a loop that hangs feeds no watchdog, and the service manager restarts us.
        self._service.alive()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.stopping()
        self._app.state.hub.close()
        await super().shutdown(sockets)


def _serve_http(settings: Settings, tls: TlsFiles | None, listening: socket.socket, end: threading.Event) -> bool:
    """Answer requests until a signal; False when it could not start."""
    app = create_app(settings)
    context = tls.context() if tls else None
    config = configured(app, settings, context)
    server = _Server(config, app, end)
    with ExitStack() as stack:
        if tls and context:
            stack.enter_context(_thread("certificate", Renewal(tls, context).run))
        server.run(sockets=[listening])
    return server.started


@contextmanager
def _databases(settings: Settings) -> Iterator[Settings]:
    """Databases up to date: those of the settings, or the embedded PostgreSQL, watched and ended with us."""
    cluster = embedded_cluster(settings)
    if cluster is None:
        bring_up_to_date(settings)
        yield settings
        return
    with kept_running(cluster, is_servers=True):
        settings = settings.with_urls(cluster.urls())
        with _thread("postgresql", cluster.watch):
            try_again(partial(bring_up_to_date, settings))
            yield settings


@contextmanager
def _background(settings: Settings) -> Iterator[None]:
    """Jobs, upkeep and garbage, in threads that end with us."""
    databases, system = settings.databases(), settings.system_databases()
    work = tasks(settings)
    try:
        with (
            _thread("upkeep", Upkeep(settings, system, work, CHORES, WATCHES, FORGETTING).run),
            _thread("jobs", Worker(databases, settings.operations_system_url, work).run),
            _thread("garbage", garbage.collect),
        ):
            yield
    finally:
        databases.dispose()
        system.dispose()


@contextmanager
def _thread(name: str, run: Callable[[threading.Event], None]) -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=run, args=(end,), name=name)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    """The socket, taken before anything is announced, so that a port in use is told at once."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise SettingsError(
            f"{settings.host}:{settings.port} can't be served ({error.strerror}): set UNISON_HOST or UNISON_PORT"
        ) from None
    with listening:
        yield listening
