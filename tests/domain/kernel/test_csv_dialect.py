"""CSV as spreadsheets of a country write it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.kernel.csv_dialect import CsvDialect, read_truth
from unison_domain.kernel.csv_file import table_of

POINT, COMMA = CsvDialect
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.decimals(-1e9, 1e9, places=4)


@given(st.sampled_from(CsvDialect), NUMBERS)
def test_what_is_written_is_read_again(dialect: CsvDialect, number: float | Decimal) -> None:
    cell = dialect.number(number)
    assert Decimal(dialect.read_number(cell)) == Decimal(repr(number) if isinstance(number, float) else number)


@pytest.mark.parametrize(
    ("dialect", "cell", "said"),
    [
        (COMMA, "0,1", "0.1"),
        (COMMA, "-12,", "-12."),
        (COMMA, "1,50E-03", "1.50E-03"),
        (COMMA, "0.1", "0.1"),
        (COMMA, "0.125", "0.125"),
        (COMMA, "1,2,3", "1,2,3"),
        (COMMA, "abc", "abc"),
        (POINT, "0.1", "0.1"),
        (POINT, "1234.567", "1234.567"),
        (POINT, " 5 ", "5"),
    ],
)
def test_numbers_of_spreadsheets(dialect: CsvDialect, cell: str, said: str) -> None:
    assert dialect.read_number(cell) == said


@pytest.mark.parametrize(
    ("dialect", "cell", "way_out"),
    [
        (POINT, "0,1", "write 0.1"),
        (POINT, "1,500", "write 1.500 or, without decimals, 1500"),
        (COMMA, "1.500", "write 1500 or 1,500"),
        (COMMA, "1.234,5", "write 1234"),
        (COMMA, "1\u202f500", "write 1500"),
    ],
)
def test_a_number_that_could_be_two_is_refused(dialect: CsvDialect, cell: str, way_out: str) -> None:
    with pytest.raises(ValueError, match=r"in groups|has a comma") as refused:
        dialect.read_number(cell)
    assert way_out in str(refused.value)


@pytest.mark.parametrize("word", ["WAHR", "vrai", "Verdadero", "TRUE"])
def test_yes_is_known_in_several_languages(word: str) -> None:
    assert read_truth(word).lower() == "true"


@pytest.mark.parametrize(
    ("file", "dialect"),
    [
        ("a,b\n1,2\n", POINT),
        ("\ufeffa;b\r\n1;2\r\n", COMMA),
        ("a\tb\n1\t2\n", COMMA),
        ("sep=;\r\na;b\r\n1;2\r\n", COMMA),
        ("sep=,\na,b\n1,2\n", POINT),
    ],
)
def test_a_file_says_how_it_is_written(file: str, dialect: CsvDialect) -> None:
    table = table_of(file, ("a", "b"), ("a",), 10)
    assert (table.errors, table.dialect) == ([], dialect)
    assert [cells for _, cells in table.rows] == [{"a": "1", "b": "2"}]
    assert [number for number, _ in table.rows] == [3 if file.startswith("sep") else 2]


def test_a_decimal_comma_that_splits_a_cell_is_refused_with_a_way_out() -> None:
    (error,) = table_of("a,b\nx,0,1\n", ("a", "b"), ("a",), 10).errors
    assert (error.row, error.message) == (2, "has 3 cells, the header 2: with decimal commas, separate by semicolons")
