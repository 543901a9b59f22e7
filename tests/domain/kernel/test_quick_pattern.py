"""No pattern that is taken can hold the program up."""

from __future__ import annotations

import re
import time

import pytest
from unison_domain.kernel.quick_pattern import demand_quick


@pytest.mark.parametrize(
    "pattern",
    [
        "a?" * 26 + "a" * 26,
        "a??" * 26 + "a" * 26,
        "(a)?" * 26 + "a" * 26,
        "a{0,1}" * 26 + "a" * 26,
        "(?:aa|[a]a)" * 26 + "b",
        "(?:(a|aa)?)" * 14 + "b",
        "(a*)(a*)(a*)a?a?a?a?a?b",
        "a*" * 4 + "b",
        r"(a*)(a*)(a*)\1b",
        "(?P<x>a*)(a*)(a*)(?P=x)b",
        "(?#[)" + "a?" * 26 + "(?#])" + "a" * 26,
        "(a{2,3}){9}b",
    ],
)
def test_too_many_ways_to_read_a_text_are_refused(pattern: str) -> None:
    re.compile(pattern)
    with pytest.raises(ValueError, match=r"can take hours|leave it out"):
        demand_quick(pattern, 200)


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        (r"(?P<sign>[+-])?\s*(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>kg|g)?", 64),
        (r"(?i:PART)(?P<part>\d{4,8})(?:-(?P<lot>\w+))?(?:-(?P<serial>\w+))?", 200),
        (r"(?P<part>[^?|*+]+)\?\|\*(?=\d{3}?)(?<!x)\[.*", 200),
        (r"P(.*),(.*)", 7_089),
    ],
)
def test_what_people_write_is_taken(pattern: str, longest: int) -> None:
    re.compile(pattern)
    assert demand_quick(pattern, longest) == pattern


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("(a)?" * 12 + "a*b", 200),
        ("(a)?" * 4 + "(a*)(a*)(a*)b", 200),
        ("(?:aa|[a]a)" * 11 + "(a*)b", 7_089),
        ("(a*)(a*)(a*)(a*)(a*)a?b", 64),
        ("(a*)(a*)b", 7_089),
    ],
)
def test_the_slowest_that_is_taken_is_quick(pattern: str, longest: int) -> None:
    demand_quick(pattern, longest)
    began = time.process_time()
    assert re.fullmatch(pattern, "a" * longest) is None
    assert time.process_time() - began < 2
