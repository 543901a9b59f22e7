"""Rows leaving Unison as text, CSV or a workbook: ISO dates, real numbers, and no cell a spreadsheet would execute."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale

from unison_desktop.tables.columns import Column, Value

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_XLSX_DIGITS = 15
_XLSX_TEXT = 32_767
_CHARACTER_OF_DATE = 20


@dataclass(frozen=True)
class CsvDialect:
    """How the user's spreadsheet reads CSV: where the comma is the decimal sign, the semicolon separates."""

    separator: str = ","
    decimal_point: str = "."

    @classmethod
    def of(cls, locale: QLocale) -> CsvDialect:
        return cls(";", ",") if locale.decimalPoint() == "," else cls()


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
        writer = csv.writer(file, delimiter=dialect.separator)
        writer.writerow([defused(column.title) for column in columns])
        for row in rows:
            writer.writerow([_csv_cell(column.value(row), dialect) for column in columns])


def write_xlsx(path: Path, columns: Sequence[Column[Any]], rows: Sequence[Any], sheet: str) -> None:
    """A workbook of one sheet with a frozen, filterable heading; written row by row, in constant memory.

    Dates keep their wall clock: a workbook knows no zones.

    Raises:
        OSError: the file can't be written.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # has no stubs; here, for a quick start

    with path.open("wb") as file, Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        page = book.add_worksheet(_sheet_name(sheet))
        page.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            page.set_column(place, place, max(column.width, len(column.title) + 3, _least_width(column, rows)))
        page.write_row(0, 0, [column.title for column in columns], book.add_format({"bold": True, "bottom": 1}))
        for line, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                _write_cell(page, line, place, column.value(row), date)
        page.autofilter(0, 0, len(rows), max(0, len(columns) - 1))


def _csv_cell(value: Value, dialect: CsvDialect) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case int() | float() | Decimal():
            number = f"{value:f}" if isinstance(value, Decimal) else str(value)
            return number.replace(".", dialect.decimal_point)
    return defused(value)


def _write_cell(page: Any, line: int, place: int, value: Value, date: Any) -> None:
    match value:
        case None:
            return
        case datetime():
            page.write_datetime(line, place, value.replace(tzinfo=None), date)
        case Decimal() if len(value.normalize().as_tuple().digits) > _XLSX_DIGITS:
            page.write_string(line, place, f"{value:f}")  # a spreadsheet would round it silently
        case int() | float() | Decimal():
            page.write_number(line, place, float(value))
        case str():
            page.write_string(line, place, value[:_XLSX_TEXT])


def _least_width(column: Column[Any], rows: Sequence[Any]) -> int:
    return _CHARACTER_OF_DATE if rows and isinstance(column.value(rows[0]), datetime) else 0


def _sheet_name(title: str) -> str:
    """At most 31 characters and none of []:*?/\\ (Excel's rule)."""
    return "".join("-" if c in "[]:*?/\\" else c for c in title)[:31].strip("'") or "Rows"


def _one_line(text: str) -> str:
    return " ".join(text.split())
