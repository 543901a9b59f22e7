"""Rows as a CSV file, in the dialect of who asks, and none that a spreadsheet would run."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Header, Response
from unison_domain.kernel.contracts import Answer
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.kernel.csv_file import guarded

MOST_EXPORTED = 100_000
Dialect = Annotated[
    CsvDialect,
    Header(alias="Unison-Csv", description="How the file is written: `comma` has decimal commas and semicolons."),
]
"""A header, so that it goes with any query."""


class CsvAnswer(Response):
    """A CSV file."""

    media_type = "text/csv"

    @classmethod
    def named(cls, name: str, text: str) -> CsvAnswer:
        """The file of a text, marked so that spreadsheets take it for UTF-8."""
        return cls("\ufeff" + text, headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})


def csv_answer(
    name: str, columns: Sequence[str], answers: Sequence[Answer], dialect: CsvDialect = CsvDialect.POINT
) -> CsvAnswer:
    """A CSV file of these columns, which a spreadsheet opens as UTF-8."""
    file = io.StringIO(newline="")
    writer = dialect.writer(file)
    writer.writerow(columns)
    for answer in answers:
        values = answer.model_dump(mode="json", include=set(columns))
        writer.writerow([csv_cell(getattr(answer, column), values[column], dialect) for column in columns])
    return CsvAnswer.named(name, file.getvalue())


def csv_cell(value: Any, shown: Any, dialect: CsvDialect) -> Any:
    """A value of an answer as a file has it; `shown` is the same as JSON has it."""
    if isinstance(value, dict | list):
        return json.dumps(shown, ensure_ascii=False)
    if isinstance(value, float | Decimal):
        return str(shown).replace(".", dialect.decimal_sign)
    return guarded(shown) if isinstance(value, str) else shown
