"""Why a contract refuses what was typed, in words that say the value and the way out."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import ErrorDetails
from unison_domain.kernel.refusals import form_in_words

from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.refusals.values import shown_value
from unison_desktop.kernel.texts import _

_LONGEST_SHOWN = 40
_WORDS: Mapping[str, str] = {
    "string_pattern_mismatch": _("{value} is not of the form {pattern}: type it so."),
    "string_too_short": _("{value} is too short: type at least {min_length} characters."),
    "string_too_long": _("{value} is too long: at most {max_length} characters fit."),
    "string_type": _("{value} is no text: type one."),
    "greater_than": _("{value} is too small: it must be more than {gt}."),
    "greater_than_equal": _("{value} is too small: it must be {ge} or more."),
    "less_than": _("{value} is too large: it must be less than {lt}."),
    "less_than_equal": _("{value} is too large: it must be {le} or less."),
    "int_parsing": _("{value} is no whole number: type digits alone, such as 12."),
    "int_type": _("{value} is no whole number: type digits alone, such as 12."),
    "int_from_float": _("{value} is no whole number: leave its decimals out."),
    "int_parsing_size": _("{value} has too many digits: type a smaller number."),
    "float_parsing": _("{value} is no number: type one such as 12.5."),
    "float_type": _("{value} is no number: type one such as 12.5."),
    "decimal_parsing": _("{value} is no number: type one such as 12.5."),
    "decimal_type": _("{value} is no number: type one such as 12.5."),
    "decimal_max_digits": _("{value} has too many digits: at most {max_digits} fit."),
    "decimal_max_places": _("{value} has too many decimals: at most {decimal_places} fit."),
    "decimal_whole_digits": _("{value} is too large: at most {whole_digits} digits fit before the point."),
    "finite_number": _("{value} is no number that can be reckoned with: type one such as 12.5."),
    "bool_parsing": _("{value} is neither yes nor no: choose one."),
    "uuid_parsing": _("{value} is none of those there are: choose one."),
    "enum": _("{value} is none of those there are: choose {expected}."),
    "literal_error": _("{value} is none of those there are: choose {expected}."),
    "too_short": _("Too few are given: at least {min_length} are needed."),
    "too_long": _("Too many are given: at most {max_length} fit."),
    "date_from_datetime_parsing": _("{value} is no day: type one such as 2026-03-31."),
    "datetime_from_date_parsing": _("{value} is no time: type one such as 2026-03-31 06:00."),
}


def words_of(error: ErrorDetails) -> str:
    """What is wrong with the value of one field; a rule of ours says it itself."""
    if error["loc"] and error["input"] is None:
        return _("This is needed.")
    words = _WORDS.get(error["type"])
    if words is None:
        return worded(error["msg"])
    if error["input"] == "":
        return _("This is needed.")
    told = {**error.get("ctx", {}), "value": error["input"]}
    form = form_in_words(told["pattern"]) if "pattern" in told else None
    if form is not None:
        return worded(form)
    return words.format_map({name: _shown(value) for name, value in told.items()})


def _shown(value: object) -> str:
    text = shown_value(str(value).removesuffix(".0"))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
