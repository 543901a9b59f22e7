"""Catalogues of texts: the .po files of gettext as they lie there, a folder for each language, a file for each room."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "languages"
WITHIN = "\x04"
"""Between a context and its text, as in gettext's own compiled catalogues."""

_LINE = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_STRING = rf"{_LINE}(?:\n{_LINE})*"
_ENTRY = re.compile(rf"^(?:msgctxt ({_STRING})\n)?msgid ({_STRING})\nmsgstr ({_STRING})$", re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t"}


def languages() -> list[str]:
    """The languages there is a catalogue of, e.g. `de`."""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()) if FOLDER.is_dir() else []


def read_catalogue(language: str) -> dict[str, str]:
    """Texts by their English one, behind its context where it has one; empty where there is no such catalogue.

    A text nobody translated yet is left out; so is the head of each file.
    """
    known: dict[str, str] = {}
    for file in sorted((FOLDER / language).glob("*.po")):
        known.update(read_entries(file.read_text(encoding="utf-8")))
    return known


def read_entries(po: str) -> dict[str, str]:
    """The translated texts of one file."""
    return {
        (f"{_plain(context)}{WITHIN}" if context else "") + _plain(english): _plain(said)
        for context, english, said in _ENTRY.findall(po)
        if english != '""' and said != '""'
    }


def _plain(quoted: str) -> str:
    """What stands between the quotes, of one line or several."""
    text = quoted[1:-1]
    if "\n" in text:
        text = text.replace('"\n"', "")
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), text) if "\\" in text else text
