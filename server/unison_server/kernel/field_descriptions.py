"""What the docstrings of contracts say of their fields, for the OpenAPI document: each is written once, in the code."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

_ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<text>.+)")


def describe_fields(schemas: dict[str, Any]) -> None:
    """Add descriptions to the properties of the schemas that are named like a contract."""
    models = {model.__name__: model for model in _models(BaseModel) if model.__module__.startswith("unison_")}
    for name, schema in schemas.items():
        model = models.get(name)
        if model is None:
            continue
        described = descriptions_of(model)
        for field, field_schema in schema.get("properties", {}).items():
            if field in described:
                field_schema.setdefault("description", described[field])


def descriptions_of(model: type[BaseModel]) -> dict[str, str]:
    """Description by field: of the section `Attributes` of the docstrings, and of the texts that stand below fields."""
    described: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, BaseModel) and parent is not BaseModel:
            described |= dict(_in_docstring(inspect.getdoc(parent) or ""))
            described |= dict(_below_fields(parent))
    return described


def _models(parent: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in parent.__subclasses__():
        yield model
        yield from _models(model)


def _in_docstring(text: str) -> Iterator[tuple[str, str]]:
    _, _, section = text.partition("\nAttributes:\n")
    entries: list[str] = []
    for line in section.splitlines():
        if not line.startswith("    "):
            break
        if line.startswith("     ") and entries:
            entries[-1] += f" {line.strip()}"
        else:
            entries.append(line.strip())
    for entry in entries:
        if match := _ENTRY.fullmatch(entry):
            yield from ((name, match["text"]) for name in match["names"].split(", "))


def _below_fields(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    declared = _classes_in(model.__module__)[model.__qualname__]
    for above, below in pairwise(ast.iter_child_nodes(declared)):
        match above, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                yield name, " ".join(text.split())


@cache
def _classes_in(module: str) -> dict[str, ast.ClassDef]:
    """By qualified name; `inspect.getsource` would read the whole module for each."""
    return dict(_classes_below(ast.parse(inspect.getsource(sys.modules[module])), ""))


def _classes_below(node: ast.AST, path: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef(name=name):
                yield path + name, child
                yield from _classes_below(child, f"{path}{name}.")
            case ast.FunctionDef(name=name):
                yield from _classes_below(child, f"{path}{name}.<locals>.")
            case _:
                yield from _classes_below(child, path)
