"""Regular expressions people write: none may take for ever on a text it nearly fits, as `(a+)+!` does on a line of a.

While one is matched the whole program stands still, so a slow one can't be broken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import comb, prod

MOST_WAYS = 30_000_000
"""Ways a text can be laid over a pattern; all of them are tried before it is known not to fit, at some 20 ns each."""
MOST_CHOICES = 4_096
"""Ways by optional parts, alternatives and short ranges alone (`?`, `|`, `{1,3}`), which take several times as long."""

_TOKENS = re.compile(
    r"""(?P<open>(?:[*+]|\{\d*,\})[?+]?|\\[1-9]|\(\?P=)  # a backreference may compare as much as a repeat
      | \\.                         # an escaped character
      | \[\^?\]?(?:\\.|[^\]\\])*\]  # a class
      | (?P<verbose>\(\?[aiLmsu]*x)
      | (?P<comment>\(\?\#)
      | \(\?                        # what a group is, not how often
      | (?P<repeated_group>\)(?:[*+]|\{))
      | \{\d+\}[?+]?
      | (?P<range>\{(?P<least>\d*),(?P<most>\d+)\}[?+]?)
      | (?P<choice>\?[?+]?|\|)""",
    re.VERBOSE | re.DOTALL,
)


def compiled(text: str) -> re.Pattern[str]:
    """Raises ValueError: it is no regular expression, or one beyond what is possible."""
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"“{text}” is no regular expression: {error}") from None


def demand_quick(text: str, longest: int) -> str:
    """The pattern itself.

    Args:
        longest: characters of the longest text it is tried on.

    Raises:
        ValueError: it may take for ever, and what to write instead.
    """
    tokens = list(_TOKENS.finditer(text))
    found = [token.lastgroup for token in tokens]
    if "verbose" in found:
        raise ValueError(f"“{text}” has the flag x; leave it and the spaces out")
    if "comment" in found:
        raise ValueError(f"“{text}” has a comment (?#…); leave it out")
    if "repeated_group" in found:
        raise ValueError(f"“{text}” repeats a group, which can take hours to read; repeat single characters or classes")
    repeats = found.count("open")
    choices = prod(_choices(tokens, longest))
    if choices > MOST_CHOICES or choices * comb(longest + repeats, repeats) > MOST_WAYS:
        raise ValueError(
            f"“{text}” can be laid over a text in too many ways, which can take hours to try; write how many "
            "characters there are, e.g. \\d{4}, instead of * and +, and fewer ? and |"
        )
    return text


def _choices(tokens: Iterable[re.Match[str]], longest: int) -> Iterable[int]:
    """Of each optional part, alternative or range how many ways there are to read it."""
    for token in tokens:
        if token["choice"]:
            yield 2
        elif token["range"]:
            yield min(int(token["most"]), longest) - min(int(token["least"] or 0), longest) + 1
