"""The least body of a request that its documented schema takes, with ids of the caller's choice in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

WORDS = ("A1", "sites.plant.read", "123456", "Europe/Berlin", "1", "0" * 64, "a@b.c", "(?P<part>.+)")
"""Tried against the pattern of a text."""
OF_NAME: Mapping[str, Any] = {"time_zone": "Europe/Berlin", "pattern": "(?P<part>.+)", "host": "127.0.0.1"}


def least_body(document: Mapping[str, Any], schema: Mapping[str, Any], id_of: Callable[[str], str]) -> Any:
    """A value of the schema with what it demands and no more.

    Args:
        id_of: the id for a field of a name, e.g. `plant_id`.
    """
    return _Maker(document, id_of).value(schema, "")


class _Maker:
    def __init__(self, document: Mapping[str, Any], id_of: Callable[[str], str]) -> None:
        self._document = document
        self._id_of = id_of

    def value(self, schema: Mapping[str, Any], name: str) -> Any:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                wanted = schema.get("required", [])
                return {field: self.value(schema["properties"][field], field) for field in wanted}
            case "array":
                return [self.value(schema["items"], name.removesuffix("s")) for _ in range(schema.get("minItems", 0))]
            case "integer" | "number":
                return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            case "boolean":
                return False
            case "string":
                return self._text(schema, name)
        return {}

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        if schema.get("format") == "uuid":
            return self._id_of(name)
        if schema.get("format") == "date-time":
            return "2026-01-01T00:00:00Z"
        if name in OF_NAME:
            return str(OF_NAME[name])
        pattern = schema.get("pattern", "")
        fitting = (word for word in WORDS if re.search(pattern, word) and len(word) >= schema.get("minLength", 0))
        return next(fitting, "x" * max(1, schema.get("minLength", 1)))

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in schema:
            part: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                part = part[step]
            return self._resolved(part)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._resolved(next(one for one in schema[several] if one.get("type") != "null"))
        if "allOf" in schema:
            return self._resolved(schema["allOf"][0])
        return schema
