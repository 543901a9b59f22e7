"""Why a contract refuses a value, in words for whoever typed it or wrote the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from unison_domain.kernel.contracts import CODE_PATTERN, MAIL_ADDRESS

_LONGEST_SHOWN = 40
_NUMBER = "must be a number, not {value}"
_WHOLE_NUMBER = "must be a whole number, not {value}"
_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is known to nobody: look at how it is spelled",
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "greater_than": "must be more than {gt}, not {value}",
    "greater_than_equal": "must be {ge} or more, not {value}",
    "less_than": "must be less than {lt}, not {value}",
    "less_than_equal": "must be {le} or less, not {value}",
    "int_parsing": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing_size": "has too many digits",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "bool_parsing": "must be true or false, not {value}",
    "bool_type": "must be true or false, not {value}",
    "uuid_parsing": "must be an id such as 018f3c5e-0000-7000-8000-000000000001",
    "enum": "must be {expected}, not {value}",
    "literal_error": "must be {expected}, not {value}",
}
"""By Pydantic's names for what is wrong. Only numbers and choices repeat the value: a text may be a secret."""
_FORMS: Mapping[str, str] = {
    CODE_PATTERN: "must not begin or end with a space",
    MAIL_ADDRESS: "must read name@example.com",
}


def form_in_words(pattern: str) -> str | None:
    """What a text of a form must be like, e.g. `must read name@example.com`; None of a form that has no words."""
    return _FORMS.get(pattern)


def refusals_of(error: ValidationError) -> list[tuple[str, str]]:
    """What is wrong: each place, e.g. `devices.0.port` or empty for the whole, with words such as `is missing`."""
    entries = error.errors(include_url=False)
    return [(".".join(map(str, entry["loc"])), _words(entry["type"], {**entry})) for entry in entries]


def _words(kind: str, entry: Mapping[str, Any]) -> str:
    told = {**entry.get("ctx", {}), "value": _shown(entry["input"])}
    if kind in ("string_too_short", "too_short") and entry["input"] in ("", (), []):
        return "must not be empty"
    if kind in ("too_short", "too_long"):
        return _length(kind, told)
    if kind == "string_pattern_mismatch":
        return form_in_words(told["pattern"]) or f"must be of the form {told['pattern']}"
    if kind in _WORDS:
        return _WORDS[kind].format_map(told)
    return str(entry["msg"]).removeprefix("Value error, ")


def _length(kind: str, told: Mapping[str, Any]) -> str:
    """Pydantic calls a text that a validator has read a value, and anything with members by what it is."""
    word, limit = ("least", told["min_length"]) if kind == "too_short" else ("most", told["max_length"])
    what = "character" if told["field_type"] == "Value" else "item"
    return f"must have at {word} {limit} {what}{'' if limit == 1 else 's'}, not {told['actual_length']}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
