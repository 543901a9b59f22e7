"""What the station says: refusals and faults have words in each language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import unison_station.operator as operator
from hypothesis import given
from hypothesis import strategies as st
from unison_station.operator.sentences import in_language
from unison_station.operator.texts import LANGUAGES

NOT_OF_A_PAGE = {"too_many", "override"}
"""The browser's stream hears the first, which tries again by itself; of the other the page asks for badge and PIN."""


def refusals() -> Iterator[tuple[str, frozenset[str]]]:
    """The code of every refusal in the source, and the parameters that come with it."""
    for file in Path(operator.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Refused", "_refuse")
            ):
                first = node.args[0 if node.func.id == "Refused" else 2]
                if isinstance(first, ast.Constant):
                    yield str(first.value), frozenset(word.arg for word in node.keywords if word.arg)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_words(language: str) -> None:
    texts = LANGUAGES[language]
    told = {code: names for code, names in refusals() if code not in NOT_OF_A_PAGE}
    assert {"too_fine", "no_such_station", "fault"} <= told.keys()
    assert [code for code in told if f"refused_{code}" not in texts] == []
    assert [
        code for code, names in told.items() if any(f"{{{name}}}" not in texts[f"refused_{code}"] for name in names)
    ] == []


def test_a_fault_within_a_fault_is_told_too() -> None:
    told = "Waage sent '01A+1,2': the scale is overloaded"
    assert in_language(told, "de") == "Waage sandte '01A+1,2': Die Waage ist überladen"
    assert in_language(told, "en") == told
    assert in_language("hand: b'ABC' came without its end and was given up", "de") == (
        "hand: b'ABC' kam ohne sein Ende und wurde aufgegeben"
    )
    swallowed = (
        "(10) A is longer than 20 characters, and it ends like (21) B: the scanner may have dropped a separator; "
    )
    assert in_language(f"{swallowed}have it send GS (ASCII 29)", "de").startswith(
        "(10) A ist länger als 20 Zeichen, und es endet wie (21) B: "
    )
    assert in_language("What nobody wrote", "de") == "What nobody wrote"


@given(st.text(alphabet="abc {}:(),0", max_size=200))
def test_any_sentence_comes_out_whole(sentence: str) -> None:
    said = in_language(sentence, "de")
    assert all(word in said for word in sentence.split() if word in "abc")


def test_what_a_measuring_tool_finds_wrong_is_said_with_decimal_commas() -> None:
    english = (
        "bore: the edge is no circle but like a figure of 6 sides, 4.1 % out of round: measure the distance of two of "
        "its edges instead, or lay the ring around the circle that is meant"
    )
    german = in_language(english, "de")
    assert german.startswith("bore: Die Kante ist kein Kreis, sondern wie ein 6-Eck, 4,1 % unrund: statt")
