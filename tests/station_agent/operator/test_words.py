"""What the station says: every refusal has words in each language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import unison_station.operator as operator
from unison_station.operator.texts import LANGUAGES

NOT_OF_A_PAGE = {"too_many"}
"""The browser's stream hears it, which tries again by itself."""


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
