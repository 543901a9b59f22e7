"""Refusals: each is an HTTP status, a stable code, and a sentence that names thing, value and way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from unison_domain.kernel.contracts import FieldError


class Refusal(Exception):
    """A request that is refused for a reason the person can act on. Rendered as RFC 9457 problem details.

    Attributes:
        detail: the sentence. parameters: what it is made of, for clients that translate by `code`.
        current: the row as it is now, with a version clash.
        headers: extra response headers, e.g. `Retry-After`.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        current: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **parameters: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problem_code = code or self.code
        self.errors = list(errors)
        self.current = current
        self.headers = headers or {}
        self.parameters = parameters


class NotSignedIn(Refusal):
    """401: no, wrong or expired credentials."""

    status, code, title = 401, "not_signed_in", "Sign in first"


class NotAllowed(Refusal):
    """403: known, but may not do this."""

    status, code, title = 403, "not_allowed", "Not allowed"


class NotFound(Refusal):
    """404: not there, or not visible to this organization or person."""

    status, code, title = 404, "not_found", "Not found"


class Clash(Refusal):
    """409: it contradicts what is there now."""

    status, code, title = 409, "clash", "Clashes with what is there"


class Invalid(Refusal):
    """422: the values can't be right."""

    status, code, title = 422, "invalid", "Values are not valid"


class VersionMissing(Refusal):
    """428: a change without `If-Match`."""

    status, code, title = 428, "version_missing", "Say which version you saw"


class TooMany(Refusal):
    """429: too often; `Retry-After` says when again."""

    status, code, title = 429, "too_many", "Too many tries"


class Unavailable(Refusal):
    """503: something this needs is not there at the moment."""

    status, code, title = 503, "unavailable", "Not available at the moment"
