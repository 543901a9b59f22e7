"""Values that stand in sentences of server and agents: numbers and times as this person writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import partial

from PySide6.QtCore import QLocale
from unison_domain.kernel.decimal_sign import with_decimal_sign

from unison_desktop.kernel.moments import moment_text, zoned_text
from unison_desktop.kernel.own_clock import own_time

_WRITTEN = r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?P<second>:\d\d)?(?:\.\d+)?"
_MOMENT = re.compile(
    _WRITTEN + r"(?P<zone>\+\d\d:\d\d(?: UTC)?|Z| UTC|(?= (?:to|bis) \d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC))(?![\w:])"
)
"""Of two in `from … to … UTC` the zone stands after the second alone."""


def shown_value(value: str) -> str:
    """A value with the decimal sign of the locale, where it is a number."""
    return with_decimal_sign(value, QLocale().decimalPoint())


def with_own_clock(sentence: str, clock: tzinfo | None = None) -> str:
    """The sentence with its moments by this person's clock; those before or after all calendars stay.

    By another `clock`, that of what stands beside it, they name the UTC offset wherever this PC shows another time.
    """
    return _MOMENT.sub(partial(_by_clock, clock), sentence)


def _by_clock(clock: tzinfo | None, found: re.Match[str]) -> str:
    text = found[0].removesuffix(" UTC").replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        local = moment.astimezone(clock) if clock else own_time(moment)
    except (ValueError, OverflowError, OSError):
        return found[0]
    form = "%Y-%m-%d %H:%M:%S" if found["second"] else "%Y-%m-%d %H:%M"
    return zoned_text(local, form) if clock else moment_text(local, form)
