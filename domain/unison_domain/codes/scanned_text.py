"""What a scanned text says: the one parser of all floors.

A text is read in every way it can be. Where one way is certain (the scanner named a GS1 symbol, an own prefix), the
others are not tried. Where more than one is left, each is told as a guess for a person to decide: nothing is chosen
silently. A link may be any address, which a pattern of the organization reads as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from unison_domain.codes.aim import Symbol, split_symbol
from unison_domain.codes.gs1.check_digit import check_digit
from unison_domain.codes.gs1.digital_link import looks_like_link, parse_link
from unison_domain.codes.gs1.element_strings import GS, Element, check_associations, parse_bracketed
from unison_domain.codes.gs1.fault import Fault
from unison_domain.codes.gs1.lost_separator import (
    SeparatorLost,
    has_telling_check,
    lost_separators,
    parse_scanned,
    swallowed,
)
from unison_domain.codes.gs1.values import shown
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.own_code import PREFIX, OwnCode, parse_own

_GTIN_DIGITS = (8, 12, 13, 14)
_EAN_13 = 13
"""Digits of ]E0, also of a UPC-A (GS1 General Specifications, symbology identifiers)."""
_COMPOSITE = "|]e0"
"""Between a linear symbol and the two-dimensional one above it, as scanners send GS1 Composite symbols."""


class CodeKind(StrEnum):
    """How a text was read."""

    GS1 = "gs1"
    DIGITAL_LINK = "digital_link"
    GTIN = "gtin"
    """A bare number with a right check digit."""
    OWN = "own"
    ITEM = "item"
    """By a pattern of the organization."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One way to read a text.

    Attributes:
        elements: with `gs1`, `digital_link` and `gtin`, the last as (01) with 14 digits.
        pattern, fields: with `item`, its name and what it says.
        certain: the text or its symbol leaves no doubt that it is meant so, as where it fits one pattern alone and that
            names its symbology.
        warnings: what is odd about it, in words.
    """

    kind: CodeKind
    certain: bool
    elements: tuple[Element, ...] = ()
    own: OwnCode | None = None
    pattern: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def words(self, today: date) -> str:
        """As people read it, e.g. `GTIN 09506000134352, USE BY or EXPIRY 2025-12-31`; `today` says which century."""
        if self.own is not None:
            return f"{self.own.kind.name.replace('_', ' ').lower()} {self.own.key}"
        pairs = self.fields.items() if self.fields else ((one.title, shown(one, today)) for one in self.elements)
        return ", ".join(f"{name} {value}" for name, value in pairs)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scanned text and what it may mean.

    Attributes:
        text: without AIM identifier.
        meanings: empty: nobody knows; more than one: a person decides.
        faults: why it is not what it claims or seems to be, in words.
    """

    text: str
    symbol: Symbol
    meanings: tuple[Meaning, ...]
    faults: tuple[str, ...] = ()

    @property
    def meaning(self) -> Meaning | None:
        """The only way to read it; None where there is none or more than one."""
        return self.meanings[0] if len(self.meanings) == 1 else None


def read_scan(raw: str, patterns: Sequence[ItemPattern] = ()) -> Scanned:
    """Read what a scanner sent, with or without AIM identifier. Never raises: what is wrong is in `faults`.

    Args:
        patterns: of the organization's own kinds of barcodes.
    """
    symbol, text = split_symbol(raw)
    return read_text(text, symbol.identifier, patterns)


def read_text(text: str, symbology: str = "", patterns: Sequence[ItemPattern] = ()) -> Scanned:
    """Read a text whose symbology is known apart from it (`C1`), or not at all (empty)."""
    symbol = Symbol(symbology)
    claims = _CLAIMS_OF_SYMBOL if symbol.is_gs1 or symbol.ean_digits else _CLAIMS_OF_TEXT
    for claim in claims:
        try:
            certain = claim(text, symbol)
        except ValueError as error:
            return Scanned(text, symbol, (), (str(error),))
        if certain is not None:
            return Scanned(text, symbol, (certain,))
    ways = tuple(_ways(text, symbol, patterns))
    faults = (*_faults_of_link(text), *(() if ways or not symbol.says_nothing else _faults_of_message(text)))
    return Scanned(text, symbol, ways if len(ways) == 1 else tuple(replace(way, certain=False) for way in ways), faults)


def _gs1_symbol(text: str, symbol: Symbol) -> Meaning | None:
    if not symbol.is_gs1:
        return None
    return _gs1(parse_scanned(text.removeprefix(GS)), certain=True)


def _ean_symbol(text: str, symbol: Symbol) -> Meaning | None:
    if symbol.ean_digits is None:
        return None
    digits, composite, above = text.partition(_COMPOSITE)
    if symbol.ean_digits == _EAN_13 and len(digits) == _EAN_13 - 1 and _is_gtin(digits):
        raise Fault(
            "INCORRECT_CHECK_DIGIT",
            f"{digits!r} is a UPC-A of 12 digits, but ]E0 has 13: have the scanner send UPC-A as EAN-13, with a 0 in "
            "front (often called “UPC-A to EAN-13” or “transmit number system and country code”)",
        )
    if len(digits) != symbol.ean_digits or not _is_gtin(digits):
        raise Fault("INCORRECT_CHECK_DIGIT", f"{digits!r} is no {symbol.name} number of {symbol.ean_digits} digits")
    if not composite:
        return Meaning(CodeKind.GTIN, certain=True, elements=(_gtin(digits),))
    return _gs1([_gtin(digits), *parse_scanned(above.removeprefix(GS))], certain=True)


def _own(text: str, _symbol: Symbol) -> Meaning | None:
    return Meaning(CodeKind.OWN, certain=True, own=parse_own(text)) if text.startswith(PREFIX) else None


_Claim = Callable[[str, Symbol], Meaning | None]
_CLAIMS_OF_SYMBOL: tuple[_Claim, ...] = (_gs1_symbol, _ean_symbol)
_CLAIMS_OF_TEXT: tuple[_Claim, ...] = (_own,)


def _ways(text: str, symbol: Symbol, patterns: Sequence[ItemPattern]) -> Iterator[Meaning]:
    for pattern in patterns:
        fields = pattern.read(text, "" if symbol.says_nothing else symbol.identifier)
        if fields is not None:
            is_named = bool(pattern.symbologies) and not symbol.says_nothing
            yield Meaning(CodeKind.ITEM, certain=is_named, pattern=pattern.name, fields=fields)
    yield from _link(text)
    if _is_gtin(text):
        yield Meaning(CodeKind.GTIN, certain=False, elements=(_gtin(text),))
    if not symbol.says_nothing:
        return  # the scanner says that it is no GS1 symbol
    for parse in (_telling_message, parse_bracketed):
        try:
            yield _gs1(parse(text), certain=False)
        except Fault:
            continue


def _link(text: str) -> Iterator[Meaning]:
    if not looks_like_link(text):
        return
    try:
        elements = parse_link(text, permit_short_gtin=True)
    except Fault:
        return
    yield Meaning(CodeKind.DIGITAL_LINK, True, tuple(elements), warnings=tuple(_contradictions(elements)))


def _faults_of_link(text: str) -> Iterator[str]:
    """Why an address that has a GS1 key in its path is no Digital Link; many ordinary ones are not."""
    if not looks_like_link(text):
        return
    try:
        parse_link(text, permit_short_gtin=True)
    except Fault as fault:
        yield f"it is no GS1 Digital Link: {fault}"


def _telling_message(text: str) -> list[Element]:
    """Elements of a text that can't well be anything else: many texts begin with the digits of some identifier."""
    elements = parse_scanned(text)
    if GS not in text and not any(_tells(one) for one in elements):
        raise Fault("NO_AI_DATA", f"{text!r} has neither separator, check digit nor date to know it by")
    return elements


def _tells(element: Element) -> bool:
    return has_telling_check(element.ai) or any(has_telling_check(one.ai) for one in swallowed(element))


def _faults_of_message(text: str) -> Iterator[str]:
    """Why a text of no known symbol is no message, where a lost separator is all that keeps it from being one."""
    try:
        parse_scanned(text)
    except SeparatorLost as fault:
        if any(has_telling_check(one.ai) for one in fault.elements):
            yield str(fault)
    except Fault:
        return


def _gs1(elements: list[Element], *, certain: bool) -> Meaning:
    warnings = (*_contradictions(elements), *lost_separators(elements))
    return Meaning(CodeKind.GS1, certain, tuple(elements), warnings=warnings)


def _contradictions(elements: list[Element]) -> Iterator[str]:
    try:
        check_associations(elements)
    except Fault as fault:
        yield str(fault)


def _is_gtin(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) in _GTIN_DIGITS and check_digit(text[:-1]) == text[-1]


def _gtin(digits: str) -> Element:
    return Element("01", digits.zfill(14))
