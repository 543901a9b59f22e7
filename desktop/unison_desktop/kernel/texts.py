"""The one door for texts that people read."""

from __future__ import annotations

import gettext

_CATALOGUE = gettext.NullTranslations()


def _(text: str) -> str:
    """The text in the language of the program; English until a catalogue is installed."""
    return _CATALOGUE.gettext(text)
