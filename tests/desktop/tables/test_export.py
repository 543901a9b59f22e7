import csv
import re
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QLocale
from unison_desktop.kernel.own_csv import own_dialect
from unison_desktop.tables.export import clipboard_text, defused, write_csv, write_xlsx
from unison_domain.kernel.csv_dialect import CsvDialect

from tests.desktop.tables.sample import COLUMNS, Lot, lot

SHEET = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
EVIL = lot("=HYPERLINK(1)", "1234.5", note="+1")


def read_csv(path: Path, separator: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def cells(path: Path) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return {cell.get("r", ""): cell for cell in sheet.iterfind(".//m:c", SHEET)}


def number_form(path: Path, name: str) -> str:
    """How a spreadsheet shows the number of a cell."""
    with zipfile.ZipFile(path) as book:
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
    own = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iterfind(".//m:numFmt", SHEET)}
    style = styles.findall(".//m:cellXfs/m:xf", SHEET)[int(cells(path)[name].get("s", "0"))]
    return {"0": "General", "1": "0", "2": "0.00"}.get(style.get("numFmtId", "")) or own[style.get("numFmtId")]


def number(cell: ElementTree.Element) -> float:
    return float(cell.findtext("m:v", "", SHEET))


def test_csv_has_iso_dates_with_offset_and_plain_numbers(tmp_path: Path) -> None:
    berlin = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
    write_csv(tmp_path / "a.csv", COLUMNS, [Lot("A", Decimal("1234.500000"), berlin)], CsvDialect.POINT)
    assert read_csv(tmp_path / "a.csv") == [
        ["Lot", "Free", "Received", "Note"],
        ["A", "1234.500000", "2026-10-25T02:30:00+01:00", ""],
    ]


def test_csv_where_the_comma_is_the_decimal_sign(tmp_path: Path) -> None:
    dialect = own_dialect(QLocale("de_DE"))
    write_csv(tmp_path / "a.csv", COLUMNS, [lot("A", "0.5")], dialect)
    assert read_csv(tmp_path / "a.csv", ";")[1][:2] == ["A", "0,5"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_a_spreadsheet_would_execute_is_defused(text: str) -> None:
    assert defused(text) == f"'{text}"


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", COLUMNS, [lot("A", "-5")], CsvDialect.POINT)
    assert read_csv(tmp_path / "a.csv")[1][1] == "-5"


def test_xlsx_has_numbers_dates_and_no_formula(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", COLUMNS, [EVIL], "Lots: all/free")
    found = cells(tmp_path / "a.xlsx")
    assert found["A2"].get("t") == "inlineStr"
    assert "".join(found["A2"].itertext()) == "=HYPERLINK(1)"
    assert not any(cell.find("m:f", SHEET) is not None for cell in found.values())
    assert number(found["B2"]) == 1234.5
    assert number(found["C2"]) == pytest.approx(46346 + 8 / 24)  # days since 1899-12-30


def test_xlsx_tells_the_offset_of_its_dates(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = [Lot("A", None, datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold)) for fold in (0, 1)]
    write_xlsx(tmp_path / "one.xlsx", COLUMNS, night[1:], "Lots")
    write_xlsx(tmp_path / "two.xlsx", COLUMNS, night, "Lots")
    one, two = cells(tmp_path / "one.xlsx"), cells(tmp_path / "two.xlsx")
    assert "".join(one["C1"].itertext()) == "Received (UTC+01:00)"
    texts = ["".join(two[place].itertext()) for place in ("C1", "C2", "C3")]
    assert texts == ["Received", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


def test_the_heading_of_a_file_tells_the_unit(tmp_path: Path) -> None:
    columns = [replace(COLUMNS[1], unit="kg")]
    write_csv(tmp_path / "a.csv", columns, [], CsvDialect.POINT)
    assert read_csv(tmp_path / "a.csv") == [["Free (kg)"]]


def test_xlsx_keeps_digits_a_spreadsheet_would_round_away(tmp_path: Path) -> None:
    exact = "12345678901234.567891"
    write_xlsx(tmp_path / "a.xlsx", COLUMNS, [lot("A", exact)], "Lots")
    assert "".join(cells(tmp_path / "a.xlsx")["B2"].itertext()) == exact


def test_xlsx_shows_the_decimals_that_were_measured(tmp_path: Path) -> None:
    columns = [replace(COLUMNS[1], keeps_digits=True), COLUMNS[1]]
    write_xlsx(tmp_path / "a.xlsx", columns, [lot("A", "0.120"), lot("B", "12"), lot("C", "0.0000001")], "Lots")
    assert [number_form(tmp_path / "a.xlsx", name) for name in ("A2", "A3", "A4", "B2")] == [
        "0.000",
        "0",
        "0.0000000",
        "General",
    ]


def test_xlsx_of_no_rows_is_a_heading(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", COLUMNS, [], "Lots")
    assert set(cells(tmp_path / "a.xlsx")) == {"A1", "B1", "C1", "D1"}


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=re.escape("gone")):
        write_xlsx(tmp_path / "gone" / "a.xlsx", COLUMNS, [EVIL], "Lots")


def test_the_clipboard_gets_one_line_per_row() -> None:
    row = replace(lot("A", "1.50"), note="two\nlines\tand a tab")
    assert clipboard_text(COLUMNS, [row], headings=True) == (
        "Lot\tFree\tReceived\tNote\nA\t1.5\t2026-11-20 08:00:00\ttwo lines and a tab"
    )
