"""Barcodes of suppliers and customers that follow no standard: patterns an organization writes down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from unison_domain.kernel.contracts import Name, Request, Text
from unison_domain.kernel.written_pattern import written_pattern

FIELDS = ("part", "serial", "lot", "quantity", "order", "supplier", "date")
"""What a group of a pattern may be called."""


def _pattern(text: str) -> str:
    groups = written_pattern(text).groups
    unknown = [name for name in groups if name not in FIELDS]
    if unknown:
        raise ValueError(f"“{text}” names the group {unknown[0]!r}; groups are {', '.join(FIELDS)}")
    if not groups:
        raise ValueError(f"“{text}” names no group; write (?P<part>…) around what is the part")
    return text


def _symbology(text: str) -> str:
    if re.fullmatch("[A-Za-z][0-9A-Za-z]?", text) is None:
        raise ValueError(f"“{text}” is no AIM identifier: write one such as C0, or its letter alone")
    return text


class ItemPattern(Request):
    """One kind of barcode.

    Attributes:
        pattern: regular expression of the whole text whose named groups (`FIELDS`) are what it says.
        symbologies: AIM identifiers it may come in, e.g. `A0`, or their letters alone; empty: any.
    """

    name: Name
    pattern: Annotated[Text, Field(min_length=1, max_length=500), AfterValidator(_pattern)]
    symbologies: tuple[Annotated[str, AfterValidator(_symbology)], ...] = ()

    @classmethod
    def kept(cls, name: str, pattern: str, symbologies: Sequence[str]) -> ItemPattern | None:
        """One that was written down before; None where it would be refused by now, so that it stops no scan."""
        try:
            return cls(name=name, pattern=pattern, symbologies=tuple(symbologies))
        except ValidationError:
            return None

    def read(self, text: str, symbology: str) -> dict[str, str] | None:
        """What a text says by its fields; None where it is not of this kind. `symbology` may be empty."""
        if symbology and self.symbologies and not any(symbology.startswith(one) for one in self.symbologies):
            return None
        found = written_pattern(self.pattern).read(text)
        return None if found is None else {name: value for name, value in found.items() if value}
