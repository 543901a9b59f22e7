"""Bodies of requests that their documented schemas take, with ids of the caller's choice in every field for ids."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

WORDS = ("A1", "sites.plant.read", "123456", "Europe/Berlin", "1", "0" * 64, "a@b.c", "(?P<part>.+)")
"""Tried against the pattern of a text."""
OF_NAME: Mapping[str, Any] = {
    "time_zone": "Europe/Berlin",
    "pattern": "(?P<part>.+)",
    "host": "127.0.0.1",
    "email": "someone@example.org",
    "file": base64.b64encode(b"username,full_name\nrita,Rita\n").decode(),
    "to": "2026-01-01T01:00:00Z",
    "ended_at": "2026-01-01T01:00:00Z",
    "role": "operator",
    "text": "BADGE-4711",
    "pin": "482913",
    "number": 177,
    "scale": "2",
    "measured_value": "1.5",
}
"""What a field of that name holds, where its schema alone does not say what fits."""
OF_ENUM: Mapping[str, str] = {"test_read": "send_log"}
"""What is said instead of the first word of a list, where that asks for more."""
BESIDE = frozenset({"host", "kind", "pin"})
"""Fields that are demanded by others, which schemas can't say."""
OF_ITSELF = frozenset({"epoch", "act_id", "subject_id"})
"""UUIDs that name nothing the server has: they are made up by who sends them."""


class Bodies:
    """What requests of an OpenAPI document look like."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def of(self, schema: Mapping[str, Any], id_of: Callable[[str], str]) -> Any:
        """A value of the schema with what it demands, and every field for an id.

        Args:
            id_of: the id for a field by its dotted path, e.g. `held_roles.plant_id`.
        """
        return self._value(schema, "", id_of)

    def ids_in(self, schema: Mapping[str, Any]) -> tuple[str, ...]:
        """Dotted paths of its fields for ids, in the order in which bodies have them."""
        found: dict[str, str] = {}
        self._value(schema, "", lambda path: found.setdefault(path, ""))
        return tuple(found)

    def _value(self, schema: Mapping[str, Any], path: str, id_of: Callable[[str], str]) -> Any:
        schema = self._resolved(schema)
        name = path.rpartition(".")[2]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return OF_ENUM.get(schema["enum"][0], schema["enum"][0])
        if name in OF_NAME:
            return OF_NAME[name]
        match schema.get("type"):
            case "object":
                wanted = {*schema.get("required", ())}
                return {
                    field: self._value(of, f"{path}.{field}".lstrip("."), id_of)
                    for field, of in schema.get("properties", {}).items()
                    if field in wanted | BESIDE or self._holds_ids(of, field)
                }
            case "array":
                count = max(schema.get("minItems", 0), self._holds_ids(schema["items"], name))
                return [self._value(schema["items"], path, id_of) for _ in range(count)]
            case "integer" | "number":
                return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            case "boolean":
                return False
            case "string":
                return self._text(schema, name, path, id_of)
        return {}

    def _text(self, schema: Mapping[str, Any], name: str, path: str, id_of: Callable[[str], str]) -> str:
        if schema.get("format") == "uuid":
            return "01900000-0000-7000-8000-000000000000" if name in OF_ITSELF else id_of(path)
        if schema.get("format") == "date-time":
            return "2026-01-01T00:00:00Z"
        pattern = schema.get("pattern", "")
        fitting = (word for word in WORDS if re.search(pattern, word) and len(word) >= schema.get("minLength", 0))
        return next(fitting, "x" * max(1, schema.get("minLength", 1)))

    def _holds_ids(self, schema: Mapping[str, Any], name: str) -> bool:
        schema = self._resolved(schema)
        if schema.get("format") == "uuid":
            return name not in OF_ITSELF
        parts = {name: schema["items"]} if "items" in schema else schema.get("properties", {})
        return any(self._holds_ids(of, field) for field, of in parts.items())

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in schema:
            part: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                part = part[step]
            return self._resolved(part)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                kinds = [self._resolved(one) for one in schema[several] if one.get("type") != "null"]
                return next((one for one in kinds if self._holds_ids(one, "")), kinds[0])
        if "allOf" in schema:
            return self._resolved(schema["allOf"][0])
        return schema
