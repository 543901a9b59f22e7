"""A mail server for tests: real SMTP over a real socket of loopback, which can refuse and break off as told."""

from __future__ import annotations

import email
import socketserver
import ssl
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

HANG_UP = ""
"""As an answer: the line is closed without a word, after what came before it was taken."""


@dataclass
class MailServer:
    """What arrived, and what is answered instead of the usual, by command, once each.

    Attributes:
        usual: `RCPT` and `DATA` (to the end of the text) are answered 250 unless something stands here.
        log_ins: user and password as they were given. arrived: set with each message.
    """

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    log_ins: list[tuple[str, str]] = field(default_factory=list)
    usual: dict[str, deque[str]] = field(default_factory=lambda: {"RCPT": deque(), "DATA": deque()})
    encrypted: list[bool] = field(default_factory=list)
    context: ssl.SSLContext | None = None
    hold: threading.Event = field(default_factory=threading.Event)
    """Texts are answered once it is set."""
    arrived: threading.Event = field(default_factory=threading.Event)


class _Line(socketserver.StreamRequestHandler):
    """One conversation."""

    timeout = 60

    def handle(self) -> None:
        self._mail: MailServer = self.server.mail  # type: ignore[attr-defined]  # set below
        self._say("220 tests")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if not self._answer(word.upper(), rest):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _answer(self, word: str, rest: str) -> bool:
        mail = self._mail
        if word == "EHLO":
            start = ["250-STARTTLS"] if mail.context and not isinstance(self.connection, ssl.SSLSocket) else []
            return self._say("250-tests", *start, "250-AUTH PLAIN", "250 SIZE 1000000")
        if word == "STARTTLS" and mail.context:
            self._say("220 go")
            self.connection = mail.context.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            return True
        if word == "AUTH":
            _, user, password = b64decode(rest.split()[1]).decode().split("\0")
            mail.log_ins.append((user, password))
            return self._say("235 in")
        if word == "RCPT":
            mail.recipients.append(rest)
        if word == "DATA":
            self._say("354 go")
            self._take_letter()
        if mail.usual.get(word):
            answer = mail.usual[word].popleft()
            return bool(answer) and self._say(answer)
        return self._say("221 bye" if word == "QUIT" else "250 ok")

    def _take_letter(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        letter: Any = email.message_from_bytes(b"".join(lines), policy=default)
        self._mail.letters.append(letter)
        self._mail.encrypted.append(isinstance(self.connection, ssl.SSLSocket))
        self._mail.arrived.set()
        assert self._mail.hold.wait(60)

    def _say(self, *lines: str) -> bool:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        return True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of a test's failures."""


@contextmanager
def mail_server(context: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Serve on a free port of loopback; with a context STARTTLS is offered."""
    mail = MailServer(context=context)
    mail.hold.set()
    with _Server(("127.0.0.1", 0), _Line) as server:
        server.mail = mail  # type: ignore[attr-defined]  # what its lines share
        mail.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield mail
        finally:
            server.shutdown()
            thread.join(60)
