"""Regular expressions people write: none may take for ever on a text it nearly fits, as `(a+)+!` does on a line of a.

While one is matched the whole program stands still, so a slow one can't be broken off.
"""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r"""\\.                         # an escaped character
      | \[\^?\]?(?:\\.|[^\]\\])*\]  # a class
      | (?P<verbose>\(\?[aiLmsu]*x)
      | (?P<repeated_group>\)(?:[*+]|\{))
      | (?P<repeat>[*+]|\{\d*,\d*\})""",
    re.VERBOSE | re.DOTALL,
)


def compiled(text: str) -> re.Pattern[str]:
    """Raises ValueError: it is no regular expression, or one beyond what is possible."""
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None


def demand_quick(text: str, most_repeats: int) -> str:
    """The pattern itself.

    Args:
        most_repeats: `*`, `+` and `{a,b}` of it: with each, the time it may take on a text grows by a power.

    Raises:
        ValueError: it may take for ever, and what to write instead.
    """
    found = [token.lastgroup for token in _TOKENS.finditer(text)]
    if "verbose" in found:
        raise ValueError(f"{text!r} has the flag x; leave it and the spaces out")
    if "repeated_group" in found:
        raise ValueError(f"{text!r} repeats a group, which can take hours to read; repeat single characters or classes")
    if found.count("repeat") > most_repeats:
        raise ValueError(
            f"{text!r} has {found.count('repeat')} repeats of open length, which can take hours to read; "
            f"write how many characters there are, e.g. \\d{{4}}, in all but {most_repeats}"
        )
    return text
