"""What a scanned text says, and that nothing is guessed silently."""

from __future__ import annotations

import re
from datetime import date
from string import ascii_letters

import pytest
from biip.gs1_messages import GS1Message
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unison_domain.codes.gs1.check_digit import CHARACTERS_82, check_digit
from unison_domain.codes.gs1.dictionary import identifiers
from unison_domain.codes.gs1.digital_link import parse_link, to_link
from unison_domain.codes.gs1.element_strings import (
    GS,
    Element,
    check_associations,
    parse_bracketed,
    parse_message,
    to_bracketed,
    to_message,
)
from unison_domain.codes.gs1.fault import Fault
from unison_domain.codes.gs1.values import day_of, shown
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.own_code import OwnCode, OwnKind
from unison_domain.codes.scanned_text import CodeKind, read_scan, read_text

TODAY = date(2026, 6, 1)
GTIN = "09506000134352"

digits = st.text("0123456789", min_size=13, max_size=13)
values = st.text(CHARACTERS_82, min_size=1, max_size=20)


@st.composite
def elements(draw: st.DrawFn) -> list[Element]:
    """A GTIN with some of lot, serial, weight and expiry behind it, in any order."""
    body = draw(digits)
    day = draw(st.dates(date(2000, 1, 1), date(2049, 12, 31)))
    others = [
        Element("10", draw(values)),
        Element("21", draw(values)),
        Element("3103", f"{draw(st.integers(0, 999_999)):06}"),
        Element("17", f"{day:%y%m%d}"),
    ]
    chosen = draw(st.lists(st.sampled_from(others), unique_by=lambda one: one.ai))
    return [Element("01", body + check_digit(body)), *chosen]


@given(elements())
def test_what_is_written_is_read_again(given_elements: list[Element]) -> None:
    assert parse_message(to_message(given_elements)) == given_elements
    assert parse_bracketed(to_bracketed(given_elements)) == given_elements


@given(elements())
def test_a_link_holds_all_that_may_be_in_one(given_elements: list[Element]) -> None:
    assert set(parse_link(to_link(given_elements, "https://example.com"))) == set(given_elements)


@given(elements())
def test_a_foreign_reader_reads_the_same(given_elements: list[Element]) -> None:
    foreign = GS1Message.parse(to_message(given_elements))
    assert [(one.ai.ai, one.value) for one in foreign.element_strings] == given_elements


def test_a_foreign_reader_knows_the_same_identifiers() -> None:
    from biip.gs1_application_identifiers import _GS1_APPLICATION_IDENTIFIERS as FOREIGN

    assert identifiers().keys() == FOREIGN.keys()


@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    scanned = read_scan(text)
    assert text.endswith(scanned.text)
    for meaning in scanned.meanings:
        assert meaning.words(TODAY)


@given(st.sampled_from(OwnKind), st.text(min_size=1, max_size=30).filter(lambda key: "\x00" not in key))
def test_own_codes_survive_every_scanner(kind: OwnKind, key: str) -> None:
    code = OwnCode(kind, key.encode(errors="replace").decode())
    assert set(str(code)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:")
    meaning = read_scan(str(code)).meaning
    assert meaning is not None
    assert meaning.certain
    assert meaning.own == code


@given(st.sampled_from(ascii_letters), st.sampled_from("0123456789"))
def test_every_aim_identifier_is_taken_off(letter: str, modifier: str) -> None:
    scanned = read_scan(f"]{letter}{modifier}HELLO")
    assert (scanned.symbol.identifier, scanned.text) == (letter + modifier, "HELLO")
    assert scanned.symbol.name


def test_a_bracket_alone_is_no_identifier() -> None:
    assert [read_scan(text).text for text in ("]Xylophone", "] 1", "]1A", "]")] == ["]Xylophone", "] 1", "]1A", "]"]


@pytest.mark.parametrize("identifier", ["C1", "J1", "Q3", "Q4", "d2", "d5", "e0"])
def test_every_gs1_symbol_is_known_as_one(identifier: str) -> None:
    meaning = read_scan(f"]{identifier}01{GTIN}10ABC").meaning
    assert meaning is not None
    assert (meaning.kind, meaning.certain) == (CodeKind.GS1, True)


@pytest.mark.parametrize("text", ["UN1:LO:A-01", f"01{GTIN}10ABC", "4006381333931", "B-12"])
def test_a_symbol_of_no_known_kind_is_read_as_a_text_alone(text: str) -> None:
    patterns = [ItemPattern(name="Bolts Ltd", pattern=r"B-(?P<part>\d+)", symbologies=("C0",))]
    alone = read_text(text, "", patterns).meanings
    assert len(alone) == 1
    assert [read_scan(f"]{letter}0{text}", patterns).meanings for letter in "XYZ"] == [alone] * 3


def test_a_symbol_that_says_gs1_is_read_as_nothing_else() -> None:
    scanned = read_scan(f"]C101{GTIN}310300012510ABC123{GS}17251231")
    assert scanned.meaning is not None
    assert scanned.meaning.words(TODAY) == (
        f"GTIN {GTIN}, NET WEIGHT (kg) 0.125, BATCH/LOT ABC123, USE BY or EXPIRY 2025-12-31"
    )
    broken = read_scan("]C1hello")
    assert broken.meanings == ()
    assert broken.faults == ("'hello' begins with no application identifier",)


def warnings(raw: str) -> tuple[str, ...]:
    """What is odd about a text that can be read in one way."""
    meaning = read_scan(raw).meaning
    assert meaning is not None
    return meaning.warnings


def test_a_lost_separator_is_told() -> None:
    assert warnings(f"]C101{GTIN}10ABC17251231") == (
        "(10) ABC17251231 ends like (17) 251231: the scanner may have dropped a separator; have it send GS (ASCII 29)",
    )
    assert warnings(f"]C101{GTIN}10ABC{GS}17251231") == ()


@pytest.mark.parametrize(
    ("swallowing", "words"),
    [
        ("10LOT11725123121S123", "ends like (17) 251231, (21) S123"),
        ("21S11725123110ABC", "ends like (17) 251231, (10) ABC"),
        ("10ABC3103000125", "ends like (3103) 000125"),
        ("10ABC310300012521S1", "ends like (3103) 000125, (21) S1"),
        ("10ABC21S117251231", "ends like (17) 251231"),
        ("10ABC3202000125", "ends like (3202) 000125"),
        ("10ABC3922000125", "ends like (3922) 000125"),
    ],
)
def test_a_value_may_have_swallowed_more_than_its_end(swallowing: str, words: str) -> None:
    (warning,) = warnings(f"]d201{GTIN}{swallowing}")
    assert words in warning


@pytest.mark.parametrize(
    ("swallowing", "words"),
    [
        (
            "10ABC12345678901725123121SERIAL12345",
            "is longer than 20 characters, and it ends like (17) 251231, (21) SER",
        ),
        ("21SERIAL123456789010LOT123456789", "is longer than 20 characters, and it ends like (10) LOT123456789: "),
        ("3710010ABC", "is not a digit, and it ends like (10) ABC: "),
        ("3710400PO12", "is not a digit, and it ends like (400) PO12: "),
        ("42227610ABC", "is longer than 3 characters, and it ends like (10) ABC: "),
        ("10LOT123456789011725123121SERIAL12345678240ABCDEFGHIJ", "ends like (17) 251231, (21) SERIAL12345678240ABC"),
    ],
)
def test_a_value_that_can_not_be_has_probably_swallowed_others(swallowing: str, words: str) -> None:
    scanned = read_scan(f"]C101{GTIN}{swallowing}")
    assert scanned.meanings == ()
    (fault,) = scanned.faults
    assert words in fault
    assert fault.endswith("the scanner may have dropped a separator; have it send GS (ASCII 29)")
    assert read_scan(f"01{GTIN}{swallowing}").faults == (fault,), "also where the scanner names no symbol"


@pytest.mark.parametrize(
    "message",
    [f"10ABCDEFGHIJKLMNOPQRSTUVWXYZ17251231{GS}21S1", "10ABCDEFGHIJKLMNOPQRSTUVWXYZ", "10LOT-10-LONGER-THAN-THAT"],
)
def test_a_value_that_is_merely_too_long_lost_no_separator(message: str) -> None:
    (fault,) = read_scan(f"]C101{GTIN}{message}").faults
    assert fault.endswith("is longer than 20 characters")


def test_a_text_without_a_sign_of_gs1_is_told_no_fault_of_gs1() -> None:
    assert read_scan("21SERIAL123456789010LOT123456789").faults == ()
    patterns = [ItemPattern(name="Reels", pattern=r"01(?P<part>\d+)10ABC(?P<serial>.+)")]
    assert read_scan(f"01{GTIN}10ABC12345678901725123121SERIAL12345", patterns).faults == ()


def test_a_link_has_no_separators_to_lose() -> None:
    assert warnings(f"https://example.com/01/{GTIN}/10/ABC17251231") == ()


@pytest.mark.parametrize("lot", ["LOT1", "17251", "A17251331", "3103000", "3109000125", "240601-7", "39001"])
def test_an_ordinary_lot_is_no_lost_separator(lot: str) -> None:
    assert warnings(f"]d201{GTIN}10{lot}{GS}21S1") == ()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (f"]C101{GTIN}0104006381333931", f"(01) is there as {GTIN} and as 04006381333931"),
        (f"]C101{GTIN}10A{GS}10B", "(10) is there as A and as B"),
        (f"]C101{GTIN}0204006381333931370001", "(01) and (37) do not go together"),
        ("]C110ABC", "(10) needs (01) or "),
        (f"]C101{GTIN}0104006381333931".removeprefix("]C1"), "(01) is there as"),
        (f"]E04006381333931|]e001{GTIN}", "(01) is there as 04006381333931"),
        (f"https://example.com/01/{GTIN}?3103=000125&3102=000125", "(3102) and (3103) do not go together"),
    ],
)
def test_elements_that_contradict_each_other_are_told(raw: str, words: str) -> None:
    (warning,) = warnings(raw)
    assert words in warning


def test_bare_texts_are_guesses() -> None:
    for text, kind in ((GTIN, CodeKind.GTIN), ("4006381333931", CodeKind.GTIN), ("10ABC17251231", CodeKind.GS1)):
        meaning = read_scan(text).meaning
        assert meaning is not None
        assert (meaning.kind, meaning.certain) == (kind, False)
    assert read_scan("10ABC").meanings == ()
    assert read_scan("hello").meanings == ()


def test_two_ways_to_read_are_left_to_a_person() -> None:
    patterns = [
        ItemPattern(name="Bolts Ltd", pattern=r"(?P<part>\d{8})(?P<serial>\d{5})"),
        ItemPattern(name="Nuts Ltd", pattern=r"(?P<order>\d{13})", symbologies=("A",)),
    ]
    scanned = read_text("4006381333931", "", patterns)
    assert scanned.meaning is None
    assert [meaning.pattern for meaning in scanned.meanings] == ["Bolts Ltd", "Nuts Ltd", None]
    assert scanned.meanings[0].fields == {"part": "40063813", "serial": "33931"}
    (bolts, gtin) = read_text("4006381333931", "C0", patterns).meanings
    assert (bolts.pattern, gtin.kind) == ("Bolts Ltd", CodeKind.GTIN)


ADDRESSES = ItemPattern(name="Acme", pattern=r"https://acme\.com/.*/(?P<serial>\w+)")


def test_an_address_that_is_a_link_by_chance_is_left_to_a_person() -> None:
    address = "https://acme.com/8004/4711ABCD"
    ways = read_scan(address, [ADDRESSES]).meanings
    assert [(way.pattern, way.kind, way.certain) for way in ways] == [
        ("Acme", CodeKind.ITEM, False),
        (None, CodeKind.DIGITAL_LINK, False),
    ]
    alone = read_scan(address).meaning
    assert alone is not None
    assert (alone.kind, alone.certain) == (CodeKind.DIGITAL_LINK, True)


@pytest.mark.parametrize("address", ["https://acme.com/wiki/00/1", "https://acme.com/products/01/23"])
def test_an_address_that_is_no_link_after_all_is_read_by_its_pattern(address: str) -> None:
    unread, read = read_scan(address), read_scan(address, [ADDRESSES])
    assert unread.meanings == ()
    assert read.meaning is not None
    assert read.meaning.fields == {"serial": address.rpartition("/")[2]}
    assert read.faults == unread.faults
    assert [fault.startswith("it is no GS1 Digital Link: (0") for fault in read.faults] == [True]


@pytest.mark.parametrize("length", [200, 201, 4096])
def test_a_pattern_reads_the_longest_scan(length: int) -> None:
    pattern = ItemPattern(name="Delivery", pattern=r"P(?P<part>\d{6}).*")
    text = "P123456".ljust(length, "x")
    assert [one.pattern for one in read_text(text, "", [pattern]).meanings] == ["Delivery"]


def test_a_pattern_leaves_no_doubt_where_the_symbology_it_names_was_scanned() -> None:
    serials = ItemPattern(name="Serials", pattern=r"(?P<serial>\d{6})", symbologies=("C0",))
    lots = ItemPattern(name="Lots", pattern=r"(?P<lot>\d{6})", symbologies=("C",))
    parts = ItemPattern(name="Parts", pattern=r"(?P<part>\d{6})")

    def certain(symbology: str, *patterns: ItemPattern) -> list[bool]:
        return [meaning.certain for meaning in read_text("000030", symbology, patterns).meanings]

    assert certain("C0", serials) == [True]
    assert certain("", serials) == [False], "nobody said which symbol it was"
    assert certain("C0", parts) == [False], "it may come in any symbol, so others may mean something else by it"
    assert certain("C0", serials, lots) == [False, False]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?P<part>[", "no regular expression"),
        (r"\d+", "names no group"),
        (r"(?P<colour>\w+)", "groups are part, serial"),
    ],
)
def test_a_pattern_that_says_nothing_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ItemPattern(name="x", pattern=pattern)


@pytest.mark.parametrize(
    ("text", "words"), [("UN1:XX:1", "is no kind"), ("UN1:LO:", "no readable key"), ("UN1:LO:a", "key")]
)
def test_a_broken_own_code_says_what_is_wrong(text: str, words: str) -> None:
    scanned = read_scan(text)
    assert scanned.meanings == ()
    assert words in scanned.faults[0]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("260228", date(2026, 2, 28)),
        ("260200", date(2026, 2, 28)),
        ("240200", date(2024, 2, 29)),
        ("760101", date(2076, 1, 1)),
        ("770101", date(1977, 1, 1)),
    ],
)
def test_the_century_of_a_year_is_the_near_one(value: str, day: date) -> None:
    assert day_of(Element("17", value), TODAY) == day


def test_amounts_have_their_decimal_point() -> None:
    assert shown(Element("3103", "000125"), TODAY) == "0.125"
    assert shown(Element("3100", "000125"), TODAY) == "125"


def test_what_belongs_together_is_checked_as_a_whole() -> None:
    check_associations(parse_bracketed(f"(01){GTIN}(10)ABC(17)251231"))
    with pytest.raises(Fault, match=r"\(10\) needs \(01\)"):
        check_associations(parse_bracketed("(10)ABC"))


@pytest.mark.parametrize("symbology", ["", "Code 128", "]C0", "C01", "9"])
def test_a_symbology_that_is_no_aim_identifier_is_refused_in_words(symbology: str) -> None:
    with pytest.raises(ValidationError, match=f"“{re.escape(symbology)}” is no AIM identifier: write one such as C0"):
        ItemPattern(name="x", pattern="(?P<part>.+)", symbologies=(symbology,))


def test_a_upc_a_that_is_sent_with_12_digits_names_the_setting_of_the_scanner() -> None:
    (fault,) = read_scan("]E0012345678905").faults
    assert "UPC-A of 12 digits" in fault
    assert "have the scanner send UPC-A as EAN-13" in fault
    assert read_scan("]E0012345678905").meanings == ()
    assert read_scan("]E00012345678905").faults == ()
    (other,) = read_scan("]E0012345678904").faults
    assert "is no EAN/UPC number of 13 digits" in other
