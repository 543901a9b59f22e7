"""A separator that got lost on the way (keyboard wedges drop it): one value has swallowed the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unison_domain.codes.gs1.dictionary import Identifier, identifier_at, identifiers
from unison_domain.codes.gs1.element_strings import Element, check_value
from unison_domain.codes.gs1.fault import Fault

_TELLING = frozenset({"csum", "yymmd0", "yymmdd"})
"""Checks that text passes by chance seldom enough to be a sign."""


def lost_separators(elements: Sequence[Element]) -> Iterator[str]:
    """Words about each value that ends like another element with a check digit or a date, e.g. (10) ABC17251231."""
    for ai, value in elements:
        identifier = identifiers().get(ai)
        if identifier is None or identifier.length_known:
            continue
        for place in range(1, len(value)):
            swallowed = _telling(value[place:])
            if swallowed is None:
                continue
            yield (
                f"({ai}) {value} ends like ({swallowed.ai}) {value[place + len(swallowed.ai) :]}: the scanner may have "
                "dropped a separator; have it send GS (ASCII 29)"
            )
            break


def has_telling_check(ai: str) -> bool:
    """Whether values of the identifier have a known length and a check digit or a date."""
    identifier = identifiers().get(ai)
    if identifier is None or not identifier.length_known:
        return False
    return any(_TELLING & set(component.checks) for component in identifier.components)


def _telling(text: str) -> Identifier | None:
    identifier = identifier_at(text)
    if identifier is None or not has_telling_check(identifier.ai):
        return None
    try:
        check_value(identifier, text[len(identifier.ai) :])
    except Fault:
        return None
    return identifier
