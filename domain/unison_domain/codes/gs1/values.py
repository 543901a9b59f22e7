"""What values mean: days, amounts with their decimal point (GS1 General Specifications 3 and 7.12)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

from unison_domain.codes.gs1.dictionary import identifiers
from unison_domain.codes.gs1.element_strings import Element

_MEASURES = tuple(str(number) for number in (*range(310, 317), *range(320, 338), *range(340, 358), *range(360, 370)))
_DATE_CHECKS = frozenset({"yymmd0", "yymmdd"})


def amount_of(element: Element) -> Decimal | None:
    """The amount of a measure (31nn to 36nn), whose last digit of the identifier says how many decimals it has."""
    if not element.ai.startswith(_MEASURES):
        return None
    return Decimal(element.value).scaleb(-int(element.ai[-1]))


def day_of(element: Element, today: date) -> date | None:
    """The day of a date of six digits; day 00 is the last of its month.

    A year is within 49 years before and 50 after `today`.
    """
    identifier = identifiers().get(element.ai)
    if identifier is None or len(element.value) != 6 or not _DATE_CHECKS & set(identifier.components[0].checks):
        return None
    year, month, day = (int(element.value[place : place + 2]) for place in (0, 2, 4))
    whole = today.year + (year - today.year + 49) % 100 - 49
    return date(whole, month, day or monthrange(whole, month)[1])


def shown(element: Element, today: date) -> str:
    """The value as people read it: 0.125, 2025-12-31, or as it is."""
    amount = amount_of(element)
    if amount is not None:
        return f"{amount:f}"
    day = day_of(element, today)
    return element.value if day is None else day.isoformat()
