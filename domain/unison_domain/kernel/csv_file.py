"""CSV files as spreadsheets write them: read with everything that is wrong with them, written so that none is run."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from unison_domain.kernel.contracts import Answer
from unison_domain.kernel.csv_dialect import CsvDialect, said_separator, separator_of

_NOT_PLAIN = ("=", "+", "-", "@", "\t", "\r", "'")


class CsvError(Answer):
    """One thing that is wrong: `row` as a spreadsheet numbers it (the header is 1), `column` by its header.

    `value` is what stands there, where that says more.
    """

    row: int
    column: str | None = None
    message: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What a file holds: cells by column of every row that has any, by the row's number.

    Attributes:
        dialect: how its numbers are written, by what separates it.
        errors: what is wrong with the file; there are no rows then, but for single rows that are too long, and for
            columns that nobody knows, of which rows hold nothing.
    """

    rows: Sequence[tuple[int, Mapping[str, str]]]
    columns: frozenset[str]
    dialect: CsvDialect
    errors: list[CsvError]


def text_of(file: bytes) -> str:
    """The text of a file in UTF-8 or Windows-1252.

    Raises:
        ValueError: it is neither; says what to do.
    """
    text = "\x00"
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = file.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if "\x00" in text:
        raise ValueError("is neither UTF-8 nor Windows-1252; in the spreadsheet, save it as “CSV UTF-8”")
    return text


def table_of(text: str, known: Collection[str], needed: Sequence[str], most_rows: int) -> CsvTable:
    """The rows of a file (RFC 4180, separated by commas, semicolons or tabs; by what a line `sep=` before it says).

    Args:
        known: columns there are. needed: columns of which there must be one.
    """
    text = text.removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    said = said_separator(first)
    if said:
        text = rest
    separator = said or separator_of(first)
    dialect = CsvDialect.POINT if separator == "," else CsvDialect.COMMA
    before = 1 if said else 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        table = list(reader)
    except csv.Error as error:
        wrong = CsvError(row=reader.line_num + before, message=_no_csv(error))
        return CsvTable([], frozenset(), dialect, [wrong])
    columns = [column.strip().lower() for column in table[0]] if table else []
    errors = list(_wrong_columns(columns, needed))
    is_clear = not errors
    errors += (
        CsvError(row=1, column=column, message="there is no such column; leave it out")
        for column in dict.fromkeys(columns)
        if column and column not in known
    )
    if len(table) > most_rows + 1:
        errors.append(CsvError(row=most_rows + before + 2, message=f"more than {most_rows} rows; split the file"))
        is_clear = False
    if not is_clear:
        return CsvTable([], frozenset(), dialect, errors)
    rows: list[tuple[int, Mapping[str, str]]] = []
    for number, cells in enumerate(table[1:], 2 + before):
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            message = f"has {len(cells)} cells, the header {len(columns)}"
            if separator == ",":
                message += ": with decimal commas, separate by semicolons"
            errors.append(CsvError(row=number, message=message))
        elif any(cells):
            named = zip(columns, cells, strict=False)
            rows.append((number, {column: cell for column, cell in named if not column or column in known}))
    return CsvTable(rows, frozenset(columns).intersection(["", *known]), dialect, errors)


def guarded(value: str) -> str:
    """A cell with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{value}" if value.startswith(_NOT_PLAIN) else value


def unguarded(cell: str) -> str:
    """What such a cell stands for."""
    return cell.removeprefix("'")


def as_written(columns: Iterable[str]) -> str:
    """Columns as a header names them: in quotes, so that nobody takes them for words that are translated."""
    return ", ".join(f"“{column}”" for column in columns)


def _no_csv(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell has more than {csv.field_size_limit()} characters: is a quotation mark missing?"
    return f"is no CSV: {error}"


def _wrong_columns(columns: Sequence[str], needed: Sequence[str]) -> Iterator[CsvError]:
    """Why no row can be understood."""
    if not any(columns):
        yield CsvError(row=1, message=f"names no column; what a file has at least is {as_written(needed[:1])}")
    elif not set(needed).intersection(columns):
        what = f"one of the columns {as_written(needed)} is needed"
        what = "this column is missing" if len(needed) == 1 else what
        yield CsvError(row=1, column=needed[0], message=f"{what}, and the file has {as_written(columns)[:200]}")
    for place, column in enumerate(columns):
        if column in columns[:place]:
            yield CsvError(row=1, column=column, message="this column is there twice")
