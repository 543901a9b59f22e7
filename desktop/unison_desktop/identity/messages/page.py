"""The page of messages: which mails went out to people, and why others did not."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget
from unison_domain.identity.message_contracts import MessageAnswer, MessageState

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look, Theme
from unison_desktop.identity import calls
from unison_desktop.identity.messages.words import KINDS, STATES, message_hint, message_icon
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.message"
_UNSENT = (MessageState.FAILED, MessageState.EXPIRED)


class MessagesPage(Page):
    """A table of all mails, without what they say."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[MessageAnswer] = []
        self.table = Table(
            _columns(desk.theme),
            _id,
            desk.theme,
            title=_("Mails to people"),
            nothing=_("No mail was written yet: invitations and links to new passwords make some."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "identity.messages")
        desk.theme.changed.connect(self._show)
        self.set_content(self.table)
        PrintCommands(self, self._paper)
        self.set_title(_("Mails to people"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("People"), Place("people"))] if self.desk.session.may("identity.user.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        self.ask(calls.messages(self.desk.session.client, owner=self), self._show_messages)

    def save_layout(self) -> None:
        self.table.save_layout()

    def _show_messages(self, known: list[MessageAnswer]) -> None:
        self._known = known
        self._show()

    def _show(self) -> None:
        self.table.set_rows(self._known)
        unsent = sum(one.state in _UNSENT for one in self._known)
        refused = sum(one.state is MessageState.WAITING and bool(one.error) for one in self._known)
        told = [
            _("{n} could not be sent").format(n=unsent) if unsent else "",
            _("{n} not sent yet, tried again").format(n=refused) if refused else "",
            _("the newest {n}").format(n=calls.NEWEST) if len(self._known) >= calls.NEWEST else "",
        ]
        self.set_title(
            _("Mails to people"), ", ".join(filter(None, told)) or _("Invitations and links to new passwords")
        )

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Mails to people"), (self.head.subtitle,), (PrintedTable(self.table),), look)


class _Mark:
    """Marks what became of a message."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, one: MessageAnswer) -> QIcon:
        return message_icon(self._theme, one.state, one.error)


def _columns(theme: Theme) -> tuple[Column[MessageAnswer], ...]:
    return (
        Column("written", _("Written"), lambda one: own_time(one.created_at), width=18),
        Column("kind", _("What it is"), lambda one: KINDS[one.kind], width=25),
        Column("recipient", pgettext("of a mail", "To"), lambda one: one.recipient, width=22, always_visible=True),
        Column("state", _("State"), lambda one: STATES[one.state], icon=_Mark(theme).icon, hint=_hint, width=17),
        Column(
            "error",
            _("Why it was not sent"),
            lambda one: one.error and worded(one.error),
            width=34,
            stretch=True,
            explain=_("What the mail server said to the last attempt, or why it was withdrawn"),
        ),
        Column("attempts", _("Attempts"), lambda one: one.attempts, align=Align.RIGHT, width=8),
        Column("sent", _("Sent"), lambda one: one.sent_at and own_time(one.sent_at), width=18, visible=False),
        Column(
            "expires",
            _("Link good until"),
            lambda one: own_time(one.expires_at),
            width=18,
            visible=False,
        ),
    )


def _hint(one: MessageAnswer) -> str:
    return message_hint(one.state, one.error)


def _id(one: MessageAnswer) -> UUID:
    return one.id
