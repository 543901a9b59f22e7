"""GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax 1.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unison_domain.codes.gs1.dictionary import Identifier, identifiers
from unison_domain.codes.gs1.element_strings import Element, check_value
from unison_domain.codes.gs1.fault import Fault
from unison_domain.codes.percent import escaped, unescaped

_LINK = re.compile(
    r"(?:https?|HTTPS?)://(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?"
    r"(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:\#.*)?",
    re.DOTALL,
)
_FORBIDDEN = re.compile(r"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_GTIN = "01"
_SHORT_GTINS = (8, 12, 13)


def looks_like_link(text: str) -> bool:
    """Whether a text is an address whose path names a GS1 key, right or wrong."""
    matched = _LINK.fullmatch(text)
    return matched is not None and _key_at(matched["path"].strip("/").split("/")) is not None


def parse_link(uri: str, *, permit_short_gtin: bool = False) -> list[Element]:
    """Elements of a Digital Link: its key, the key's qualifiers in order, then attributes as they come.

    Args:
        permit_short_gtin: a GTIN-8, -12 or -13 is taken as the GTIN-14 it stands for.

    Raises:
        Fault: it is no Digital Link, or a value does not fit its identifier.
    """
    if _FORBIDDEN.search(uri) or _BROKEN_ESCAPE.search(uri):
        raise Fault("INVALID_URI", f"{uri!r} has characters that no address has")
    matched = _LINK.fullmatch(uri)
    if matched is None:
        raise Fault("INVALID_URI", f"{uri!r} is no http or https address")
    elements = _path(matched["path"].rstrip("/").split("/")[1:], permit_short_gtin)
    elements += _attributes(matched["query"] or "", permit_short_gtin)
    seen: set[str] = set()
    for element in elements:
        if element.ai in seen:
            raise Fault("DUPLICATE_AI", f"({element.ai}) is in the link twice")
        seen.add(element.ai)
    return elements


def to_link(elements: Sequence[Element], stem: str) -> str:
    """The Digital Link of these elements below `stem`, e.g. `https://example.com`; equal elements count once.

    Attributes of known length come first, as in element strings.

    Raises:
        Fault: no element is a key, or one may not be in a link of that key.
    """
    rest = list(dict.fromkeys(elements))
    key = next((element for element in rest if _is_key(element.ai)), None)
    if key is None:
        raise Fault("NO_KEY", "none of the elements is a key of Digital Links, such as a GTIN (01)")
    rest.remove(key)
    path = [key]
    present = {element.ai: element for element in rest}
    alternatives = identifiers()[key.ai].qualifiers or ()
    best = max(alternatives, key=lambda ais: sum(ai in present for ai in ais), default=())
    path += [present[ai] for ai in best if ai in present]
    attributes = [element for element in rest if element not in path]
    for element in attributes:
        _attribute(element.ai)
    attributes.sort(key=lambda element: not identifiers()[element.ai].length_known)
    query = "&".join(f"{ai}={escaped(value)}" for ai, value in attributes)
    steps = "".join(f"/{ai}/{escaped(value)}" for ai, value in path)
    return stem.rstrip("/") + steps + (f"?{query}" if query else "")


def _path(steps: list[str], permit_short_gtin: bool) -> list[Element]:
    start = _key_at(steps)
    if start is None:
        raise Fault("NO_KEY", "the path of the link names no GS1 key")
    pairs = list(zip(steps[start::2], steps[start + 1 :: 2], strict=True))
    names = tuple(ai for ai, _ in pairs)
    if not any(_in_order(names[1:], one) for one in identifiers()[names[0]].qualifiers or ((),)):
        raise Fault("INVALID_QUALIFIERS", f"({names[0]}) is not followed by {', '.join(f'({ai})' for ai in names[1:])}")
    return [_element(ai, value, permit_short_gtin) for ai, value in pairs]


def _key_at(steps: list[str]) -> int | None:
    """Where the last key stands that has a value and only pairs behind it."""
    places = range(len(steps) - 2, -1, -2)
    return next((place for place in places if _is_key(steps[place])), None)


def _attributes(query: str, permit_short_gtin: bool) -> list[Element]:
    elements = []
    for pair in query.split("&"):
        name, given, value = pair.partition("=")
        if given and name.isdecimal():
            _attribute(name)
            elements.append(_element(name, value.replace("+", " "), permit_short_gtin))
    return elements


def _attribute(ai: str) -> Identifier:
    identifier = identifiers().get(ai)
    if identifier is None:
        raise Fault("UNKNOWN_AI_NOT_DL_ATTR", f"({ai}) is no application identifier")
    if not identifier.in_links:
        raise Fault("INVALID_DL_ATTRIBUTE", f"({ai}) can't be an attribute of a Digital Link")
    return identifier


def _element(ai: str, written: str, permit_short_gtin: bool) -> Element:
    try:
        value = unescaped(written)
    except UnicodeDecodeError:
        raise Fault("INVALID_URI", f"({ai}) {written} is not text") from None
    if permit_short_gtin and ai == _GTIN and len(value) in _SHORT_GTINS:
        value = value.zfill(14)
    check_value(identifiers()[ai], value)
    return Element(ai, value)


def _is_key(ai: str) -> bool:
    identifier = identifiers().get(ai)
    return identifier is not None and identifier.qualifiers is not None


def _in_order(names: tuple[str, ...], allowed: tuple[str, ...]) -> bool:
    remaining = iter(allowed)
    return all(name in remaining for name in names)
