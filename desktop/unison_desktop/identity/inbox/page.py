"""The inbox: what happened that the person can do something about, newest first."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget
from unison_domain.identity.notification_contracts import NotificationAnswer, ReadAllAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.unread import TOPIC
from unison_desktop.identity import calls
from unison_desktop.identity.inbox.columns import inbox_columns, notification_id
from unison_desktop.identity.inbox.places import place_of
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.table import Table


class InboxPage(Page):
    """Opens what a notification is about, and marks it as read; needs no right.

    Attributes:
        table: the notifications. only_new: whether those that were read are left out.
    """

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[NotificationAnswer] = []
        self.table = Table(
            inbox_columns(desk.theme),
            notification_id,
            desk.theme,
            title=_("Inbox"),
            nothing=_("Nothing is here. What you can do something about is told here when it happens."),
            parent=self,
        )
        self.table.remember(desk.layout, "inbox")
        self.only_new = QCheckBox(_("New ones only"), self)
        self.only_new.clicked.connect(self.reload)
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.only_new, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.table, 1)
        self.set_content(content)
        self._read_all = self.add_command(
            "inbox.read_all", _("Mark all as read"), self._mark_all, icon="good", shortcuts="Ctrl+Shift+A"
        )
        self._read = self.add_command("inbox.read", _("Mark as read"), self._mark_chosen, shortcuts="Ctrl+R")
        self._open = self.add_command(
            "inbox.open", _("Open"), self._open_chosen, icon="forward", shortcuts="Ctrl+Return", primary=True
        )
        self.add_command("inbox.preferences", _("How I am told…"), self._go_to_preferences, in_head=False)
        ExportNotice(self.table, desk.messages)
        self.table.row_opened.connect(self._follow)
        self.table.selection_told.connect(self._allow)
        desk.session.events.link_changed.connect(self._allow)
        desk.theme.changed.connect(self._show_known)
        self._allow()
        self.set_title(_("Inbox"))

    def load(self) -> None:
        is_read = False if self.only_new.isChecked() else None
        self.ask(calls.inbox(self.desk.session.client, is_read, owner=self), self._show)

    def save_layout(self) -> None:
        self.table.save_layout()

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Open what it is about"), _("Enter, double click"))]

    def _show(self, known: list[NotificationAnswer]) -> None:
        self._known = known
        self._show_known()
        new = len(self._unread())
        parts = [_("1 new") if new == 1 else _("{n} new").format(n=new)]
        if len(known) >= calls.NEWEST:
            parts.append(_("the newest {n} are shown").format(n=calls.NEWEST))
        self.set_title(_("Inbox"), ", ".join(parts))
        self._allow()

    def _show_known(self) -> None:
        self.table.set_rows(self._known)

    def _unread(self) -> list[NotificationAnswer]:
        return [one for one in self._known if not one.is_read]

    def _chosen(self) -> list[NotificationAnswer]:
        ids = self.table.view.selected_ids()
        return [one for one in self._known if one.id in ids]

    def _allow(self) -> None:
        chosen, is_online = self._chosen(), self.desk.session.is_online
        away = "" if is_online else _("Not while the server is away.")
        new = any(not one.is_read for one in chosen)
        self._open.allow(len(chosen) == 1, _("Choose the one to open."))
        why = _("It was read already.") if chosen else _("Choose what you have read.")
        self._read.allow(is_online and new, away or why)
        self._read_all.allow(is_online and bool(self._unread()), away or _("Nothing new is here."))

    def _open_chosen(self) -> None:
        for one in self._chosen():
            self._follow(one)

    def _follow(self, one: NotificationAnswer) -> None:
        """Go where it leads; it is read then."""
        if not one.is_read and self.desk.session.is_online:
            self._mark(one.id)
        place = place_of(one)
        if place is None:
            self.desk.messages.say(f"{one.title}. {one.message}")
        else:
            self.go.emit(place)

    def _mark_chosen(self) -> None:
        for one in self._chosen():
            if not one.is_read:
                self._mark(one.id)

    def _mark(self, id_: UUID) -> None:
        # Owned by the session: the page may be gone before the answer, and it is marked all the same.
        call = calls.read_notification(self.desk.session.client, id_, owner=self.desk.session)
        call.done.connect(self._on_marked)
        call.failed.connect(self._on_failed)

    def _mark_all(self) -> None:
        newest = max(one.created_at for one in self._known)
        call = calls.read_notifications(self.desk.session.client, newest, owner=self)
        call.done.connect(self._on_all_marked)
        call.failed.connect(self._on_failed)

    def _on_marked(self, _one: NotificationAnswer) -> None:
        self._announce()

    def _on_all_marked(self, answer: ReadAllAnswer) -> None:
        self.desk.messages.say(_("{n} marked as read.").format(n=answer.marked), Tone.GOOD)
        self._announce()

    def _announce(self) -> None:
        self.desk.session.changes.announce(f"{TOPIC}.changed", None)

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)

    def _go_to_preferences(self) -> None:
        self.go.emit(Place("preferences"))
