"""What somebody is called where a table or a sentence tells who it was."""

from __future__ import annotations

from unison_desktop.kernel.texts import _

MARK_EXPLAINED = _("? before a name: only the list at the station said who it is, the server was not asked")


def person_text(name: str | None, is_verified: bool | None) -> str:
    """The name; of an account that only the list at a station names, that nobody verified it. Empty for nobody."""
    if name and is_verified is False:
        return _("{name} (not verified)").format(name=name)
    return name or ""


def person_cell(name: str | None, is_verified: bool | None) -> str:
    """The same in a table, with a mark in front that no narrow column cuts off."""
    text = person_text(name, is_verified)
    return f"? {text}" if text and is_verified is False else text


def with_confirmer(text: str, confirmed_by: str | None) -> str:
    """Who did it, and who confirmed at the station that it overrides another's word or the machine's own."""
    if not confirmed_by:
        return text
    if not text:
        return _("confirmed by {name}").format(name=confirmed_by)
    return _("{person}, confirmed by {name}").format(person=text, name=confirmed_by)
