"""Rows leaving Unison as text, CSV or a workbook: ISO dates, real numbers, and no cell a spreadsheet would execute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from unison_domain.kernel.csv_dialect import CsvDialect

from unison_desktop.tables.columns import Column, Value

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_XLSX_DIGITS = 15
_XLSX_TEXT = 32_767
_CHARACTER_OF_DATE = 25


def defused(text: str) -> str:
    """Text a spreadsheet takes as text: a leading apostrophe where it would see a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def clipboard_text(columns: Sequence[Column[Any]], rows: Sequence[Any], *, headings: bool) -> str:
    """Tab-separated lines as the table shows them."""
    lines = [[_one_line(column.shown(row)) for column in columns] for row in rows]
    if headings:
        lines.insert(0, [column.title for column in columns])
    return "\n".join("\t".join(defused(cell) for cell in line) for line in lines)


def write_csv(path: Path, columns: Sequence[Column[Any]], rows: Sequence[Any], dialect: CsvDialect) -> None:
    """UTF-8 with a mark, so that spreadsheets see the encoding.

    Raises:
        OSError: the file can't be written.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = dialect.writer(file)
        writer.writerow([defused(column.export_title) for column in columns])
        for row in rows:
            writer.writerow([_csv_cell(column.value(row), dialect) for column in columns])


def write_xlsx(path: Path, columns: Sequence[Column[Any]], rows: Sequence[Any], sheet: str) -> None:
    """A workbook of one sheet with a frozen, filterable heading; written row by row, in constant memory.

    A workbook knows no zones: dates keep their wall clock, and the heading tells their UTC offset. Where a column has
    several, as on the day clocks change, its dates are ISO texts with theirs.

    Raises:
        OSError: the file can't be written.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # has no stubs; here, for a quick start

    with path.open("wb") as file, Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        digits = cache(lambda form: book.add_format({"num_format": form}))
        page = book.add_worksheet(_sheet_name(sheet))
        page.freeze_panes(1, 0)
        offsets = [_offsets(column, rows) for column in columns]
        titles = [_title(column, found) for column, found in zip(columns, offsets, strict=True)]
        for place, column in enumerate(columns):
            width = max(column.width, len(titles[place]) + 3, _CHARACTER_OF_DATE if offsets[place] else 0)
            page.set_column(place, place, width)
        page.write_row(0, 0, titles, book.add_format({"bold": True, "bottom": 1}))
        for line, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                value = column.value(row)
                if isinstance(value, datetime) and len(offsets[place]) > 1:
                    value = value.isoformat(timespec="seconds")
                look = date if isinstance(value, datetime) else None
                if column.keeps_digits and isinstance(value, Decimal):
                    look = digits(f"{0:.{_places(value)}f}")
                _write_cell(page, line, place, value, look)
        page.autofilter(0, 0, len(rows), max(0, len(columns) - 1))


def _csv_cell(value: Value, dialect: CsvDialect) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(timespec="seconds")
        case int() | float() | Decimal():
            return dialect.number(value)
    return defused(value)


def _places(number: Decimal) -> int:
    """Decimals as they were written."""
    return len(f"{number:f}".partition(".")[2])


def _write_cell(page: Any, line: int, place: int, value: Value, look: Any) -> None:
    match value:
        case None:
            return
        case datetime():
            page.write_datetime(line, place, value.replace(tzinfo=None), look)
        case Decimal() if len(value.normalize().as_tuple().digits) > _XLSX_DIGITS:
            page.write_string(line, place, f"{value:f}")  # a spreadsheet would round it silently
        case int() | float() | Decimal():
            page.write_number(line, place, float(value), look)
        case str():
            page.write_string(line, place, value[:_XLSX_TEXT])


def _offsets(column: Column[Any], rows: Sequence[Any]) -> set[str]:
    """UTC offsets of the column's moments, as ISO writes them."""
    moments = (value for row in rows if isinstance(value := column.value(row), datetime))
    return {moment.isoformat(timespec="seconds")[19:] for moment in moments}


def _title(column: Column[Any], offsets: set[str]) -> str:
    if len(offsets) != 1:
        return column.export_title
    (offset,) = offsets
    return f"{column.export_title} (UTC{offset})" if offset else column.export_title


def _sheet_name(title: str) -> str:
    """At most 31 characters and none of []:*?/\\ (Excel's rule)."""
    return "".join("-" if c in "[]:*?/\\" else c for c in title)[:31].strip("'") or "Rows"


def _one_line(text: str) -> str:
    return " ".join(text.split())
