"""The stream of what happens on the server, kept open for as long as somebody is signed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest
from unison_domain.identity.contracts import RIGHTS_HEADER
from unison_domain.kernel.contracts import Happening

from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.sse import SentEvent, SseParser

FAILURES_UNTIL_OFFLINE = 2
"""One broken connection is a hiccup; after the second failed attempt people should know."""


class LinkState(StrEnum):
    """How this program stands with the server."""

    ONLINE = "online"
    RECONNECTING = "reconnecting"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Link:
    """State of the connection and since when (local time); `since` of a lost one is when it was lost."""

    state: LinkState
    since: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """Waiting times of the stream in milliseconds.

    Attributes:
        silence: without a byte for this long (the server sends a heartbeat every 5 s) the connection counts as dead.
        first_wait, longest_wait: before the first and, doubling, the later attempts; each shortened by chance up to
            half, so that not all desktops come back in the same instant.
        lasting: a stream that stood this long and was ended in good order is opened again at once and without a word.
    """

    silence: int = 18_000
    first_wait: int = 1_000
    longest_wait: int = 30_000
    lasting: int = 5_000


class EventStream(QObject):
    """Reads `GET /api/v1/events` and comes back by itself, from the position it had.

    Signals:
        happened: a `Happening`.
        reset: the server can't tell what happened meanwhile (or this is the first connection): read all again.
        link_changed: a `Link`.
        refused: the server lets this person have no stream any more (403), though they are signed in.
        stands_first: the stream was opened for the first time, with the `Me.rights_mark` it goes by.
        stands_again: the stream was opened anew. The server ends it when what the person may do changes, and with
            every token.
    """

    happened = Signal(object)
    reset = Signal()
    stands_first = Signal(str)
    stands_again = Signal()
    refused = Signal()
    link_changed = Signal(object)

    def __init__(
        self,
        client: ApiClient,
        parent: QObject | None = None,
        *,
        pace: Pace | None = None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(parent)
        self.link = Link(LinkState.RECONNECTING, now())
        self._client = client
        self._pace = pace or Pace()
        self._now = now
        self._running = False
        self._renewing = self._renewed = self._hurried = self._stood = False
        self._failures = 0
        self._last_id = ""
        self._tried, self._lost = QElapsedTimer(), QElapsedTimer()
        self._parser = SseParser()
        self._reply: QNetworkReply | None = None
        self._lasting = QElapsedTimer()
        self._silence = QTimer(self, singleShot=True, interval=self._pace.silence)
        self._silence.timeout.connect(self._lose)
        self._wait = QTimer(self, singleShot=True)
        self._wait.timeout.connect(self._connect)
        client.renewed.connect(self._on_renewed)
        client.not_renewed.connect(self._on_not_renewed)
        client.unreachable.connect(self._doubt)
        client.reached.connect(self._hurry)

    def start(self) -> None:
        """Connect and stay connected until `stop`."""
        self._running = True
        self._failures = 0
        self._connect()

    def stop(self) -> None:
        """Disconnect and forget the position: the next start may be another person's."""
        self._running = False
        self._renewing = self._renewed = self._stood = False
        self._last_id = ""
        self._silence.stop()
        self._wait.stop()
        self._drop()

    def retry_now(self) -> None:
        """Don't wait for the next attempt."""
        if self._wait.isActive():
            self._connect()

    def _connect(self) -> None:
        self._wait.stop()
        self._drop()
        self._parser = SseParser()
        request = self._client.request("/events")
        request.setTransferTimeout(0)
        request.setRawHeader(b"Accept", b"text/event-stream")
        request.setRawHeader(b"Accept-Encoding", b"identity")  # a compressing proxy would hold events back
        request.setAttribute(
            QNetworkRequest.Attribute.CacheLoadControlAttribute, QNetworkRequest.CacheLoadControl.AlwaysNetwork
        )
        if self._last_id:
            request.setRawHeader(b"Last-Event-ID", self._last_id.encode())
        self._client.sign(request)
        self._reply = self._client.send("GET", request)
        self.destroyed.connect(self._reply.deleteLater)  # see `Call`: never its child
        self._reply.metaDataChanged.connect(self._on_headers)
        self._reply.readyRead.connect(self._on_bytes)
        self._reply.finished.connect(self._on_end)
        self._silence.start()
        self._tried.start()

    def _drop(self) -> None:
        if self._reply is None:
            return
        self._reply.metaDataChanged.disconnect(self._on_headers)
        self._reply.readyRead.disconnect(self._on_bytes)
        self._reply.finished.disconnect(self._on_end)
        self._reply.abort()
        self._reply.deleteLater()
        self._reply = None

    def _on_headers(self) -> None:
        if self._status() != 200:
            return
        self._failures = 0
        self._renewed = self._hurried = False
        self._lasting.start()
        self._set_link(LinkState.ONLINE)
        if not self._last_id:
            # What pages read before the stream stood may be out of date already.
            self.reset.emit()
        if self._stood:
            self.stands_again.emit()
        elif self._reply is not None:
            self.stands_first.emit(bytes(self._reply.rawHeader(RIGHTS_HEADER).data()).decode("ascii", "replace"))
        self._stood = True

    def _on_bytes(self) -> None:
        if self._reply is None or self._status() != 200:
            return
        self._silence.start()
        for event in self._parser.feed(bytes(self._reply.readAll().data())):
            self._take(event)

    def _take(self, event: SentEvent) -> None:
        if event.id:
            self._last_id = event.id
        if event.name == "reset":
            self.reset.emit()
        elif event.name == "happening":
            try:
                self.happened.emit(Happening.model_validate_json(event.data))
            except ValidationError:
                # A newer server may tell in a form this version can't read: what is on screen is read again instead.
                self.reset.emit()

    def _on_end(self) -> None:
        reply = self._reply
        if reply is None or not self._running:
            return
        if self._status() == 401 and not self._renewed:
            self._renewing = self._renewed = True
            self._drop()
            self._client.renew()
            return
        if self._ended_well(reply):
            self._connect()
            return
        is_refused = self._status() == 403
        self._lose()
        if is_refused:
            self.refused.emit()

    def _ended_well(self, reply: QNetworkReply) -> bool:
        """The server ends a stream when its token expires or rights change: that is no loss of the connection."""
        return (
            reply.error() is QNetworkReply.NetworkError.NoError
            and self._status() == 200
            and self._lasting.isValid()
            and self._lasting.hasExpired(self._pace.lasting)
        )

    def _on_renewed(self) -> None:
        if self._renewing:
            self._renewing = False
            self._connect()

    def _on_not_renewed(self, error: ApiError) -> None:
        if self._renewing:
            self._renewing = False
            if error.is_temporary:
                self._lose()

    def _doubt(self) -> None:
        """Some request got no answer: don't trust a silent stream, ask again now."""
        if self._running and self.link.state is LinkState.ONLINE:
            self._lose()

    def _hurry(self) -> None:
        """Some request was answered, so the server is there: don't wait as long as without a sign of it.

        A stream that the server refuses although it is there is hurried once, not with every request.
        """
        stuck = self._reply is not None and self._status() is None and self._failures > 0
        if stuck and self._tried.hasExpired(max(self._longest_wait(), self._pace.lasting)):
            self._lose()  # e.g. its connection was being made when the server's PC went down
        if self._wait.isActive() and not self._hurried:
            self._hurried = True
            left = max(0, self._pace.first_wait - self._lost.elapsed())
            self._wait.start(min(left, self._wait.remainingTime()))

    def _longest_wait(self) -> int:
        return min(self._pace.longest_wait, self._pace.first_wait << min(max(0, self._failures - 1), 10))

    def _lose(self) -> None:
        self._silence.stop()
        if self._status() is None:
            self._hurried = False
        self._drop()
        if not self._running:
            return
        self._lost.start()
        self._failures += 1
        self._set_link(LinkState.OFFLINE if self._failures > FAILURES_UNTIL_OFFLINE else LinkState.RECONNECTING)
        self._wait.start(int(self._longest_wait() * random.uniform(0.5, 1.0)))

    def _set_link(self, state: LinkState) -> None:
        if state is self.link.state:
            return
        lost_before = LinkState.ONLINE not in (state, self.link.state)
        self.link = Link(state, self.link.since if lost_before else self._now())
        self.link_changed.emit(self.link)

    def _status(self) -> object:
        return self._reply and self._reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
