"""What an answer to a batch means for the batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from pydantic import ValidationError
from unison_domain.kernel.contracts import Problem

LONGEST_WAIT_SECONDS = 3600.0

PROTOCOL_UNKNOWN = "protocol_unknown"
"""Code by which a server says that it does not speak the `protocol` of a batch."""

IDENTITY_CONFLICT = "identity_conflict"
"""Code by which a server says that two histories claim this identity."""


class Verdict(Enum):
    """The answer's meaning."""

    TAKEN = auto()
    """2xx: the body says how far."""
    UNAUTHORIZED = auto()
    """401, 403: keep everything, ask slowly, wait for a new enrolment."""
    CONFLICT = auto()
    """409 with the code `identity_conflict`: somebody else sends under this identity; stop, and wait for a person."""
    TOO_LARGE = auto()
    """413: halve the batch."""
    REFUSED = auto()
    """400, 422 with problem details: something in it is wrong; halve until the event is found."""
    FOREIGN = auto()
    """Any refusal with the code `protocol_unknown`: the versions don't fit together; keep everything, ask slowly."""
    BUSY = auto()
    """429, 503: wait as long as the server says."""
    FAILED = auto()
    """Anything else: nothing is known to be wrong with the events, so try again and never drop."""


_BY_STATUS = {
    400: Verdict.REFUSED,
    401: Verdict.UNAUTHORIZED,
    403: Verdict.UNAUTHORIZED,
    413: Verdict.TOO_LARGE,
    422: Verdict.REFUSED,
    429: Verdict.BUSY,
    503: Verdict.BUSY,
}


def verdict(status: int, body: bytes = b"") -> Verdict:
    """Judge an answer by its status, and by its problem code where something between us and the server may answer."""
    if 200 <= status < 300:
        return Verdict.TAKEN
    code, _ = problem_in(status, body)
    if code == PROTOCOL_UNKNOWN:
        return Verdict.FOREIGN
    if status == 409 and code == IDENTITY_CONFLICT:
        return Verdict.CONFLICT
    judged = _BY_STATUS.get(status, Verdict.FAILED)
    is_of_a_proxy = is_without_details(status, body)
    return Verdict.FAILED if judged is Verdict.REFUSED and is_of_a_proxy else judged


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the server asks to wait (RFC 9110 section 10.2.3), at most an hour; None when it does not say."""
    text = headers.get("Retry-After", headers.get("retry-after", "")).strip()
    if text.isdecimal():
        return min(float(text), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_WAIT_SECONDS)


def problem_in(status: int, body: bytes) -> tuple[str, str]:
    """Code and words of a refusal, from its problem details or else its first characters."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        return _without_details(status), f"HTTP {status}: {body[:200].decode(errors='replace')}"
    fields = "; ".join(f"{error.field}: {error.message}" for error in problem.errors)
    return problem.code, f"{problem.detail} ({fields})" if fields else problem.detail


def is_without_details(status: int, body: bytes) -> bool:
    """Somebody who is no server of ours refuses."""
    return problem_in(status, body)[0] == _without_details(status)


def _without_details(status: int) -> str:
    return f"http_{status}"
