"""What requests and answers carry, and how it is written and read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QUrl, QUrlQuery
from unison_domain.kernel.contracts import Page


def reader(read: type[BaseModel] | None) -> Callable[[bytes], object]:
    """Reads an answer with a contract; without one plain JSON, None where the body is empty."""
    return read.model_validate_json if read else _read_anything


def read_items(page: type[Page[Any]], body: bytes) -> object:
    """The items of a list that is given in one piece."""
    return page.model_validate_json(body).items


def read_text(body: bytes) -> object:
    """The text of a file."""
    return body.decode("utf-8-sig")


def encoded(body: BaseModel | None) -> bytes | None:
    """JSON of the fields that were given: an absent field of a change must stay absent."""
    return body.model_dump_json(exclude_unset=True, by_alias=True).encode() if body else None


def encoded_query(query: Mapping[str, object]) -> QUrlQuery:
    """Parameters of an address; those that are None are left out, lists are repeated."""
    made = QUrlQuery()
    for name, value in query.items():
        for one in value if isinstance(value, list | tuple | set | frozenset) else [value]:
            if one is not None:
                # QUrlQuery keeps "+" as it is, which servers read as a space: times with offsets would be lost.
                made.addQueryItem(name, bytes(QUrl.toPercentEncoding(str(one)).data()).decode())
    return made


def _read_anything(body: bytes) -> object:
    return json.loads(body) if body else None
