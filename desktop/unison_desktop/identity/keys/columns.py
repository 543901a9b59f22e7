"""Columns of API keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.identity.api_key_contracts import ApiKeyAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.people.ends import end_and_left, end_text
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.rights import in_words, named
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column

_SOON = timedelta(days=14)


def key_columns(theme: Theme, now: Callable[[], datetime]) -> tuple[Column[ApiKeyAnswer], ...]:
    """The table of keys; how they stand is told by this clock."""
    standing = _Standing(theme, now)
    return (
        Column("name", _("Name"), lambda one: one.name, width=20, always_visible=True),
        Column("ending", _("Key"), lambda one: f"…{one.ending}", width=8, explain=_("Its last characters")),
        Column("state", _("State"), standing.text, icon=standing.icon, hint=standing.hint, width=16),
        Column("person", _("Acts for"), lambda one: one.user_name, width=16),
        Column("used", _("Last used"), _used, text=_used_text, width=18),
        Column("expires", _("Expires"), _expires, text=standing.until, hint=_expires_hint, width=26),
        Column("rate", _("Per minute"), lambda one: one.requests_per_minute, width=8, explain=_("Requests it may ask")),
        Column("scopes", _("Rights"), _scopes, hint=_scopes_lines, width=26, stretch=True),
        Column("made", _("Made"), lambda one: own_time(one.created_at), width=18, visible=False),
    )


def key_id(one: ApiKeyAnswer) -> UUID:
    """What a key is known by."""
    return one.id


class _Standing:
    """Whether a key lets anybody in."""

    def __init__(self, theme: Theme, now: Callable[[], datetime]) -> None:
        self._theme, self._now = theme, now

    def text(self, one: ApiKeyAnswer) -> str:
        if one.revoked_at is not None:
            return _("revoked")
        left = timedelta.max if one.expires_at is None else one.expires_at - self._now()
        if left <= timedelta(0):
            return _("expired")
        if not one.is_let_in:
            return _("owner has no access")
        if one.is_held_back:
            return _("no second factor")
        return _("expires soon") if left < _SOON else _("in use")

    def until(self, one: ApiKeyAnswer) -> str:
        if one.expires_at is None:
            return _("never")
        clock = own_time(one.expires_at).tzinfo
        assert clock is not None  # noqa: S101 - moments of the server have one
        is_over = one.revoked_at is not None
        return end_text(one.expires_at, clock) if is_over else end_and_left(one.expires_at, clock, self._now())

    def hint(self, one: ApiKeyAnswer) -> str:
        if not one.is_let_in:
            words = _("The access of {name} has ended: the key lets nobody in unless they get in again.")
            return words.format(name=one.user_name)
        if not one.is_held_back:
            return ""
        return _("A second factor is demanded of {name}: the key lets nobody in until they set one up.").format(
            name=one.user_name
        )

    def icon(self, one: ApiKeyAnswer) -> QIcon:
        is_over = one.expires_at is not None and one.expires_at <= self._now()
        if one.revoked_at is not None or is_over or not one.is_let_in:
            return self._theme.icon("close", self._theme.tone(Tone.IDLE).fill)
        if one.is_held_back or (one.expires_at is not None and one.expires_at - self._now() < _SOON):
            return self._theme.icon("warning", self._theme.tone(Tone.WARNING).fill)
        return self._theme.icon("good", self._theme.tone(Tone.GOOD).fill)


def _used(one: ApiKeyAnswer) -> datetime | None:
    return one.last_used_at and own_time(one.last_used_at)


def _used_text(one: ApiKeyAnswer) -> str:
    used = _used(one)
    return f"{used:%Y-%m-%d %H:%M}" if used else _("never")


def _expires(one: ApiKeyAnswer) -> datetime | None:
    return one.expires_at and own_time(one.expires_at)


def _expires_hint(one: ApiKeyAnswer) -> str:
    expires = _expires(one)
    return f"{expires:%Y-%m-%d %H:%M}" if expires else ""


def _scopes(one: ApiKeyAnswer) -> str:
    return ", ".join(map(in_words, one.scopes))


def _scopes_lines(one: ApiKeyAnswer) -> str:
    return "\n".join(map(named, one.scopes))
