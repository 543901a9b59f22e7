"""What people are told of a text."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unison_domain.codes.contracts import ScanKind, ScanReading
from unison_domain.codes.item_pattern import FIELDS, ItemPattern
from unison_domain.codes.own_code import OwnCode, OwnKind
from unison_domain.codes.reading import reading_of, words_of
from unison_domain.codes.scanned_text import read_scan
from unison_domain.sentences.german import CODE_PARTS

TODAY = date(2026, 6, 1)
PATTERNS = (
    ItemPattern(name="Bolts", pattern=r"(?P<part>\d{4})-(?P<lot>\d+)"),
    ItemPattern(name="Nuts", pattern=r"(?P<part>.{4})-.*"),
)


def told(raw: str) -> ScanReading:
    return reading_of(read_scan(raw, PATTERNS), TODAY)


def test_each_part_is_told_by_name_identifier_and_value() -> None:
    reading = told("]C1010950600013435231030001251725123110A")
    (meaning,) = reading.meanings
    assert [(one.name, one.identifier, one.value, one.shown) for one in meaning.parts] == [
        ("GTIN", "01", "09506000134352", "09506000134352"),
        ("NET WEIGHT (kg)", "3103", "000125", "0.125"),
        ("USE BY or EXPIRY", "17", "251231", "2025-12-31"),
        ("BATCH/LOT", "10", "A", "A"),
    ]
    assert (reading.kind, reading.symbology_name, meaning.certain) == (ScanKind.GS1, "GS1-128", True)


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        ("UN1:PL:EAST", ScanKind.OWN, "plant EAST"),
        ("abcd-1", ScanKind.ITEM, "part abcd"),
        ("1234-5", ScanKind.AMBIGUOUS, "Bolts: part 1234, lot 5, or Nuts: part 1234"),
        ("09506000134352", ScanKind.GTIN, "GTIN 09506000134352"),
        ("https://id.gs1.org/01/09506000134352", ScanKind.DIGITAL_LINK, "GTIN 09506000134352"),
        ("hello", ScanKind.UNKNOWN, ""),
        ("]C1hello", ScanKind.UNKNOWN, ""),
    ],
)
def test_the_kind_says_how_it_was_understood(raw: str, kind: ScanKind, words: str) -> None:
    reading = told(raw)
    assert (reading.kind, reading.words) == (kind, words)


@given(st.text(max_size=300))
def test_whatever_was_scanned_can_be_told_kept_and_read_again(raw: str) -> None:
    reading = told(raw)
    assert ScanReading.model_validate_json(reading.model_dump_json()) == reading
    assert raw.endswith(reading.text)


@given(st.sampled_from(OwnKind), st.text(min_size=1, max_size=20).filter(lambda key: "\x00" not in key))
def test_own_codes_are_told_by_their_key(kind: OwnKind, key: str) -> None:
    (part,) = told(str(OwnCode(kind, key))).meanings[0].parts
    assert (part.identifier, part.value) == (kind, key)


def test_no_key_holds_nul() -> None:
    assert told("UN1:MA:A%00B").warnings == ["the key of 'UN1:MA:A%00B' holds NUL, which no key has"]


@pytest.mark.parametrize(
    "pattern",
    [r"(?P<part>\w)\1", r"(?P<part>a++)b", r"(?P<part>a){2000,}", r"(?x)(?P<part>a ) +", r"(?P<part>.+)(?<!x)"],
)
def test_a_pattern_that_can_not_be_read_in_bounded_time_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match=r"refers back|steps back|999 times|flag x|looks around"):
        ItemPattern(name="Slow", pattern=pattern)


@pytest.mark.parametrize(
    "pattern", [r"(?P<part>[)+*]+)", r"(?P<part>a{1,3}\)+)x?", r"(?P<part>\d{4})(?:-(?P<lot>\w+))?"]
)
def test_what_only_looks_like_it_is_not(pattern: str) -> None:
    assert ItemPattern(name="Quick", pattern=pattern).pattern == pattern


def test_a_pattern_of_old_that_would_be_refused_by_now_is_left_out() -> None:
    assert ItemPattern.kept("Ahead", r"(?P<part>\w+)(?=!)", []) is None
    assert ItemPattern.kept("Quick", r"(?P<part>\w+)!", ["A0"]) == ItemPattern(
        name="Quick", pattern=r"(?P<part>\w+)!", symbologies=("A0",)
    )


def test_the_slowest_pattern_is_quick_on_the_longest_text() -> None:
    slowest = ItemPattern(name="Slow", pattern=r"(?P<part>(.+)+)!")
    began = time.perf_counter()
    assert slowest.read("-" * 4096, "") is None
    assert time.perf_counter() - began < 1
    assert slowest.read("-" * 4095 + "!", "") == {"part": "-" * 4095}


@pytest.mark.parametrize(
    ("raw", "german"),
    [
        ("UN1:HU:4711", "Ladeeinheit 4711"),
        ("1234-7", "Bolts: Teil 1234, Charge 7, oder Nuts: Teil 1234"),
        ("]C10109506000134352", "GTIN 09506000134352"),
        ("9506000134352", "GTIN 09506000134352"),
    ],
)
def test_what_a_code_says_is_told_in_german_too(raw: str, german: str) -> None:
    reading = told(raw)
    assert words_of(reading.meanings, "de") == german
    assert words_of(reading.meanings, "en") == reading.words


def test_all_that_a_code_can_name_has_german_words() -> None:
    named = {kind.name.replace("_", " ").lower() for kind in OwnKind}
    ways = {kind.replace("_", " ") for kind in ScanKind} - {"ambiguous", "unknown"}
    assert (named | set(FIELDS) | ways) - CODE_PARTS.keys() == set()
