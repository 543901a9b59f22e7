"""Element strings: application identifiers with their values, in a message or as printed in brackets.

Source: GS1 General Specifications 3 and 7.8; checks as in the GS1 Barcode Syntax Dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unison_domain.codes.gs1 import checks
from unison_domain.codes.gs1.dictionary import Component, Identifier, identifier_at, identifiers
from unison_domain.codes.gs1.fault import Fault

GS = "\x1d"
"""Separates a value whose length is not known from what follows: FNC1 as scanners send it."""

_BRACKETED = re.compile(r"\((\d{2,4})\)((?:\\\(|[^(])*)")
_SERIALIZED = {"253": 13, "255": 13, "8003": 14}
"""Keys that may bear a serial number after so many digits; only with it they name one thing."""
_SIGNATURE = "8030"


class Element(NamedTuple):
    """One application identifier with its value."""

    ai: str
    value: str

    @property
    def title(self) -> str:
        """Short name, e.g. `BATCH/LOT`; the identifier itself where it is unknown."""
        known = identifiers().get(self.ai)
        return known.title if known else self.ai


class UnreadableValue(Fault):
    """A value in a message does not fit its identifier.

    Attributes:
        read: elements before it.
        identifier: its own.
        value: up to the next separator, or all the rest.
        is_separated: a separator stands behind it.
    """

    def __init__(
        self, fault: Fault, read: Sequence[Element], identifier: Identifier, value: str, *, is_separated: bool
    ) -> None:
        super().__init__(fault.code, str(fault))
        self.read, self.identifier, self.value, self.is_separated = tuple(read), identifier, value, is_separated


def parse_message(message: str) -> list[Element]:
    """Elements of a message as scanned, without its leading FNC1; `GS` between them where needed.

    Raises:
        Fault: an identifier is unknown.
        UnreadableValue: a value has the wrong length, characters or content.
    """
    if not message:
        raise Fault("NO_AI_DATA", "there is no element string")
    elements: list[Element] = []
    rest = message
    while rest:
        identifier = identifier_at(rest)
        if identifier is None:
            raise Fault("UNKNOWN_AI", f"{_shown(rest)} begins with no application identifier")
        rest = rest[len(identifier.ai) :]
        until = rest.find(GS) if GS in rest else len(rest)
        if identifier.length_known:
            until = min(until, identifier.most)
        value, behind = rest[:until], rest[until:]
        rest = behind.removeprefix(GS)
        try:
            check_value(identifier, value)
        except Fault as fault:
            raise UnreadableValue(fault, elements, identifier, value, is_separated=behind.startswith(GS)) from None
        elements.append(Element(identifier.ai, value))
    return elements


def parse_bracketed(text: str, *, permit_unknown: bool = False) -> list[Element]:
    r"""Elements of a text as printed, `(01)09506000134352(10)ABC`; a bracket inside a value is written `\(`.

    Args:
        permit_unknown: identifiers nobody knows are taken with any value of set 82 up to 90 characters.

    Raises:
        Fault: as `parse_message`.
    """
    elements = []
    place = 0
    for matched in _BRACKETED.finditer(text):
        if matched.start() != place:
            break
        place = matched.end()
        element = Element(matched[1], matched[2].replace("\\(", "("))
        identifier = identifiers().get(element.ai)
        if identifier is not None:
            check_value(identifier, element.value)
        elif not permit_unknown:
            raise Fault("UNKNOWN_AI", f"({element.ai}) is no application identifier")
        elements.append(element)
    if place != len(text) or not elements:
        raise Fault("AI_PARSE_FAILED", f"{text[place:] or text!r} is not like (01)09506000134352(10)ABC")
    return elements


def to_message(elements: Iterable[Element]) -> str:
    """The message of these elements, without its leading FNC1."""
    message = separator = ""
    for ai, value in elements:
        message += separator + ai + value
        known = identifiers().get(ai)
        separator = "" if known is not None and known.length_known else GS
    return message


def to_bracketed(elements: Iterable[Element]) -> str:
    """As people read it."""
    return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in elements)


def check_value(identifier: Identifier, value: str) -> None:
    """Raises Fault where a value does not fit its identifier."""
    rest = value
    for component in identifier.components:
        if not rest and component.optional:
            break
        part, rest = rest[: component.most], rest[component.most :]
        _check_part(identifier, component, part)
    if rest:
        raise Fault(
            "AI_DATA_HAS_INCORRECT_LENGTH", f"({identifier.ai}) {value} is longer than {identifier.most} characters"
        )


def _check_part(identifier: Identifier, component: Component, part: str) -> None:
    if len(part) < component.least:
        raise Fault(
            "AI_DATA_HAS_INCORRECT_LENGTH", f"({identifier.ai}) {part!r} is shorter than {component.least} characters"
        )
    checks.characters(component.characters, part)
    for name in component.checks:
        checks.CHECKS[name](part)


def check_repeats(elements: Sequence[Element]) -> None:
    """Raises Fault where an identifier comes twice with different values."""
    first: dict[str, str] = {}
    for ai, value in elements:
        if first.setdefault(ai, value) != value:
            raise Fault("REPEATED_AI", f"({ai}) is there as {first[ai]} and as {value}")


def check_exclusions(elements: Sequence[Element]) -> None:
    """Raises Fault where two identifiers may not stand together."""
    present = {element.ai for element in elements}
    for ai in sorted(present):
        for other in sorted(present - {ai}):
            if any(_fits(other, pattern) for pattern in _excluded(ai)):
                raise Fault("INVALID_AI_PAIRS", f"({ai}) and ({other}) do not go together")


def check_requirements(elements: Sequence[Element]) -> None:
    """Raises Fault where an identifier lacks another that belongs to it."""
    present = {element.ai for element in elements}
    for ai in sorted(present):
        for alternatives in _required(ai):
            if not any(all(any(_fits(one, need) for one in present) for need in needs) for needs in alternatives):
                ways = " or ".join("+".join(f"({need})" for need in needs) for needs in alternatives)
                raise Fault("REQUIRED_AIS_NOT_SATISFIED", f"({ai}) needs {ways} beside it")


def check_signature(elements: Sequence[Element]) -> None:
    """Raises Fault where a digital signature stands with a key that names no single thing."""
    if all(element.ai != _SIGNATURE for element in elements):
        return
    for ai, value in elements:
        if ai in _SERIALIZED and len(value) <= _SERIALIZED[ai]:
            raise Fault("SERIAL_NOT_PRESENT", f"({_SIGNATURE}) needs a serial number in ({ai}) {value}")


def check_associations(elements: Sequence[Element]) -> None:
    """All rules about which elements go together. Raises Fault."""
    for check in (check_repeats, check_exclusions, check_requirements, check_signature):
        check(elements)


def _excluded(ai: str) -> tuple[str, ...]:
    identifier = identifiers().get(ai)
    return identifier.excluded if identifier else ()


def _required(ai: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    identifier = identifiers().get(ai)
    return identifier.required if identifier else ()


def _fits(ai: str, pattern: str) -> bool:
    return len(ai) == len(pattern) and all(sign in ("n", digit) for digit, sign in zip(ai, pattern, strict=True))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 20 else f"{text[:20]}…")
