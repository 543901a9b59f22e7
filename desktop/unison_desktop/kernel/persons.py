"""What somebody is called where a table or a sentence tells who it was."""

from __future__ import annotations

from unison_desktop.kernel.texts import _


def person_text(name: str | None, is_verified: bool | None) -> str:
    """The name; of an account that only the list at a station names, that nobody verified it. Empty for nobody."""
    if name and is_verified is False:
        return _("{name} (not verified)").format(name=name)
    return name or ""
