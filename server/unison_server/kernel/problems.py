"""Every refusal and failure as RFC 9457 problem details, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg.errors import ForeignKeyViolation
from sqlalchemy import Constraint, Index, Table
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from unison_domain.kernel.contracts import FieldError, Problem
from unison_domain.kernel.refusals import form_in_words

from unison_server.kernel.errors import Clash, Invalid, NotAllowed, Refusal, Unavailable
from unison_server.kernel.orm import Identity, Operations

MEDIA_TYPE = "application/problem+json"
PROBLEM_ANSWER: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Refused or failed",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For `FastAPI(responses=…)`: every endpoint may answer a problem."""

_log = structlog.get_logger(__name__)
_Handler = Callable[[Request, Any], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Answer every known failure as a problem; the unknown ones are answered by `RequestContext`."""
    handlers: Mapping[type[Exception], _Handler] = {
        Refusal: _refused,
        RequestValidationError: _not_valid,
        HTTPException: _http,
        DBAPIError: _database,
        StaleDataError: _stale,
        PoolTimeout: _busy,
        UnicodeEncodeError: _no_character,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The response that carries a problem."""
    # Escaped to ASCII: what is quoted from a request may hold half a surrogate pair, which UTF-8 can't.
    content = json.dumps(problem.model_dump(mode="json", exclude_none=True))
    return Response(content, problem.status, headers, MEDIA_TYPE)


def failure(request_id: str) -> Response:
    """500 for what nobody foresaw: no detail leaves the server, the request id finds it in the log."""
    return answer(
        Problem(
            title="The server failed",
            status=500,
            code="failed",
            detail=f"The server failed; its log tells why under request {request_id}",
            request_id=request_id,
        )
    )


def refusal_of(error: DBAPIError) -> Refusal | None:
    """What a database error means for the person who asked, or None where it is our fault."""
    cause = error.orig
    state = str(getattr(cause, "sqlstate", None) or "")
    if isinstance(cause, ForeignKeyViolation):
        return _still_referred_to(cause) if _is_of_target(error, cause) else _no_reference(cause)
    if isinstance(cause, psycopg.Error) and (maker := _BY_STATE.get(state)):
        return maker(cause)
    if state.startswith("22") or (isinstance(cause, psycopg.DataError) and not state):
        return Invalid("A value can't be stored: it is too large, or holds a NUL character", code="not_storable")
    if isinstance(error, OperationalError):
        return Unavailable("The database is not reachable; try again in a moment", headers={"Retry-After": "2"})
    return None


def _taken(cause: psycopg.Error) -> Refusal:
    fields = _columns(cause)
    named = " and ".join(fields) or "key"
    message = f"is taken: another row of {cause.diag.table_name} has it"
    return Clash(f"{named} {message}", code="taken", errors=_errors(fields, "taken", message))


def _overlapping(cause: psycopg.Error) -> Refusal:
    return Clash(f"This overlaps another row of {cause.diag.table_name}", code="overlap")


def _is_of_target(error: DBAPIError, cause: psycopg.Error) -> bool:
    """Whether what is referred to was to go or change.

    Both ends of a foreign key fail with the diagnostics of the referring one, in the server's language.
    """
    verb, table = [*(error.statement or "").lower().split(None, 2), "", ""][:2]
    return verb == "delete" or (verb == "update" and table != cause.diag.table_name)


def _still_referred_to(cause: psycopg.Error) -> Refusal:
    return Clash(f"Rows of {cause.diag.table_name} still refer to this", code="in_use")


def _no_reference(cause: psycopg.Error) -> Refusal:
    fields = _columns(cause)
    message = "names something that is not there"
    return Invalid(f"{' and '.join(fields)} {message}", code="no_such", errors=_errors(fields, "no_such", message))


def _missing(cause: psycopg.Error) -> Refusal:
    field = str(cause.diag.column_name)
    return Invalid(f"{field} must not be empty", errors=_errors([field], "missing", "must not be empty"))


def _unfit(cause: psycopg.Error) -> Refusal:
    rule = str(cause.diag.constraint_name).removeprefix(f"ck_{cause.diag.table_name}_")
    return Invalid(f"The values break the rule {rule}", errors=_errors([rule], "rule", "breaks this rule"))


def _row_refused(cause: psycopg.Error) -> Refusal | None:
    if cause.diag.source_function != "ExecWithCheckOptions":
        return None  # a grant is missing, which is our fault; the SQLSTATE is the same
    return NotAllowed("You may not write there", code="place_read_only")


_BY_STATE: Mapping[str, Callable[[psycopg.Error], Refusal | None]] = {
    "23505": _taken,
    "23P01": _overlapping,
    "23502": _missing,
    "23514": _unfit,
    "42501": _row_refused,
}


def _errors(fields: list[str], code: str, message: str) -> list[FieldError]:
    return [FieldError(field=field, code=code, message=message) for field in fields]


def _columns(cause: psycopg.Error) -> list[str]:
    """Columns of the constraint or unique index that was broken, without the organization."""
    name, table = cause.diag.constraint_name, cause.diag.table_name
    for metadata in (Operations.metadata, Identity.metadata):
        for rule in _rules(metadata.tables.get(str(table))):
            if rule.name == name:
                return [column.name for column in rule.columns if column.name != "organization_id"]
    return []


def _rules(table: Table | None) -> list[Any]:
    if table is None:
        return []
    constraints: list[Constraint | Index] = [*table.constraints, *table.indexes]
    return [rule for rule in constraints if hasattr(rule, "columns")]


async def _refused(request: Request, refusal: Refusal) -> Response:
    problem = Problem(
        title=refusal.title,
        status=refusal.status,
        code=refusal.problem_code,
        detail=refusal.detail,
        parameters=refusal.parameters,
        errors=refusal.errors,
        current=refusal.current,
        request_id=_request_id(request),
    )
    return answer(problem, refusal.headers)


async def _not_valid(request: Request, error: RequestValidationError) -> Response:
    errors = [_field_error(entry, error.body) for entry in error.errors()]
    detail = "; ".join(f"{entry.field}: {entry.message}" for entry in errors[:5])
    return await _refused(request, Invalid(detail, errors=errors))


async def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.BAD_REQUEST:  # what FastAPI says of a body that isn't even text, or too deep
        message = "can't be read as JSON"
        errors = [FieldError(field="body", code="json_invalid", message=message)]
        return await _refused(request, Invalid(f"The body {message}", errors=errors))
    status, words = HTTPStatus(error.status_code), _WORDS.get(error.status_code)
    problem = Problem(
        title=status.phrase,
        status=status.value,
        code=status.name.lower(),
        detail=words.format(method=request.method, path=request.url.path) if words else str(error.detail),
        request_id=_request_id(request),
    )
    return answer(problem, error.headers)


_WORDS = {
    404: "There is nothing at {path}",
    405: "{path} does not take {method}",
    413: "The body is larger than this server takes",
}


async def _database(request: Request, error: DBAPIError) -> Response:
    refusal = refusal_of(error)
    if refusal is None:
        raise error
    _log.info("refused by the database", code=refusal.problem_code, error=str(error.orig))
    return await _refused(request, refusal)


async def _stale(request: Request, _error: StaleDataError) -> Response:
    return await _refused(request, Clash("Somebody else changed this at the same time; read it again"))


async def _no_character(request: Request, _error: UnicodeEncodeError) -> Response:
    return await _refused(request, Invalid("A text holds half a surrogate pair, which is no character"))


async def _busy(request: Request, _error: PoolTimeout) -> Response:
    return await _refused(request, Unavailable("The server is busy; try again", headers={"Retry-After": "1"}))


def _field_error(entry: Mapping[str, Any], body: Any) -> FieldError:
    where = entry["loc"]
    if entry["type"] == "json_invalid":
        return FieldError(field="body", code="json_invalid", message=f"is no JSON at character {where[-1]}")
    path = _path_in(body, where[1:], is_missing=entry["type"] == "missing") or where
    form = form_in_words(entry["ctx"]["pattern"]) if entry["type"] == "string_pattern_mismatch" else None
    message = form or str(entry["msg"]).removeprefix("Value error, ")
    return FieldError(field=".".join(map(str, path)), code=str(entry["type"]), message=message)


def _path_in(body: Any, where: Sequence[int | str], *, is_missing: bool) -> list[int | str]:
    """The place in the body as it was sent: of a union's members Pydantic names the one that was meant too."""
    path: list[int | str] = []
    for number, part in enumerate(where):
        is_last = number == len(where) - 1
        if isinstance(body, dict) and part not in body and part in _texts(body) and not (is_last and is_missing):
            continue
        path.append(part)
        body = _part_of(body, part)
    return path


def _texts(body: Mapping[str, Any]) -> list[str]:
    return [value for value in body.values() if isinstance(value, str)]


def _part_of(body: Any, part: int | str) -> Any:
    if isinstance(body, dict):
        return body.get(part)
    return body[part] if isinstance(body, list) and isinstance(part, int) and part < len(body) else None


def _request_id(request: Request) -> str | None:
    return request.scope.get("request_id")
