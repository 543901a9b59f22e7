"""Roles to a policy file and back; what gives no right to a role is told by its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from unison_domain.identity.role_policy import MOST_LINES, read, write
from unison_domain.kernel.contracts import Code

CODE: TypeAdapter[str] = TypeAdapter(Code)


def is_code(text: str) -> bool:
    try:
        return bool(CODE.validate_python(text))
    except ValidationError:
        return False


codes = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(is_code)
words = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
permissions = st.tuples(words, words, words).map(".".join)


@given(st.dictionaries(codes, st.frozensets(permissions, min_size=1, max_size=4), max_size=4))
def test_what_is_written_is_read_again(roles: dict[str, frozenset[str]]) -> None:
    read_again, errors = read(write(roles))
    assert not errors
    assert {code: role.given.keys() for code, role in read_again.items()} == roles


def test_files_of_other_programs_are_read_as_casbin_reads_them() -> None:
    text = "\ufeff# roles\r\np, clerk, sites.plant, read\r\n\r\n  p ,clerk,sites.plant,update , allow\r\n"
    roles, errors = read(text)
    assert (errors, roles["clerk"].row) == ([], 2)
    assert roles["clerk"].given == {"sites.plant.read": 2, "sites.plant.update": 4}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("g, anna, clerk", "that is in the file of people"),
        ("p2, clerk, sites.plant, read", "begins with 'p2'"),
        ("p, clerk, sites.plant", "has 3 parts"),
        ("p, clerk, sites.plant, read, allow, more", "has 6 parts"),
        ("p, clerk, sites.plant, read, deny", "take none away"),
        ("p, clerk, , read", "object and action are both needed"),
        ("p, , sites.plant, read", "'' can't be the code of a role"),
        (f"p, {'x' * 51}, sites.plant, read", "1 to 50 characters"),
    ],
)
def test_what_gives_no_right_to_a_role_is_told(line: str, told: str) -> None:
    roles, errors = read(f"p, ok, sites.plant, read\n{line}\n")
    assert list(roles) == ["ok"]
    assert [(error.row, error.value) for error in errors] == [(2, line)]
    assert told in errors[0].message


def test_too_long_a_file_is_not_read() -> None:
    roles, errors = read("p, ok, sites.plant, read\n" * (MOST_LINES + 1))
    assert (roles, [error.row for error in errors]) == ({}, [MOST_LINES + 1])
