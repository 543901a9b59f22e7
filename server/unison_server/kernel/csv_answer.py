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
ROWS_HEADER = "X-Rows"
"""How many rows a file has, or as it begins, for who shows how far it is."""
_END_OF_ROW = "\r\n"
Dialect = Annotated[
    CsvDialect,
    Header(alias="Unison-Csv", description="How the file is written: `comma` has decimal commas and semicolons."),
]
"""A header, so that it goes with any query."""


class CsvAnswer(Response):
    """A CSV file."""

    media_type = "text/csv"

    @classmethod
    def named(cls, name: str, text: str, rows: int | None = None) -> CsvAnswer:
        """The file of a text, marked so that spreadsheets take it for UTF-8.

        Args:
            rows: how many it has below its header; None: as many as it has lines.
        """
        count = max(0, text.count(_END_OF_ROW) - 1) if rows is None else rows
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', ROWS_HEADER: str(count)}
        return cls("\ufeff" + text, headers=headers)


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
    return CsvAnswer.named(name, file.getvalue(), len(answers))


def csv_cell(value: Any, shown: Any, dialect: CsvDialect) -> Any:
    """A value of an answer as a file has it; `shown` is the same as JSON has it."""
    if isinstance(value, dict | list):
        return json.dumps(shown, ensure_ascii=False)
    if isinstance(value, float | Decimal):
        return str(shown).replace(".", dialect.decimal_sign)
    return guarded(shown) if isinstance(value, str) else shown
