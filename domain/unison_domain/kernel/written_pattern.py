"""Regular expressions that people write, read by RE2: in time that grows with the text alone, whatever the pattern.

An engine that tries one way after another can be held for hours by `(a+)+!` on a line of a, and the whole program
with it. Syntax: https://github.com/google/re2/wiki/Syntax; `\\d`, `\\w` and `\\s` are ASCII.
"""

from __future__ import annotations

import re
from functools import lru_cache

import re2  # type: ignore[import-untyped]  # has no stubs

_TOKENS = re.compile(
    r"""\\Q.*?(?:\\E|$)
      | \\(?P<reference>[1-9])
      | (?P<end>\\Z)
      | \\.
      | \[\^?\]?(?:\\.|[^\]\\])*\]
      | (?P<around>\(\?<?[=!])
      | (?P<named_reference>\(\?P=)
      | (?P<comment>\(\?\#)
      | (?P<verbose>\(\?[aiLmsu]*x)
      | (?P<atomic>\(\?>|[*+?}]\+)
      | \(\?P?<(?P<group>\w+)>
      | (?P<from_none>\{,\d+\})
      | (?P<too_often>\{\d*,?\d{4,}\}|\{\d{4,},\d*\})""",
    re.VERBOSE | re.DOTALL,
)
_WAYS_OUT = {
    "around": "“{}” looks around itself ((?=…), (?!…), (?<=…), (?<!…)); write what stands there outside the groups",
    "reference": "“{}” refers back to a group (\\1 or (?P=…)); write the characters, or a group of its own",
    "named_reference": "“{}” refers back to a group (\\1 or (?P=…)); write the characters, or a group of its own",
    "atomic": "“{}” forbids steps back ((?>…), *+, ++); leave that out, nothing is tried twice here",
    "end": "“{}” has \\Z; leave it out, a pattern is of the whole text",
    "comment": "“{}” has a comment (?#…); leave it out",
    "verbose": "“{}” has the flag x; leave it and the spaces out",
    "too_often": "“{}” repeats more than 999 times, which is too often; write * or +",
    "from_none": "“{}” repeats from no number; write {0,3} for {,3}",
}
STORED = {"stored": True}
"""Context of a validation of what was stored: patterns that are refused by now are let through, and read nothing."""
_LARGEST = 1 << 20
"""Bytes a pattern may take: one of 500 characters with repeats of repeats would take many millions."""


class WrittenPattern:
    """A pattern of whole texts.

    Attributes:
        groups: names of its groups, in their order.
    """

    def __init__(self, text: str) -> None:
        """Raises ValueError: it is none, or one that can't be read in bounded time, with a way out."""
        tokens = list(_TOKENS.finditer(text))
        for token in tokens:
            if (kind := token.lastgroup) in _WAYS_OUT:
                raise ValueError(_WAYS_OUT[kind].replace("{}", text, 1))
        named = [token["group"] for token in tokens if token["group"]]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"“{text}” names two groups {twice}; give each a name of its own")
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _LARGEST
        try:
            self._pattern = re2.compile(text, options)
        except (re2.error, UnicodeError) as error:
            raise ValueError(f"“{text}” is no regular expression: {_words(error)}") from None
        names = self._pattern.groupindex
        self.groups = tuple(sorted(names, key=names.__getitem__))

    def read(self, text: str) -> dict[str, str | None] | None:
        """What the groups hold by their names, None for those left out; None where the text is not of the pattern."""
        try:
            matched = self._pattern.fullmatch(text)
        except UnicodeError:  # half a surrogate pair is no character
            return None
        return None if matched is None else {name: matched.group(name) for name in self.groups}


@lru_cache(256)
def written_pattern(text: str) -> WrittenPattern:
    """The pattern that a person wrote; of one text there is one.

    Raises:
        ValueError: as `WrittenPattern` does.
    """
    return WrittenPattern(text)


def _words(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode(errors="replace") if isinstance(told, bytes) else str(error)
