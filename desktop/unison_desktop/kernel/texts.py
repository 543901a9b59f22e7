"""The one door for texts that people read: English in the source, other languages in `languages/`.

Modules make texts while they are imported, so the language is chosen before, and holds until the program ends.
"""

from __future__ import annotations

from unison_desktop.kernel.catalogue import WITHIN, languages, read_catalogue

ENGLISH = "en"
_known: dict[str, str] = {}
_language = ENGLISH


def _(text: str) -> str:
    """The text in the language of the program; in English where nobody wrote it in that one."""
    return _known.get(text, text)


def pgettext(context: str, text: str) -> str:
    """The same for a text that means one thing here and another elsewhere; the context tells translators which."""
    return _known.get(f"{context}{WITHIN}{text}", text)


def speak(wanted: str) -> None:
    """Have texts in the language there is for this one, from now on."""
    global _language
    _language = language_for(wanted)
    _known.clear()
    _known.update(read_catalogue(_language))


def spoken() -> str:
    """The language texts are in, e.g. `de`."""
    return _language


def language_for(wanted: str) -> str:
    """The language texts are in where this one is wanted, e.g. `de` for `de-AT`; English where there are none in it."""
    primary = wanted.replace("_", "-").partition("-")[0]
    return primary if primary in languages() else ENGLISH
