"""Devices and tags as a CSV file, one line per tag, and back: exactly, or with everything that is wrong with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Request


class CsvImport(Request):
    """The text of a file, as somebody chose it."""

    csv: Annotated[str, Field(max_length=8_000_000)]


class CsvError(Answer):
    """One thing that is wrong: `row` as a spreadsheet numbers it (the header is 1), `column` by its header."""

    row: int
    column: str | None = None
    message: str


class CsvChange(Answer):
    """What a row would change: `thing` is device or tag, `action` is create or update, `fields` what differs."""

    row: int
    thing: str
    name: str
    action: str
    fields: list[str] = Field(default_factory=list)


class CsvPreview(Answer):
    """What an import would do. Nothing is done while there are errors."""

    rows: int
    errors: list[CsvError]
    changes: list[CsvChange]
