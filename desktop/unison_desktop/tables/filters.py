"""Which rows of a table are wanted: a search over all columns and a condition per column. No widgets."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column

Row = TypeVar("Row")
Predicate = Callable[[Row], bool]

_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

CONDITION_HELP = _(
    "Text it contains; =text exactly; =one|other either; !text without; >10, <=10 compare numbers; 2..5 from to"
)


_OR = "|"


def one_of(values: Sequence[str]) -> str:
    """The condition that the text is one of these; none of them asks for nothing."""
    return f"={_OR.join(values)}" if values else ""


def ticked(condition: str, values: Sequence[str]) -> list[str]:
    """Which of these texts the condition names exactly."""
    if not condition.startswith("="):
        return []
    named = {one.strip().casefold() for one in condition[1:].split(_OR)} | {condition[1:].strip().casefold()}
    return [value for value in values if value.casefold() in named]


class BadConditionError(ValueError):
    """A condition that can't be read; says what is wrong with it."""


@dataclass(frozen=True)
class RowFilter(Generic[Row]):
    """`text`: words that must all occur in some column. `conditions`: by the column's key."""

    text: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not any(c.strip() for c in self.conditions.values())

    def predicate(self, columns: Sequence[Column[Row]]) -> Predicate[Row]:
        """The test a row must pass.

        Raises:
            BadConditionError: a comparison with something that is no number.
        """
        by_key = {column.key: column for column in columns}
        tests = [
            condition_test(by_key[key], wanted.strip())
            for key, wanted in self.conditions.items()
            if wanted.strip() and key in by_key
        ]
        if words := self.text.casefold().split():
            tests.append(lambda row: _has_words(row, words, columns))
        return lambda row: all(test(row) for test in tests)


def condition_test(column: Column[Row], wanted: str) -> Predicate[Row]:
    """The test of one column; see `CONDITION_HELP` for what can be written.

    Raises:
        BadConditionError: a comparison with something that is no number.
    """
    for sign, compare in _COMPARISONS.items():
        if wanted.startswith(sign):
            bound = _number(wanted.removeprefix(sign))
            return lambda row: (value := _numeric(column, row)) is not None and compare(value, bound)
    low, dots, high = wanted.partition("..")
    if dots and _is_number(low) and _is_number(high):
        first, last = _number(low), _number(high)
        return lambda row: (value := _numeric(column, row)) is not None and first <= value <= last
    folded = wanted.casefold()
    if folded.startswith("="):
        exact = {folded[1:].strip(), *(one.strip() for one in folded[1:].split(_OR))}
        return lambda row: column.shown(row).casefold() in exact
    if folded.startswith("!"):
        return lambda row: folded[1:].strip() not in column.shown(row).casefold()
    return lambda row: folded in column.shown(row).casefold()


def _has_words(row: Row, words: Sequence[str], columns: Sequence[Column[Row]]) -> bool:
    everything = "\n".join(column.shown(row) for column in columns).casefold()
    return all(word in everything for word in words)


def _numeric(column: Column[Row], row: Row) -> Decimal | None:
    value = column.value(row)
    return None if value is None or isinstance(value, str | datetime) else Decimal(value)


def _is_number(text: str) -> bool:
    try:
        _number(text)
    except BadConditionError:
        return False
    return True


def _number(text: str) -> Decimal:
    """Reads a point or a comma as the decimal sign: planners type both."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadConditionError(_("“{text}” is no number to compare with, e.g. >10").format(text=text.strip()))
    return number
