"""HTTP with the server: one `ApiClient` per session, one `Call` per request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QByteArray, QObject, QUrl, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest, QSslCertificate
from shiboken6 import isValid
from unison_domain.identity.contracts import Refresh, Tokens
from unison_domain.kernel.certificates import ends_soon
from unison_domain.kernel.contracts import Page

from unison_desktop.kernel.bodies import encoded, encoded_query, read_items, read_text, reader
from unison_desktop.kernel.errors import ApiError, Trouble
from unison_desktop.kernel.list_call import LIST_LIMIT, ListCall
from unison_desktop.kernel.own_csv import ask_for_csv
from unison_desktop.kernel.server_clock import ServerClock
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.trust import KnownAuthorities, fingerprint_of
from unison_desktop.kernel.turns import Turns

__all__ = ["API", "IN_USE", "LIST_LIMIT", "OUT_OF_USE", "ApiClient", "Call", "ListCall", "Query"]

API = "/api/v1"
TIME_OUT_MS = 15_000

_ASKED_AT = QNetworkRequest.Attribute.User
"""Of a request: when it was sent, by this PC's clock."""

Query = Mapping[str, object]
"""Parameters of an address; those that are None are left out, lists are repeated."""

IN_USE: Query = {"is_active": "true"}
OUT_OF_USE: Query = {"is_active": "false"}
"""Of a list: only what was not put away."""


class Call(QObject):
    """One request in flight. It belongs to the object that asked and is cancelled when that object is deleted.

    Signals:
        done: what the server answered, read with the contract; without one plain JSON, None where the body is empty.
        failed: an `ApiError`.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        client: ApiClient,
        verb: str,
        request: QNetworkRequest,
        body: bytes | None,
        read: Callable[[bytes], object],
        owner: QObject,
        *,
        signed: bool = True,
    ) -> None:
        super().__init__(owner)
        self._client = client
        self._verb = verb
        self._request = request
        self._body = body
        self._read = read
        self._signed = signed
        self._renewed = False
        self._token = ""
        self._reply: QNetworkReply | None = None
        self._turn: int | None = None
        self._ask()

    def cancel(self) -> None:
        """Forget the answer: neither `done` nor `failed` will come; one that has ended has nothing to forget."""
        if not isValid(self):
            return
        if self._turn is not None:
            self._client.turns.leave(self._turn)
        self._drop_reply()
        self.deleteLater()

    def _ask(self) -> None:
        turns = self._client.turns
        self._turn = turns.take(self._send, is_urgent=self._verb != "GET")
        if self._reply is None:
            self.destroyed.connect(partial(turns.leave, self._turn))

    def _send(self) -> QNetworkReply:
        if self._signed:
            self._token = self._client.sign(self._request)
        self._reply = self._client.send(self._verb, self._request, self._body)
        # Dies after this call, and dying aborts it. As a child it would outlive the network manager wherever the client
        # goes first, and be deleted inside its own signal wherever an answer ends the page that asked: both crash Qt.
        self.destroyed.connect(self._reply.deleteLater)
        self._reply.finished.connect(self._finish)
        return self._reply

    def _drop_reply(self) -> None:
        if self._reply is not None:
            self._reply.finished.disconnect(self._finish)
            self._reply.deleteLater()
            self._reply = None

    def _finish(self) -> None:
        reply = self._reply
        if reply is None:
            return
        body = bytes(reply.readAll().data()) if reply.isReadable() else b""
        if reply.error() is QNetworkReply.NetworkError.NoError:
            self._succeed(body)
            return
        error = self._client.explained(ApiError.from_reply(reply, body))
        if error.status == 401 and self._signed and not self._renewed:
            self._renew()
            return
        self._fail(error)

    def _succeed(self, body: bytes) -> None:
        try:
            answer = self._read(body)
        except (ValidationError, ValueError) as error:
            text = _("The answer to {path} can't be read. Does the server's version fit this program?\n{reason}")
            message = text.format(path=self._request.url().path(), reason=error)
            self._fail(ApiError(Trouble.UNREADABLE, message))
            return
        self.deleteLater()  # before the signal: who hears it may delete the owner, and this with it
        self._client.reached.emit()
        self.done.emit(answer)

    def _fail(self, error: ApiError) -> None:
        self.deleteLater()
        if error.trouble is Trouble.UNREACHABLE:
            self._client.unreachable.emit()
        self.failed.emit(error)

    def _renew(self) -> None:
        self._renewed = True
        self._drop_reply()
        if self._client.tokens is not None and self._client.tokens.access_token != self._token:
            self._ask()  # somebody else renewed it while this refusal was on its way
            return
        self._client.renewed.connect(self._resend)
        self._client.not_renewed.connect(self._give_up)
        self._client.renew()

    def _stop_waiting(self) -> None:
        self._client.renewed.disconnect(self._resend)
        self._client.not_renewed.disconnect(self._give_up)

    def _resend(self) -> None:
        self._stop_waiting()
        self._ask()

    def _give_up(self, error: ApiError) -> None:
        self._stop_waiting()
        self._fail(error)


class ApiClient(QObject):
    """Requests to one server, signed with the tokens of one person.

    Attributes:
        server: address of the server, e.g. `https://unison.example:8443`.
        tokens: what the person signed in with, None when signed out.
        clock: what time it is at the server, as every answer tells.
        turns: when which request is sent.

    Signals:
        renewed: the access token was renewed; a request refused for it may be sent again.
        not_renewed: an `ApiError`; the token could not be renewed.
        tokens_changed: the new `Tokens`, or None after they were refused for good.
        reached, unreachable: a request was answered as asked, or found no connection.
        certificate_ends: a `datetime` within 30 days; once for each certificate that is seen.
    """

    renewed = Signal()
    not_renewed = Signal(object)
    tokens_changed = Signal(object)
    reached = Signal()
    unreachable = Signal()
    certificate_ends = Signal(object)

    def __init__(
        self, server: str, parent: QObject | None = None, *, authorities: KnownAuthorities | None = None
    ) -> None:
        super().__init__(parent)
        self._authorities = authorities or KnownAuthorities()
        self._ending: datetime | None = None
        self.server = server.rstrip("/")
        self.tokens: Tokens | None = None
        self.clock = ServerClock(self)
        self.turns = Turns()
        self.destroyed.connect(self.turns.leave_all)
        self._renewal: Call | None = None
        self._network = QNetworkAccessManager(self)
        self._network.setRedirectPolicy(QNetworkRequest.RedirectPolicy.SameOriginRedirectPolicy)
        self._network.finished.connect(self._read_clock)
        self._network.finished.connect(self._read_certificate)

    def get(self, path: str, *, read: type[BaseModel], owner: QObject, query: Query | None = None) -> Call:
        """Read one thing, e.g. `client.get("/machines/…", read=MachineAnswer, owner=self)`."""
        return Call(self, "GET", self.request(path, query), None, read.model_validate_json, owner)

    def get_text(self, path: str, *, owner: QObject, query: Query | None = None) -> Call:
        """Read a file; `done` brings its text."""
        request = self.request(path, query)
        ask_for_csv(request)
        return Call(self, "GET", request, None, read_text, owner)

    def get_file(self, path: str, *, read: Callable[[bytes], object], owner: QObject) -> Call:
        """Read a file of any kind; `done` brings what `read` makes of its bytes (ValueError: it can't be read)."""
        request = self.request(path)
        request.setRawHeader(b"Accept", b"*/*")
        return Call(self, "GET", request, None, read, owner)

    def get_all(
        self, path: str, *, item: type[BaseModel], owner: QObject, query: Query | None = None, most: int | None = None
    ) -> ListCall:
        """Read a whole list, page by page, or (`most`) no more pages once so many are there; `done` brings a list of
        `item`.
        """
        return ListCall(self, path, item, query or {}, most, owner)

    def get_list(self, path: str, *, item: type[BaseModel], owner: QObject) -> Call:
        """Read a list the server gives in one piece, and asks no limit for; `done` brings a list of `item`."""
        page: type[Page[Any]] = Page[item]  # type: ignore[valid-type]  # the item's class is a value here
        return Call(self, "GET", self.request(path), None, partial(read_items, page), owner)

    def post(
        self,
        path: str,
        body: BaseModel | None,
        *,
        read: type[BaseModel] | None,
        owner: QObject,
        key: UUID | None = None,
        version: int | None = None,
        signed: bool = True,
        time_out_ms: int | None = None,
    ) -> Call:
        """Create or act, once: `key` makes a repetition by the person (after a time-out) the same request.

        `version` makes it clash, as with `patch`, where somebody changed the thing meanwhile. `time_out_ms` is for what
        the server works at for long before it answers.
        """
        request = self.request(path)
        if time_out_ms is not None:
            request.setTransferTimeout(time_out_ms)
        if version is not None:
            request.setRawHeader(b"If-Match", f'"{version}"'.encode())
        request.setRawHeader(b"Idempotency-Key", str(key or uuid4()).encode())
        return Call(self, "POST", request, encoded(body), reader(read), owner, signed=signed)

    def patch(self, path: str, body: BaseModel, *, version: int, read: type[BaseModel], owner: QObject) -> Call:
        """Change what is at `version`; a clash fails with status 409 and the row as it is now."""
        return self._change("PATCH", path, body, version, read, owner)

    def put(
        self, path: str, body: BaseModel | None, *, version: int | None, read: type[BaseModel] | None, owner: QObject
    ) -> Call:
        """Set all of what is at `version`; as `patch`. None sets what has no version, and is the same done twice."""
        return self._change("PUT", path, body, version, read, owner)

    def delete(self, path: str, *, version: int | None, read: type[BaseModel] | None, owner: QObject) -> Call:
        """Deactivate what is at `version`; as `patch`. None ends what nobody else changes and has no version."""
        return self._change("DELETE", path, None, version, read, owner)

    def _change(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        version: int | None,
        read: type[BaseModel] | None,
        owner: QObject,
    ) -> Call:
        request = self.request(path)
        if version is not None:
            request.setRawHeader(b"If-Match", f'"{version}"'.encode())
        return Call(self, verb, request, encoded(body), reader(read), owner)

    def request(self, path: str, query: Query | None = None) -> QNetworkRequest:
        """An unsigned request for a path below `/api/v1`, with the ordinary time-out."""
        url = QUrl(f"{self.server}{API}{path}")
        if query:
            url.setQuery(encoded_query(query))
        request = QNetworkRequest(url)
        self._authorities.secure(request, self.server)
        request.setTransferTimeout(TIME_OUT_MS)
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        request.setRawHeader(b"Accept", b"application/json, application/problem+json")
        return request

    def sign(self, request: QNetworkRequest) -> str:
        """Put the access token of now on a request; answers with it, empty when signed out."""
        if self.tokens is None:
            return ""
        request.setRawHeader(b"Authorization", f"Bearer {self.tokens.access_token}".encode())
        return self.tokens.access_token

    def send(self, verb: str, request: QNetworkRequest, body: bytes | None = None) -> QNetworkReply:
        """Hand a request to the network; the caller owns the reply."""
        request.setAttribute(_ASKED_AT, self.clock.pc_now())
        return self._network.sendCustomRequest(request, verb.encode(), QByteArray(body or b""))

    def renew(self) -> None:
        """Trade the refresh token for a new pair, once for all who ask; `renewed` or `not_renewed` follows."""
        if self._renewal is not None:
            return
        if self.tokens is None:
            self._refuse(ApiError(Trouble.REFUSED, _("You are signed out. Sign in again.")))
            return
        body = Refresh(refresh_token=self.tokens.refresh_token)
        self._renewal = self.post("/auth/refresh", body, read=Tokens, owner=self, signed=False)
        self._renewal.done.connect(self._accept)
        self._renewal.failed.connect(self._refuse)

    def use(self, tokens: Tokens | None) -> None:
        """Sign the following requests with these tokens; None forgets them and ends a renewal under way."""
        if tokens is None and self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
        self.tokens = tokens

    def knows_server(self) -> bool:
        """Whether a person compared the server's authority on this PC."""
        return self._authorities.of(self.server) is not None

    def trust(self, authority: QSslCertificate) -> None:
        """A person compared the server's authority: from now on it alone is trusted."""
        self._authorities.keep(self.server, authority)
        self._network.clearConnectionCache()

    def explained(self, error: ApiError) -> ApiError:
        """The error in the words of who knows which authority the server should have."""
        authority = self._authorities.of(self.server)
        if error.trouble is not Trouble.UNTRUSTED or authority is None:
            return error
        text = _(
            "{reason}\nThis PC trusts {server} only with the authority {fingerprint}, which was compared here. Another "
            "machine may stand between: don't go on before you asked your administrator. If the server was set up "
            "anew, delete {file} and compare again."
        )
        file = self._authorities.file_of(self.server)
        shown = {"server": self.server, "fingerprint": fingerprint_of(authority), "file": file}
        return ApiError(Trouble.UNTRUSTED, text.format(reason=error.message.split("\n")[0], **shown))

    def _read_certificate(self, reply: QNetworkReply) -> None:
        ends = reply.sslConfiguration().peerCertificate().expiryDate()
        if not ends.isValid():
            return
        moment = datetime.fromtimestamp(ends.toSecsSinceEpoch(), UTC)
        if moment != self._ending and ends_soon(moment, self.clock.now()):
            self._ending = moment
            self.certificate_ends.emit(moment)

    def _read_clock(self, reply: QNetworkReply) -> None:
        asked_at = reply.request().attribute(_ASKED_AT)
        if reply.hasRawHeader("Date") and isinstance(asked_at, float):
            self.clock.learn(reply.rawHeader("Date").toStdString(), asked_at)

    def _accept(self, tokens: Tokens) -> None:
        self._renewal = None
        self.tokens = tokens
        self.tokens_changed.emit(tokens)
        self.renewed.emit()

    def _refuse(self, error: ApiError) -> None:
        self._renewal = None
        self.not_renewed.emit(error)
        # Without problem details it was no Unison server that refused, but a proxy or a captive portal in between.
        if not error.is_foreign and error.status in (400, 401, 403, 422):
            self.tokens = None
            self.tokens_changed.emit(None)
