"""No number a client or an agent sends may be NaN or infinite: no answer could carry it back."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from math import inf, nan
from typing import Any

import pytest
import unison_domain
from pydantic import BaseModel
from pydantic_core import SchemaValidator, ValidationError
from unison_domain.kernel.contracts import Answer

NEVER = (nan, inf, -inf, "NaN", "Infinity", "-Infinity")

for module in pkgutil.walk_packages(unison_domain.__path__, "unison_domain."):
    importlib.import_module(module.name)


def models(of: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    """What crosses the network towards the server or an agent."""
    for model in of.__subclasses__():
        if model.__module__.startswith("unison_domain.") and not issubclass(model, Answer):
            yield model
        yield from models(model)


def numbers(schema: Any, config: Any = None, field: str = "") -> Iterator[tuple[str, SchemaValidator]]:
    """What reads each float of a schema, beside the field it is in."""
    if isinstance(schema, dict):
        config = schema.get("config", config) if schema.get("type") == "model" else config
        if schema.get("type") == "float":
            yield field, SchemaValidator(schema, config)
        for name, part in schema.items():
            if name == "fields" and isinstance(part, dict):
                for of, one in part.items():
                    yield from numbers(one, config, f"{field}.{of}")
            elif name not in ("metadata", "serialization"):
                yield from numbers(part, config, field)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from numbers(part, config, field)


def admits(number: SchemaValidator, value: object) -> bool:
    """Whether it is taken."""
    try:
        number.validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("model", sorted(set(models()), key=str), ids=lambda model: model.__name__)
def test_no_contract_takes_a_number_that_is_none(model: type[BaseModel]) -> None:
    taken = [
        (field, value)
        for field, number in numbers(model.__pydantic_core_schema__)
        for value in NEVER
        if admits(number, value)
    ]
    assert not taken


def test_numbers_of_contracts_are_found() -> None:
    found = [field for model in set(models()) for field, _ in numbers(model.__pydantic_core_schema__)]
    assert {".minimum", ".maximum", ".sentinels", ".delta_seconds", ".clock.monotonic_seconds"} <= set(found)
