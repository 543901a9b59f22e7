"""The declaration of a table's columns, from which everything else about the table follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QLocale
from PySide6.QtGui import QIcon

from unison_desktop.kernel.moments import moment_text

Row = TypeVar("Row")

Value = str | int | float | Decimal | datetime | None
"""What a cell holds. A datetime carries the zone it is to be shown in."""


class Align(Enum):
    """Where a cell's text stands; numbers and durations stand right so that their digits line up."""

    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column.

    Attributes:
        key: stable name the layout is remembered by.
        value: what is sorted, compared and exported.
        text: what is shown and searched; by default the value in the user's locale.
        sort_key: order where the value itself has none, e.g. the rank of a state.
        width: in digits.
        always_visible: can't be hidden, because without it a row can't be told from another.
        visible: shown until the user decides otherwise.
        always_exported: in every file, shown or not, because rows leave for its sake.
        icon: beside the text; never instead of it.
        explain: tool tip of the heading, e.g. the unit.
        beside: what is seen after the text and is no part of it: not searched, copied, printed or exported.
        room: in digits, what `beside` needs now.
        hint: tool tip of the cell; by default what is seen.
        unit: of the exported value, told in the heading of the file.
        keeps_digits: a number is shown with all its decimals in a workbook, too: 0.120 is not 0.12.
        stretch: takes its share of the room that the others leave, and gives way where there is little,
            down to its `least`.
        least: in digits, how narrow it may get before the table scrolls; never narrower than its heading.
        yields: may get narrower even than that, so that a narrow window shows the whole table.
    """

    key: str
    title: str
    value: Callable[[Row], Value]
    text: Callable[[Row], str] | None = None
    sort_key: Callable[[Row], Any] | None = None
    align: Align = Align.LEFT
    width: int = 12
    always_visible: bool = False
    visible: bool = True
    always_exported: bool = False
    icon: Callable[[Row], QIcon] | None = None
    explain: str = ""
    beside: Callable[[Row], str] | None = None
    room: Callable[[], int] = int
    hint: Callable[[Row], str] | None = None
    unit: str = ""
    keeps_digits: bool = False
    stretch: bool = False
    least: int = 0
    yields: bool = False

    def shown(self, row: Row) -> str:
        """The cell's text."""
        return self.text(row) if self.text is not None else value_text(self.value(row))

    def seen(self, row: Row) -> str:
        """The cell's text and what stands beside it."""
        return self.shown(row) if self.beside is None else self.shown(row) + self.beside(row)

    @property
    def export_title(self) -> str:
        """The heading in a file, where nothing else tells the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def told(self, row: Row) -> str:
        """The cell's tool tip."""
        return self.hint(row) if self.hint is not None else self.seen(row)

    def order(self, row: Row) -> Any:
        """What the row is sorted by; None goes last whichever way it is sorted."""
        if self.sort_key is not None:
            return self.sort_key(row)
        match self.value(row):
            case str(text):
                return text.casefold()
            case datetime() as moment:
                return moment.timestamp()  # local times of one zone compare by their hands, repeated hour or not
            case value:
                return value


def value_text(value: Value) -> str:
    """A value in the user's locale; a moment as by `moment_text`."""
    match value:
        case None:
            return ""
        case datetime():
            return moment_text(value)
        case Decimal():
            return quantity_text(value)
        case int():
            return QLocale().toString(value)
        case float():
            return QLocale().toString(value, "f", 2)
    return value


def quantity_text(quantity: Decimal) -> str:
    """Every digit that counts and none that doesn't: 12.500000 is 12.5, in the user's locale."""
    digits = f"{quantity.normalize():f}"
    whole, _, fraction = digits.partition(".")
    locale = QLocale()
    grouped = locale.toString(int(whole))
    if whole.startswith("-") and int(whole) == 0:
        grouped = f"{locale.negativeSign()}{grouped}"
    return f"{grouped}{locale.decimalPoint()}{fraction}" if fraction else grouped
