"""One connection to the server, as a client meets it that keeps connections and says no goodbye: Qt's."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from unison_server.certificates.tls import TlsFiles, authority_file
from unison_server.cli.connection import configured
from unison_server.kernel.settings import Settings

from tests.patience import MINUTE
from tests.server.certificates.test_tls import set_up

HALF_A_GOODBYE_SECONDS = 20
"""A connection that waits for the client's goodbye stands for 30 s."""
_ASKED = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def serving(config: uvicorn.Config) -> Iterator[int]:
    """The port uvicorn listens at until the block ends."""
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + MINUTE
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(MINUTE)


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_an_idle_connection_ends_although_the_client_says_no_goodbye(tmp_path: Path, is_encrypted: bool) -> None:
    settings = Settings(tmp_path)
    set_up(settings)
    files = TlsFiles.of(settings)
    assert files is not None
    trusting = ssl.create_default_context(cafile=str(authority_file(settings)))
    config = configured(FastAPI(), settings, files.context() if is_encrypted else None)
    config.timeout_keep_alive = 1
    with serving(config) as port, socket.create_connection(("127.0.0.1", port)) as line:
        client = trusting.wrap_socket(line, server_hostname="127.0.0.1") if is_encrypted else line
        client.sendall(_ASKED)
        assert client.recv(1000).startswith(b"HTTP/1.1 404")
        bare = socket.socket(fileno=client.detach())
        with bare:
            bare.settimeout(HALF_A_GOODBYE_SECONDS)
            while bare.recv(1000):
                pass  # the rest of the answer, and the goodbye of the server's TLS
