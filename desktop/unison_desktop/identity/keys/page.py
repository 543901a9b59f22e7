"""The page of API keys: which programs act for whom, and the end of it."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.identity.api_key_contracts import ApiKeyAnswer, ApiKeyMade

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity import calls
from unison_desktop.identity.keys.columns import key_columns, key_id
from unison_desktop.identity.keys.forms import KeyDialog, KeyMadeDialog
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.api_key"


class KeysPage(Page):
    """A table of all keys; their secrets are nowhere."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[ApiKeyAnswer] = []
        self.revoked = QCheckBox(_("Revoked ones too"), self)
        self.revoked.clicked.connect(self._show)
        self.head.add_widget(self.revoked)
        self.table = Table(
            key_columns(desk.theme, desk.session.clock.now),
            key_id,
            desk.theme,
            title=_("API keys"),
            nothing=_("There is no key: “New key…” makes one for a program that is to act for you."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "identity.api_keys")
        desk.theme.changed.connect(self._show)
        self.set_content(self.table)
        self.add_command("key.revoke", _("Revoke…"), self._ask_revoke, shortcuts="Del", needs=f"{TOPIC}.revoke")
        self.add_command(
            "key.new",
            _("New key…"),
            self._new,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{TOPIC}.create",
        )
        PrintCommands(self, self._paper)
        self.set_title(_("API keys"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("People"), Place("people"))] if self.desk.session.may("identity.user.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        self.ask(calls.api_keys(self.desk.session.client, owner=self), self._show_keys)

    def save_layout(self) -> None:
        self.table.save_layout()

    def _show_keys(self, known: list[ApiKeyAnswer]) -> None:
        self._known = known
        self._show()

    def _show(self) -> None:
        live = [one for one in self._known if one.revoked_at is None]
        self.table.set_rows(self._known if self.revoked.isChecked() else live)
        about = _("Programs that act for people, each within its rights")
        if gone := len(self._known) - len(live):
            about = _("{about}; {n} revoked").format(about=about, n=gone)
        self.set_title(_("API keys"), about)

    def _new(self) -> None:
        dialog = KeyDialog(self.desk, self)
        dialog.saved.connect(self._on_made)
        dialog.open()

    def _on_made(self, made: ApiKeyMade) -> None:
        KeyMadeDialog(self.desk, made, self).open()
        self.desk.session.changes.announce(f"{TOPIC}.created", [made.id])

    def _ask_revoke(self) -> None:
        ids = self.table.view.selected_ids()
        chosen = next((one for one in self._known if [one.id] == ids and one.revoked_at is None), None)
        if chosen is None:
            self.desk.messages.say(_("Choose one key that is not revoked."))
            return
        asks = _("Revoke {name} (…{ending})?").format(name=chosen.name, ending=chosen.ending)
        explains = _("The program that uses it is refused from now on. There is no way back but a new key.")
        question = Question(chosen, self.desk.theme, self, asks=asks, explains=explains, yes=_("Revoke"))
        question.confirmed.connect(self._revoke)
        question.open()

    def _revoke(self, chosen: ApiKeyAnswer) -> None:
        call = calls.revoke_api_key(self.desk.session.client, chosen.id, owner=self)
        call.done.connect(self._on_revoked)
        call.failed.connect(self._on_failed)

    def _on_revoked(self, one: ApiKeyAnswer) -> None:
        self.desk.messages.say(_("{name} is revoked.").format(name=one.name), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.revoked", [one.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("API keys"), (self.head.subtitle,), (PrintedTable(self.table),), look)
