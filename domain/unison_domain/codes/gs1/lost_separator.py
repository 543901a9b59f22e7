"""A separator that got lost on the way (keyboard wedges drop it): one value has swallowed what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unison_domain.codes.gs1.dictionary import identifiers
from unison_domain.codes.gs1.element_strings import Element, parse_message
from unison_domain.codes.gs1.fault import Fault

_TELLING = frozenset({"csum", "yymmd0", "yymmdd"})
"""Checks that text passes by chance seldom enough to be a sign."""
_MEASURES = "31"
"""Weights and lengths (310n to 316n): no check, but four digits and exactly six behind them."""


def lost_separators(elements: Sequence[Element]) -> Iterator[str]:
    """Words about each value that ends like more elements, of which the first has a check digit, a date or a measure.

    E.g. (10) ABC17251231, and (10) ABC1725123121S123.
    """
    for ai, value in elements:
        identifier = identifiers().get(ai)
        if identifier is None or identifier.length_known:
            continue
        swallowed = next((found for place in range(1, len(value)) if (found := _swallowed(value[place:]))), None)
        if swallowed is not None:
            words = ", ".join(f"({one.ai}) {one.value}" for one in swallowed)
            yield (
                f"({ai}) {value} ends like {words}: the scanner may have dropped a separator; "
                "have it send GS (ASCII 29)"
            )


def has_telling_check(ai: str) -> bool:
    """Whether values of the identifier have a known length and a check digit or a date."""
    identifier = identifiers().get(ai)
    if identifier is None or not identifier.length_known:
        return False
    return any(_TELLING & set(component.checks) for component in identifier.components)


def _swallowed(text: str) -> list[Element] | None:
    """Elements of a text that begins with a telling one and is whole; None for any other text."""
    try:
        elements = parse_message(text)
    except Fault:
        return None
    first = elements[0].ai
    return elements if has_telling_check(first) or first.startswith(_MEASURES) else None
