"""A query parameter nobody knows is refused at every endpoint: a misspelt one would be passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel


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


def _names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        declared: Any = parameter.field_info.annotation
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            yield from (field.alias or name for name, field in declared.model_fields.items())
        else:
            yield parameter.alias
    for part in dependant.dependencies:
        yield from _names(part)
