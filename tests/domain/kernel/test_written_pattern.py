"""No pattern that is taken can hold the program up, and one that is refused says what to write instead."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.kernel.written_pattern import written_pattern

LONGEST = 7_089
"""Characters of the longest text a symbol holds."""


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(?:(?:a+)+)+!",
        "(a|aa)+$",
        "(a?){200}a{200}",
        "(?:aa|[a]a)*b",
        "(a*)(a*)(a*)(a*)(a*)a?a?a?a?a?b",
        ".*.*.*.*.*=.*",
        "(x+x+)+y",
    ],
)
def test_what_holds_other_engines_for_hours_takes_a_moment(pattern: str) -> None:
    read = written_pattern(pattern).read
    began = time.process_time()
    assert read("a" * LONGEST + "!?") is None
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?=\d)(?P<part>.*)", "looks around itself"),
        (r"(?P<part>.*)(?<!x)", "looks around itself"),
        (r"(\d)-\1", "refers back"),
        (r"(?P<x>\d)-(?P=x)", "refers back"),
        (r"\d++", "forbids steps back"),
        (r"(?>\d+)", "forbids steps back"),
        (r"\d+\Z", "of the whole text"),
        (r"\d(?#digits)", "comment"),
        (r"(?x) \d", "flag x"),
        (r"\d{,3}", "write {0,3}"),
        (r"(?P<x>\d)(?P<x>\d)", "a name of its own"),
        (r"(\d", "is no regular expression: missing )"),
        (r"\d{2000}", "more than 999 times"),
        (r"\d{1,99999999999999}", "more than 999 times"),
        (r"\d{1000000,}", "more than 999 times"),
        ("((a{1,100}){1,100}){1,10}", "is no regular expression"),
        ("\ud800", "is no regular expression"),
    ],
)
def test_what_can_not_be_read_is_refused_with_a_way_out(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        written_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (
            r"(?P<sign>[+-])?\s*(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>kg|g)?",
            "- 0.120 kg",
            {"sign": "-", "value": "0.120", "unit": "kg"},
        ),
        (r"(?i:PART)(?P<part>\d{4,8})(?:-(?P<lot>\w+))?", "part1234", {"part": "1234", "lot": None}),
        (r"[(](?P<a>[^?|*+)]+)[)]\?\|\*\\1\(\?=", r"(x)?|*\1(?=", {"a": "x"}),
        (r"(?:(?P<key>\w)=(?P<ärger>ü+);)+", "a=ü;b=üü;", {"key": "b", "ärger": "üü"}),
    ],
)
def test_what_people_write_is_read(pattern: str, text: str, found: dict[str, str | None]) -> None:
    assert written_pattern(pattern).read(text) == found
    assert list(written_pattern(pattern).read(text) or ()) == list(found), "in the order they are written"
    assert written_pattern(pattern).read(f"{text}\n") is None, "the whole text"


def test_half_a_character_is_of_no_pattern() -> None:
    assert written_pattern(".*").read("\ud800") is None


_PIECES = st.sampled_from([*r"ab.*+?|()[]\d{1,3}^$-", r"\d", "(?:", "(?P<x>", "a{2}", "[ab]", r"\(", "{1,3}"])


@given(st.lists(_PIECES, max_size=12).map("".join), st.text("ab1(-", max_size=12))
def test_what_both_engines_take_they_read_alike(pattern: str, text: str) -> None:
    try:
        written = written_pattern(pattern)
        other = re.compile(pattern, re.ASCII)
    except (ValueError, re.error):
        return
    matched = other.fullmatch(text)
    assert (written.read(text) is None) == (matched is None)
