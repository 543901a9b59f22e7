"""How the bench `barcodes` understands what strangers write beside their pictures."""

import pytest

from tests.benchmarks.expected_codes import judged

GS1 = "010950600013435210ABC\x1d17251231"


@pytest.mark.parametrize(
    ("expected", "read"),
    [
        ("PART-1\n", "PART-1"),
        ("PART-1\r\n", "PART-1"),
        (GS1, GS1),
        ("010950600013435210ABC<GS>17251231\n", GS1),
        (r"010950600013435210ABC\x1d17251231", GS1),
        ("]C1010950600013435210ABC{FNC1}17251231", GS1),
        ("(01)09506000134352(10)ABC(17)251231", GS1),
        ("[01]09506000134352[10]ABC[17]251231", GS1),
        ("012345678905", "0012345678905"),
        ("01234565", "0012345000065"),
        ("(01)09506000134352", "0109506000134352"),
        ("40156", "A40156B"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_ways_to_write_one_code(expected: str, read: str) -> None:
    assert judged(expected, [read]) == (True, 0)


@pytest.mark.parametrize("read", ["010950600013435210ABC17251231", "010950600013435210ABD\x1d17251231", ""])
def test_another_code_is_wrong(read: str) -> None:
    assert judged(GS1, [read]) == (False, 1)


def test_several_lines_are_several_codes() -> None:
    assert judged("A\nB\n", ["B", "A"]) == (True, 0)
    assert judged("A\nB\n", ["A"]) == (False, 0)
    assert judged("A\nB\n", ["A", "B", "C"]) == (True, 1)


def test_an_empty_file_expects_nothing() -> None:
    assert judged("", []) == (True, 0)
    assert judged("", ["A"]) == (True, 1)
