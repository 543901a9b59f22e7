"""What is refused of query parameters at every endpoint: ones nobody knows, and a stretch whose end is before its
beginning. A misspelt one would be passed over in silence, and a turned stretch hold nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError
from unison_domain.kernel.contracts import FieldError, Instant

from unison_server.kernel.errors import Invalid

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


async def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of the whole application.

    Raises:
        RequestValidationError: as for a field of a body that nobody knows.
    """
    if not request.query_params:
        return
    known = set(_names(request.scope["route"].dependant))
    strange = [name for name in dict(request.query_params) if name not in known]
    if strange:
        words = (
            f"is not known here; known are {', '.join(sorted(known))}"
            if known
            else "is not known here; this takes none"
        )
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": words, "input": None} for name in strange]
        )


async def refuse_turned_stretch(request: Request) -> None:
    """A dependency of the whole application.

    Raises:
        Invalid: `to` is before `from`.
    """
    first, last = (_moment(request.query_params.get(name)) for name in ("from", "to"))
    if first is not None and last is not None and last < first:
        words = "lies before “from”: exchange the two"
        wrong = FieldError(field="to", code="span_invalid", message=words)
        raise Invalid(f"to: {words}", code="span_invalid", errors=[wrong])


def _moment(given: str | None) -> datetime | None:
    """None of what is no moment, which is refused where it is read."""
    try:
        return None if given is None else _INSTANT.validate_python(given)
    except ValidationError:
        return None


def _names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        declared: Any = parameter.field_info.annotation
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            yield from (field.alias or name for name, field in declared.model_fields.items())
        else:
            yield parameter.alias
    for part in dependant.dependencies:
        yield from _names(part)
