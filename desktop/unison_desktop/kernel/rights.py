"""Rights as people read them: in words of their language, with the code behind."""

from __future__ import annotations

from unison_domain.identity.languages import Written, written_for
from unison_domain.identity.right_words import right_named, right_words, room_words

from unison_desktop.kernel.texts import spoken


def named(permission: str) -> str:
    """The right in quotation marks and its code, e.g. `“see machines” (machines.machine.read)`."""
    return right_named(permission, _language())


def in_words(permission: str) -> str:
    """The right in words alone."""
    return right_words(permission, _language())


def room_in_words(permission: str) -> str:
    """What the room of the right is called."""
    return room_words(permission, _language())


def _language() -> Written:
    return written_for(spoken(), Written.ENGLISH)
