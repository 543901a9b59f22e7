"""JSON that is nested deeper than anybody means: found and written without recursion, which would run out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

DEEPEST = 100
"""Levels of an event; ours have three. Beyond about 250 neither Pydantic nor orjson can write what orjson has read."""


class _Piece(NamedTuple):
    """JSON that is written already."""

    text: str


def may_nest(body: bytes, events: int) -> bool:
    """Whether a batch of so many events has enough brackets for one of them to be nested too deep; quick to ask."""
    return body.count(b"{") + body.count(b"[") > events + DEEPEST


def is_too_deep(value: Any) -> bool:
    """Whether it has more than `DEEPEST` levels."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for one in level for part in _parts(one) if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def json_of(value: Any) -> str:
    """The JSON of what was read from JSON, however deep it is."""
    written: list[str] = []
    left: list[Any] = [value]
    while left:
        one = left.pop()
        if isinstance(one, _Piece):
            written.append(one.text)
        elif isinstance(one, dict):
            named = [piece for name, part in one.items() for piece in (_Piece(f",{_scalar(name)}:"), part)]
            left += reversed(_enclosed("{", named, "}"))
        elif isinstance(one, list):
            left += reversed(_enclosed("[", [piece for part in one for piece in (_Piece(","), part)], "]"))
        else:
            written.append(_scalar(one))
    return "".join(written)


def _enclosed(begin: str, inner: list[Any], end: str) -> list[Any]:
    """The pieces between brackets, without the comma before the first."""
    if not inner:
        return [_Piece(begin + end)]
    return [_Piece(begin + inner[0].text[1:]), *inner[1:], _Piece(end)]


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _scalar(value: Any) -> str:
    return orjson.dumps(value).decode()
