"""Why a request failed, in a form that pages can show and branch on."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ValidationError
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest
from unison_domain.kernel.contracts import Problem

from unison_desktop.kernel.refusals import in_own_language, with_fields
from unison_desktop.kernel.texts import _

_NO_TLS = "wrong version number"
"""OpenSSL's words for an answer that is no TLS at all."""


class Trouble(StrEnum):
    """What kind of failure it was."""

    UNREACHABLE = "unreachable"
    """No connection: wrong address, server down, network gone."""
    UNTRUSTED = "untrusted"
    """The server's certificate is not trusted on this PC."""
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    """The server answered with an error status."""
    UNREADABLE = "unreadable"
    """The server answered something that is not what the contract says."""


class ApiError(Exception):
    """A failed request.

    Attributes:
        trouble: what kind of failure.
        status: HTTP status, None when no answer came.
        problem: the server's problem details, where it sent any.
        retry_after: seconds to wait as the server asked, None if it didn't.
        message: one or two sentences for people, with the way out.
    """

    def __init__(
        self,
        trouble: Trouble,
        message: str,
        *,
        status: int | None = None,
        problem: Problem | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message
        self.status = status
        self.problem = problem
        self.retry_after = retry_after

    @property
    def code(self) -> str | None:
        """The stable code of the server's problem, e.g. `version_clash`."""
        return self.problem.code if self.problem else None

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later without anybody changing anything."""
        if self.trouble in (Trouble.UNREACHABLE, Trouble.TIMED_OUT):
            return True
        return self.status in (429, 502, 503, 504) or (self.is_foreign and self.status in (400, 401, 403, 422))

    @property
    def is_foreign(self) -> bool:
        """Something between us and the server refused, e.g. a proxy: what a server of ours refuses has a problem."""
        return self.problem is None

    @classmethod
    def from_reply(cls, reply: QNetworkReply, body: bytes) -> ApiError:
        """The error of a finished reply whose `error()` is not NoError."""
        server = f"{reply.url().host()}:{reply.url().port(443 if reply.url().scheme() == 'https' else 80)}"
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        if isinstance(status, int):
            return cls._refused(reply, status, body)
        match reply.error():
            case QNetworkReply.NetworkError.OperationCanceledError | QNetworkReply.NetworkError.TimeoutError:
                return cls(Trouble.TIMED_OUT, _("{server} did not answer in time. Try again.").format(server=server))
            case QNetworkReply.NetworkError.SslHandshakeFailedError if _NO_TLS in reply.errorString():
                text = _("{server} does not speak https: try http://{server}.")
                return cls(Trouble.UNREACHABLE, text.format(server=server))
            case QNetworkReply.NetworkError.SslHandshakeFailedError:
                text = _(
                    "The certificate of {server} is not trusted on this PC ({reason}). "
                    "Ask your administrator for the certificate authority of Unison."
                )
                return cls(Trouble.UNTRUSTED, text.format(server=server, reason=reply.errorString()))
            case QNetworkReply.NetworkError.HostNotFoundError:
                text = _("There is no host named {host}. Check the server address.")
                return cls(Trouble.UNREACHABLE, text.format(host=reply.url().host()))
            case _:
                text = _("No connection to {server}: {reason}. Is the server running and the network up?")
                return cls(Trouble.UNREACHABLE, text.format(server=server, reason=reply.errorString()))

    @classmethod
    def _refused(cls, reply: QNetworkReply, status: int, body: bytes) -> ApiError:
        wait = reply.rawHeader("Retry-After").toStdString()
        retry_after = int(wait) if wait.isdigit() else None
        try:
            problem = in_own_language(Problem.model_validate_json(body))
        except ValidationError:
            text = _("{server} answered {status} without saying why.")
            message = text.format(server=reply.url().host(), status=status)
            return cls(Trouble.REFUSED, message, status=status, retry_after=retry_after)
        return cls(Trouble.REFUSED, with_fields(problem), status=status, problem=problem, retry_after=retry_after)
