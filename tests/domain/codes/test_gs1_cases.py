"""Element strings, Digital Links, check digits and scans of the official suite (`tests/cases/gs1_*.json`)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from unison_domain.codes.aim import split_symbol
from unison_domain.codes.gs1.check_digit import check_digit
from unison_domain.codes.gs1.digital_link import parse_link, to_link
from unison_domain.codes.gs1.element_strings import (
    GS,
    Element,
    check_exclusions,
    check_repeats,
    check_requirements,
    check_signature,
    parse_bracketed,
    parse_message,
    to_message,
)
from unison_domain.codes.gs1.fault import Fault
from unison_domain.codes.scanned_text import CodeKind, read_scan

from tests.cases.load import cases

STRINGS, LINKS = "gs1_element_strings", "gs1_digital_link"
RULES = {
    "validateAIrepeats": check_repeats,
    "validateAImutex": check_exclusions,
    "validateAIrequisites": check_requirements,
    "validateDigSigRequiresSerialisedKey": check_signature,
}


def message_of(elements: list[Element]) -> str:
    """As the suite writes it: `^` for FNC1."""
    return "^" + to_message(elements).replace(GS, "^")


def unknown_permitted(inputs: dict[str, Any]) -> bool:
    """Whether the case takes identifiers nobody knows."""
    return bool(inputs.get("options", {}).get("PermitUnknownAIs"))


@pytest.mark.parametrize(("inputs", "expected"), cases(STRINGS, "parse bracketed"))
def test_what_is_printed_in_brackets(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    if not expected["valid"]:
        with pytest.raises(Fault):
            parse_bracketed(inputs["ai_bracketed"], permit_unknown=unknown_permitted(inputs))
        return
    elements = parse_bracketed(inputs["ai_bracketed"], permit_unknown=unknown_permitted(inputs))
    assert message_of(elements) == expected["fnc1_message"]


@pytest.mark.parametrize(("inputs", "expected"), cases(STRINGS, "validate unbracketed"))
def test_what_is_scanned(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    message = inputs["message"].removeprefix("^").replace("^", GS)
    if expected["valid"]:
        assert parse_message(message)
        return
    with pytest.raises(Fault):
        parse_message(message)


@pytest.mark.parametrize(("inputs", "expected"), cases(STRINGS, "lint"))
def test_what_is_wrong_with_a_value(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    with pytest.raises(Fault) as refused:
        parse_bracketed(inputs["ai_bracketed"])
    assert f"GS1_LINTER_{refused.value.code}" == expected["result"]


@pytest.mark.parametrize(("inputs", "expected"), cases(STRINGS, "validate AI association"))
def test_which_elements_go_together(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    rule = RULES[inputs["rule"]]
    elements = [Element(*pair) for pair in re.findall(r"\((\d+)\)([^(]*)", inputs["ai_bracketed"])]
    if expected["valid"]:
        rule(elements)
        return
    with pytest.raises(Fault):
        rule(elements)


@pytest.mark.parametrize(("inputs", "expected"), cases(LINKS, "parse"))
def test_a_link_is_read(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    short = bool(inputs["options"].get("PermitZeroSuppressedGTINinDLuris"))
    if expected["valid"]:
        assert message_of(parse_link(inputs["uri"], permit_short_gtin=short)) == expected["fnc1_message"]
        return
    with pytest.raises(Fault):
        parse_link(inputs["uri"], permit_short_gtin=short)


@pytest.mark.parametrize(("inputs", "expected"), cases(LINKS, "generate"))
def test_a_link_is_made(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    elements = parse_bracketed(inputs["ai_bracketed"], permit_unknown=unknown_permitted(inputs))
    if expected["valid"]:
        assert to_link(elements, inputs["stem"]) == expected["uri"]
        return
    with pytest.raises(Fault):
        to_link(elements, inputs["stem"])


@pytest.mark.parametrize(("inputs", "expected"), cases("gs1_check_digits"))
def test_check_digits(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    if "digits_without_check" in inputs:
        digits = inputs["digits_without_check"]
        assert digits + check_digit(digits) == expected["full"]
        return
    full = inputs["full"]
    assert (check_digit(full[:-1]) == full[-1]) is expected["valid"]
    assert check_digit(full[:-1]) == expected["correct_check_digit"]


NAMES = {
    "QR": "QR Code",
    "DM": "Data Matrix",
    "DotCode": "DotCode",
    "DataBarExpanded": "DataBar",
    "GS1_128_CCA": "GS1-128",
    "EAN8": "EAN/UPC",
    "EAN13": "EAN/UPC",
    "UPCA": "EAN/UPC",
}
"""The suite names the symbol it would print, we the one that was scanned."""


@pytest.mark.parametrize(("inputs", "expected"), cases("gs1_scan_data"))
def test_scans_with_the_name_of_their_symbol(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    symbol, text = split_symbol(inputs["scan"])
    scanned = read_scan(inputs["scan"])
    if not expected["valid"]:
        assert scanned.faults or not symbol.identifier
        assert scanned.meaning is None
        return
    assert NAMES[expected["symbology"]] in symbol.name
    if not symbol.is_gs1 and symbol.ean_digits is None:
        assert text == re.sub(r"^\\(\\*\^)", r"\1", expected["data"])
        return
    assert scanned.meaning is not None
    assert scanned.meaning.certain
    first, _, above = expected["data"].partition("|")
    elements = [*scanned.meaning.elements]
    if symbol.ean_digits:
        assert elements.pop(0) == ("01", first.zfill(14))
        assert not above or message_of(elements) == above
        assert scanned.meaning.kind is (CodeKind.GS1 if above else CodeKind.GTIN)
    else:
        assert message_of(elements) == expected["data"]
