"""Columns of the inbox."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.identity.notification_contracts import NotificationAnswer, Priority

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.preferences.words import PRIORITIES
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.tables.columns import Column

_LOOKS = {
    Priority.URGENT: ("error", Tone.BAD),
    Priority.HIGH: ("warning", Tone.WARNING),
    Priority.NORMAL: ("info", Tone.INFO),
    Priority.LOW: ("info", Tone.IDLE),
}
_RANK = (*PRIORITIES, Priority.UNKNOWN)


def inbox_columns(theme: Theme) -> tuple[Column[NotificationAnswer], ...]:
    """The table of notifications; icons follow the theme, times are this person's."""
    marks = _Marks(theme)
    return (
        Column(
            "read",
            pgettext("of a message", "Read"),
            _read,
            icon=marks.unread,
            width=9,
            explain=_("Whether you marked it as read"),
        ),
        Column("at", _("When"), lambda one: own_time(one.occurred_at), width=20, always_visible=True),
        Column(
            "priority",
            _("Priority"),
            lambda one: PRIORITIES.get(one.priority, _("Not known")).lower(),
            sort_key=lambda one: _RANK.index(one.priority),
            icon=marks.priority,
            width=12,
        ),
        Column("title", _("What"), lambda one: one.title, width=34, always_visible=True),
        Column("message", _("Details"), lambda one: one.message, width=50, stretch=True),
        Column("came", _("Arrived"), lambda one: own_time(one.created_at), width=20, visible=False),
    )


def notification_id(one: NotificationAnswer) -> UUID:
    """What a notification is known by."""
    return one.id


class _Marks:
    """Draws what is unread, and how pressing it is."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def unread(self, one: NotificationAnswer) -> QIcon:
        return QIcon() if one.is_read else self._theme.icon("bell", "accent")

    def priority(self, one: NotificationAnswer) -> QIcon:
        icon, tone = _LOOKS.get(one.priority, ("info", Tone.IDLE))
        return self._theme.icon(icon, self._theme.tone(tone).fill)


def _read(one: NotificationAnswer) -> str:
    return _("read") if one.is_read else _("new")
