"""How uvicorn serves: its settings, and what one connection of a client is."""

from __future__ import annotations

import ssl

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from unison_server.kernel.settings import Settings

GRACE_SECONDS = 10
"""What requests in hand get to finish."""

KEEP_ALIVE_SECONDS = 75
"""How long a connection nobody asks on stays. Desktops and agents ask every few seconds, and shake hands once."""


class Connection(HttpToolsProtocol):
    """HTTP/1.1 that ends an idle connection as a whole, not its TLS alone.

    A TLS connection that is closed in order waits for the client's goodbye, up to 30 s, with the socket open. Qt says
    none: it takes such a connection for a living one and asks on it, and nobody answers until the request times out.
    """

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for as long as it may be idle: whoever asks again connects anew."""
        if self.transport.get_write_buffer_size():
            super().timeout_keep_alive_handler()  # still being read, at the pace of its line
        elif not self.transport.is_closing():
            self.transport.abort()


def configured(app: FastAPI, settings: Settings, context: ssl.SSLContext | None) -> uvicorn.Config:
    """What uvicorn serves the application with; over TLS where there is a context."""
    return uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_context_factory=(lambda *_: context) if context else None,
    )
