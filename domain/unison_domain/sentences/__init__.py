"""Refusals and findings in the language of who reads them.

Server, domain and station agent make such sentences in English, where they find what is wrong, with names and values in
them; they travel to logs and over the network as they are. Here is what they are in other languages, found again by
their form: `{}` stands for a value, which may be such a sentence too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from unison_domain.identity.languages import Written, written_for
from unison_domain.identity.right_words import right_named
from unison_domain.kernel.sentence_forms import values_between
from unison_domain.sentences.german import CODE_PARTS, FIELDS, GERMAN, MADE, TABLES

ENGLISH = "en"
_APART = "; "
_SUBJECT = "\N{HORIZONTAL ELLIPSIS}"
_DEPTH = 4
"""So deep may sentences be values of one another."""
_RIGHT = re.compile(r"“[^”]+” \(([a-z_]+(?:\.[a-z_]+)+)\)")
"""A right as sentences name it: in words, with its code."""
_JOINT = re.compile(r"(, | and | or )")
_SENTENCES: Mapping[str, Mapping[str, str]] = {"de": GERMAN}
_FIELDS: Mapping[str, Mapping[str, str]] = {"de": FIELDS}
_TABLES: Mapping[str, Mapping[str, str]] = {"de": TABLES}
_MADE: Mapping[str, Mapping[str, str]] = {"de": MADE}
_CODE_PARTS: Mapping[str, Mapping[str, str]] = {"de": CODE_PARTS}
_NAMES = {language: {**_TABLES[language], **fields} for language, fields in _FIELDS.items()}
_JOINTS: Mapping[str, Mapping[str, str]] = {"de": {", ": ", ", " and ": " und ", " or ": " oder "}}

_INITIALS: Mapping[str, str] = {name: name.upper() for name in ("api", "lsl", "mfa", "pin", "qr", "usl")} | {
    "pins": "PINs"
}
"""Words that English names of fields and tables write in capitals."""

Show = Callable[[str], str]
"""How a value is written that is no sentence, e.g. a number."""


def in_language(sentence: str, language: str, show: Show = str, depth: int = _DEPTH) -> str:
    """The sentence in a language; as it is where nobody wrote it in that one.

    Of what is shown beside its subject, and so was cut off it, the subject is left out. Several that were joined are
    told one by one.
    """
    several = [translation(one, language, show, depth) for one in sentence.split(_APART)]
    if len(several) > 1 and None not in several:
        return _APART.join(filter(None, several))
    said = translation(sentence, language, show, depth)
    if said is not None:
        return said
    whole = translation(f"{_SUBJECT} {sentence}", language, show, depth)
    return sentence if whole is None or whole[:2] != f"{_SUBJECT} " else whole[2:]


def translation(sentence: str, language: str, show: Show = str, depth: int = _DEPTH) -> str | None:
    """The same; None where nobody wrote it in that language."""
    for parts, said in _FORMS.get(language, ()) if depth else ():
        values = values_between(sentence, parts)
        if values is not None:
            return said.format(*(_value(value, language, show, depth - 1) for value in values))
    return None


def field_name(name: str, language: str) -> str:
    """What people call a field of a contract or of a row, e.g. “Kennung” for `code`."""
    return _FIELDS.get(language, {}).get(name) or _plain(name)


def table_name(name: str, language: str) -> str:
    """What people call the rows of a table, e.g. “Lagerplätze” for `storage_locations`."""
    return _TABLES.get(language, {}).get(name) or _plain(name)


def made_name(name: str, language: str) -> str:
    """What the system calls a thing that it makes for an organization, e.g. “Rüsten” for the reason `Setup`."""
    return _MADE.get(language, {}).get(name, name)


def code_part(name: str, language: str) -> str:
    """What a part of a code is called, or a way to read one, e.g. “Charge” for `lot`; data titles of GS1 stay."""
    return _CODE_PARTS.get(language, {}).get(name, name)


def alternatives(ways: Sequence[str], language: str) -> str:
    """One or the other, in a line."""
    return ("," + _JOINTS.get(language, {}).get(" or ", " or ")).join(ways)


def _plain(name: str) -> str:
    words = " ".join(_INITIALS.get(word, word) for word in name.split("_") if word)
    return words[:1].upper() + words[1:]


def _value(value: str, language: str, show: Show, depth: int) -> str:
    if right := _RIGHT.fullmatch(value):
        return right_named(right[1], written_for(language, Written.ENGLISH))
    said = translation(value, language, show, depth)
    return _listed(value, language, show) if said is None else said


def _listed(value: str, language: str, show: Show) -> str:
    """One name of a field, or several that are joined; anything else as it is shown."""
    words = _NAMES.get(language, {})
    pieces = _JOINT.split(value)
    if all(piece in words for piece in pieces[::2]):
        joints = _JOINTS[language]
        return "".join(joints[piece] if number % 2 else words[piece] for number, piece in enumerate(pieces))
    return show(value)


def _forms(table: Mapping[str, str]) -> list[tuple[tuple[str, ...], str]]:
    """The most telling first."""
    forms = [(tuple(english.split("{}")), said) for english, said in table.items()]
    return sorted(forms, key=lambda form: -sum(map(len, form[0])))


_FORMS = {language: _forms(table) for language, table in _SENTENCES.items()}
