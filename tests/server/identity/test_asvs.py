"""The table of ASVS names tests that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_NAMED = re.compile(r"`([\w/]+\.py|…)(?:::(\w+))?`")
_ROW = re.compile(r"^\| (\d+\.\d+[^|]*)\|", re.MULTILINE)


def table() -> str:
    return (resources.files("unison_server.identity") / "ASVS.md").read_text("utf-8")


def named() -> Iterator[tuple[str, str]]:
    """File and name of each test; `…` is the file named before."""
    file = ""
    for said, test in _NAMED.findall(table()):
        file = file if said == "…" else said
        if Path(file).name.startswith("test_"):
            yield file, test


@pytest.mark.parametrize(("file", "test"), sorted(set(named())))
def test_each_named_test_is_there(file: str, test: str) -> None:
    path = next((path for path in (TESTS / "identity" / file, TESTS / file) if path.exists()), None)
    assert path is not None, f"there is no {file}"
    written = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
    assert not test or test in written, f"{file} has no {test}"


def test_sessions_and_tokens_name_a_test_for_each_requirement() -> None:
    rows = {row.split("|")[1].split()[0].rstrip(","): row for row in table().splitlines() if _ROW.match(row)}
    for requirement in ("7.2.1", "7.3.1", "7.4.1", "9.1.1", "9.2.1", "9.2.2", "9.2.3"):
        assert re.search(r"test_\w+\.py", rows[requirement]), requirement
