"""Which application identifiers there are, what follows each, and which go together (`application_identifiers.txt`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

LONGEST_IDENTIFIER = 4

_COMPONENT = re.compile(r"(\[)?([NXYZ])(\.\.)?(\d+)\]?((?:,\w+)*)")


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a value: `least` to `most` characters of one set.

    Attributes:
        characters: `N` digits, `X`, `Y` or `Z` of sets 82, 39 or 64.
        checks: names in `checks.CHECKS`.
    """

    characters: str
    least: int
    most: int
    optional: bool
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identifier:
    """An application identifier.

    Attributes:
        title: short name as printed beside the value, e.g. `BATCH/LOT`.
        length_known: nothing has to separate its value from what follows.
        in_links: may be an attribute of a Digital Link.
        required: of each group one alternative has to be there, all identifiers of it.
        excluded: identifiers that may not be there; `n` stands for any digit.
        qualifiers: of a key of Digital Links, the alternatives of what may follow it in order; None for others.
    """

    ai: str
    title: str
    length_known: bool
    in_links: bool
    components: tuple[Component, ...]
    required: tuple[tuple[tuple[str, ...], ...], ...]
    excluded: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None

    @property
    def most(self) -> int:
        """Most characters of its value."""
        return sum(component.most for component in self.components)


@cache
def identifiers() -> dict[str, Identifier]:
    """All application identifiers by themselves."""
    text = resources.files(__package__).joinpath("application_identifiers.txt").read_text(encoding="utf-8")
    return {one.ai: one for line in text.splitlines() if not line.startswith("#") for one in _read(line)}


def identifier_at(text: str) -> Identifier | None:
    """The identifier a text begins with. None begins with another, so there is at most one."""
    known = identifiers()
    return next((known[text[:n]] for n in range(2, LONGEST_IDENTIFIER + 1) if text[:n] in known), None)


def _read(line: str) -> Iterator[Identifier]:
    span, flags, components, relations, title = line.split(" | ")
    first, _, last = span.partition("-")
    words = [] if relations == "-" else relations.split()
    for number in range(int(first), int(last or first) + 1):
        yield Identifier(
            ai=str(number).zfill(len(first)),
            title=title,
            length_known="*" in flags,
            in_links="?" in flags,
            components=tuple(_component(word) for word in components.split()),
            required=tuple(
                tuple(tuple(one.split("+")) for one in word[4:].split(",")) for word in words if word.startswith("req=")
            ),
            excluded=tuple(one for word in words if word.startswith("ex=") for one in word[3:].split(",")),
            qualifiers=next((_qualifiers(word) for word in words if word.startswith("dlpkey")), None),
        )


def _component(word: str) -> Component:
    matched = _COMPONENT.fullmatch(word)
    if matched is None:
        raise ValueError(f"component {word!r} of application_identifiers.txt is not readable")
    optional, characters, up_to, most, checks = matched.groups()
    return Component(
        characters,
        1 if up_to else int(most),
        int(most),
        optional is not None,
        tuple(checks.strip(",").split(",") if checks else ()),
    )


def _qualifiers(word: str) -> tuple[tuple[str, ...], ...]:
    _, _, alternatives = word.partition("=")
    return tuple(tuple(one.split(",")) for one in alternatives.split("|")) if alternatives else ()
