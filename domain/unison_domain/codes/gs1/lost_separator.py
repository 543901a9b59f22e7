"""A separator that got lost on the way (keyboard wedges drop it): one value has swallowed what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from unison_domain.codes.gs1.dictionary import Identifier, identifiers
from unison_domain.codes.gs1.element_strings import Element, UnreadableValue, check_value, parse_message
from unison_domain.codes.gs1.fault import Fault

_TELLING = frozenset({"csum", "yymmd0", "yymmdd"})
"""Checks that text passes by chance seldom enough to be a sign."""
_MEASURES = ("31", "32", "33", "34", "35", "36", "39")
"""Weights, lengths, areas, volumes and prices (310n to 369n, 39nn): no check, but four digits and more behind them."""
_DIGITS_OF_MEASURE = 4
"""A price may have one digit, but so has many a lot that ends in 39001."""


class SeparatorLost(Fault):
    """A value that does not fit its identifier, but does when a separator stood in it.

    Attributes:
        elements: what the message would say then, without the value that swallowed the others.
    """

    def __init__(self, fault: Fault, elements: Iterable[Element], swallowed: Sequence[Element]) -> None:
        super().__init__(
            fault.code,
            f"{fault}, and it ends like {_words(swallowed)}: the scanner may have dropped a separator; "
            "have it send GS (ASCII 29)",
        )
        self.elements = (*elements, *swallowed)


def parse_scanned(message: str) -> list[Element]:
    """As `parse_message`, but a value that swallowed others is told as such.

    E.g. (10) of 01…10ABC12345678901725123121SERIAL12345, which is longer than 20 characters.

    Raises:
        SeparatorLost: a separator was probably dropped.
        Fault: as `parse_message`.
    """
    try:
        return parse_message(message)
    except UnreadableValue as fault:
        if fault.identifier.length_known or fault.is_separated:
            raise
        swallowed = _swallowed_by(fault.identifier, fault.value, {fault.identifier.ai, *(one.ai for one in fault.read)})
        if swallowed is None:
            raise
        raise SeparatorLost(fault, fault.read, swallowed) from None


def lost_separators(elements: Sequence[Element]) -> Iterator[str]:
    """Words about each value that ends like more elements, of which the first has a check digit, a date or a measure.

    E.g. (10) ABC17251231, and (10) ABC1725123121S123.
    """
    for element in elements:
        found = swallowed(element)
        if found:
            yield (
                f"({element.ai}) {element.value} ends like {_words(found)}: the scanner may have dropped a separator; "
                "have it send GS (ASCII 29)"
            )


def swallowed(element: Element) -> list[Element]:
    """The elements a value ends like, of which the first has a check digit, a date or a measure; none as a rule."""
    identifier = identifiers().get(element.ai)
    if identifier is None or identifier.length_known:
        return []
    tails = (_elements(element.value[place:]) for place in range(1, len(element.value)))
    return next((found for found in tails if found and _is_telling(found[0])), [])


def has_telling_check(ai: str) -> bool:
    """Whether values of the identifier have a known length and a check digit or a date."""
    identifier = identifiers().get(ai)
    if identifier is None or not identifier.length_known:
        return False
    return any(_TELLING & set(component.checks) for component in identifier.components)


def _swallowed_by(identifier: Identifier, value: str, present: set[str]) -> list[Element] | None:
    """What a value that can't be holds most probably: no identifier comes twice, companies' own ones (9n) last."""
    best: list[Element] | None = None
    for place in range(1, min(identifier.most + 1, len(value))):
        if not _fits(identifier, value[:place]):
            continue
        found = _elements_and_more(value[place:])
        if not found or any(one.ai in present for one in found):
            continue
        if best is None or _rank(found[0]) < _rank(best[0]):
            best = found
    return best


def _rank(first: Element) -> int:
    if _is_telling(first):
        return 0
    return 2 if len(first.ai) == 2 and first.ai.startswith("9") else 1


def _is_telling(element: Element) -> bool:
    is_measure = element.ai.startswith(_MEASURES) and len(element.value) >= _DIGITS_OF_MEASURE
    return is_measure or has_telling_check(element.ai)


def _fits(identifier: Identifier, value: str) -> bool:
    try:
        check_value(identifier, value)
    except Fault:
        return False
    return True


def _elements(text: str) -> list[Element]:
    """Elements of a text; none of one that is no message."""
    try:
        return parse_message(text)
    except Fault:
        return []


def _elements_and_more(text: str) -> list[Element]:
    """The same, also where a value behind a telling one has swallowed the next."""
    try:
        return parse_message(text)
    except UnreadableValue as fault:
        swallows_too = not fault.identifier.length_known and not fault.is_separated
        is_told = bool(fault.read) and has_telling_check(fault.read[0].ai)
        return [*fault.read, Element(fault.identifier.ai, fault.value)] if swallows_too and is_told else []
    except Fault:
        return []


def _words(found: Sequence[Element]) -> str:
    return ", ".join(f"({one.ai}) {one.value}" for one in found)
