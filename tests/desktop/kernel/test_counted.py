"""How many of something is said of one as of one, everywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import unison_desktop
from PySide6.QtCore import QLocale
from unison_desktop.kernel.counted import Counted, counted

SOURCE = Path(unison_desktop.__file__).parent
SEVERAL = re.compile(r"\{n\} (?:more |new |refused )?[a-z]{2,}s\b")
"""English that is wrong where n is 1."""
ALWAYS_SEVERAL = {
    "of the last {n} days": "7, 30 and more",
    "That is no badge: one has at least {n} characters. Read it again.": "the least is more than one",
    "{n} sessions": "from four on",
    "{n} stops": "where several are chosen",
    "Take back all {n} codes of the set?": "one code is no set",
    "These are values of {n} gauges: the limits may be too wide. Choose one.": "only of several",
    "These are values of {n} stations: the limits may be too wide. Choose one.": "only of several",
    "{n} pictures; the first shows the plane.": "one has its own sentence",
    "{n} events are selected, {most} go at once: select fewer.": "more than a command takes",
    "Only the newest {n} changes; all are in the audit log.": "a full page",
    "only the newest {n} pictures of this time": "a full page",
    "only the newest {n} rows of this time; export all to a file (Ctrl+E)": "a full page",
    "only the newest {n} scans of this time; export all to a file (Ctrl+E)": "a full page",
}


def asks_for_one(test: ast.expr) -> bool:
    """Whether it is by the number one that is chosen."""
    parts = list(ast.walk(test))
    return any(isinstance(part, ast.Constant) and part.value == 1 for part in parts) or "one" in ast.unparse(test)


def uncounted(tree: ast.AST) -> Iterator[str]:
    """Texts of several things that stand neither in a choice by number nor beside what is said of one."""
    called = tree.func.id if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) else ""
    if called in ("counted", "Counted") or (isinstance(tree, ast.IfExp) and asks_for_one(tree.test)):
        return
    if isinstance(tree, ast.Call) and called == "_":
        (text,) = tree.args
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and SEVERAL.search(text.value):
            yield text.value
    for child in ast.iter_child_nodes(tree):
        yield from uncounted(child)


def test_one_is_one_everywhere() -> None:
    found = {text for path in SOURCE.rglob("*.py") for text in uncounted(ast.parse(path.read_text("utf-8")))}
    assert found - ALWAYS_SEVERAL.keys() == set(), "say it with `counted`"
    assert ALWAYS_SEVERAL.keys() - found == set(), "no longer said so"


@pytest.mark.parametrize(("n", "said"), [(0, "0 rows"), (1, "1 row"), (17, "17 rows"), (-1, "-1 rows")])
def test_a_number_chooses_the_words(n: int, said: str) -> None:
    assert counted(n, "1 row", "{n} rows") == Counted("1 row", "{n} rows").said(n) == said


def test_many_are_told_as_the_locale_writes_them() -> None:
    assert counted(1_700, "1 row", "{n} rows") == f"{QLocale().toString(1_700)} rows"
