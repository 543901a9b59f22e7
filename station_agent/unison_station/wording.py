"""What is told to people, in the same words on the local page and on the command line."""

from __future__ import annotations

from pydantic import ValidationError
from unison_domain.stations.readings import Value


def value_words(value: Value | None, unit: str | None) -> str:
    """E.g. `on`, `45.6 °C`, `WO-4711`; nothing when there is no value. Seven digits are what a float32 holds."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    number = f"{value:.7g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}" if unit else number


def problems_in(error: ValidationError) -> list[str]:
    """What is wrong with a document, each with its place in it, e.g. `devices.0.port: Input should be …`."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        f"{'.'.join(map(str, problem['loc'])) or 'document'}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in problems
    ]


def count_words(count: int, one: str, more: str | None = None) -> str:
    """E.g. `1 event`, `2 events`; `more` where the plural is not `one` with an s."""
    return f"{count} {one if count == 1 else more or one + 's'}"
