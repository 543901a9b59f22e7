"""What the server refuses is read in the person's language."""

import re
from pathlib import Path

import pytest
import unison_desktop.kernel.refusals as refusals
from unison_desktop.kernel.refusals import CODES, in_own_language
from unison_domain.kernel.contracts import FieldError, Problem

SERVER = Path(__file__).parents[3] / "server" / "unison_server"


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who reads another language than English; the words themselves were made when the module was imported."""
    monkeypatch.setattr(refusals, "spoken", lambda: "de")


def refused(code: str, detail: str, *errors: FieldError) -> Problem:
    return Problem(title="Refused", status=409, code=code, detail=detail, errors=list(errors))


def test_every_code_is_one_of_the_server() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SERVER.rglob("*.py"))
    assert {code for code in CODES if not re.search(rf'"{code}"', source)} == set()


def test_in_english_the_server_speaks_for_itself() -> None:
    problem = refused("taken", "code KIEL is taken", FieldError(field="code", code="taken", message="is taken"))
    assert in_own_language(problem) == problem


def test_where_the_code_says_it_all_nothing_else_is_said(german: None) -> None:
    said = in_own_language(refused("pin_wrong", "Name or PIN is wrong, Anna"))
    assert said.detail == "Name or PIN is wrong."


def test_what_names_a_thing_or_value_stays_in_sight(german: None) -> None:
    field = FieldError(field="code", code="taken", message="is taken: KIEL is plant Kiel")
    said = in_own_language(refused("taken", "code KIEL is taken", field))
    assert said.detail == "This is taken already; choose another. The server says: code KIEL is taken"
    assert [error.message for error in said.errors] == ["This is taken already; choose another."]


def test_a_code_without_words_is_told_as_the_server_says_it(german: None) -> None:
    field = FieldError(field="raw", code="raw_missing", message="has no raw value")
    problem = refused("of_a_later_version", "Something new", field)
    assert in_own_language(problem) == problem
