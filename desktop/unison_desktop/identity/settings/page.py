"""The page of settings: what holds in the organization, who said so, and what the server sets for all."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.identity.setting_contracts import SettingAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity.settings import calls
from unison_desktop.identity.settings.forms import SettingDialog
from unison_desktop.identity.settings.words import limits, meaning, name, source, value_of
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.setting"
_READ_SERVER = "platform.setting.read"
_ABOUT = _("What holds in our organization; each change is in the audit log")
_ABOUT_SERVER = _("What holds in every organization that sets nothing itself")


class SettingsPage(Page):
    """A table of all settings."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[SettingAnswer] = []
        self.of_server = QCheckBox(_("For the whole server"), self)
        self.of_server.setEnabled(desk.session.may(_READ_SERVER))
        self.of_server.setToolTip("" if desk.session.may(_READ_SERVER) else desk.session.lacks(_READ_SERVER))
        self.of_server.clicked.connect(self._switch)
        self.head.add_widget(self.of_server)
        self.table = Table(
            _COLUMNS, _key_of, desk.theme, title=_("Settings"), nothing=_("There is no setting."), parent=self
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "identity.settings")
        self.table.row_opened.connect(self._open)
        self.set_content(self.table)
        one = self.add_command
        one("settings.organizations", _("Organizations"), self._go_organizations, needs="identity.organization.read")
        one("setting.clear", _("Back to the default…"), self._ask_clear, shortcuts="Del", needs=f"{TOPIC}.update")
        one("setting.edit", _("Change…"), self._edit, shortcuts="F2", primary=True, needs=f"{TOPIC}.update")
        PrintCommands(self, self._paper)
        self._tell_title()

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        is_server = self.of_server.isChecked()
        self.ask(calls.settings(self.desk.session.client, of_server=is_server, owner=self), self._show)

    def save_layout(self) -> None:
        self.table.save_layout()

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Change a setting"), _("Enter"))]

    def _show(self, known: list[SettingAnswer]) -> None:
        self._known = known
        self.table.set_rows(known)

    def _switch(self) -> None:
        self._tell_title()
        self.table.show_loading()
        self.reload()

    def _tell_title(self) -> None:
        self.set_title(_("Settings"), _ABOUT_SERVER if self.of_server.isChecked() else _ABOUT)

    def _go_organizations(self) -> None:
        self.go.emit(Place("organizations"))

    # What is done.

    def _changeable(self) -> SettingAnswer | None:
        """The chosen one, where the person may change it; else it is said why not."""
        ids = self.table.view.selected_ids()
        chosen = next((one for one in self._known if [one.key] == ids), None)
        session = self.desk.session
        if chosen is None:
            self.desk.messages.say(_("Choose one setting first."))
        elif not session.may(chosen.needs):
            self.desk.messages.say(session.lacks(chosen.needs))
        elif chosen.needs.startswith("platform.") and not self.of_server.isChecked():
            words = _("{name} is read before it is known whose it is: “For the whole server” changes it.")
            self.desk.messages.say(words.format(name=name(chosen)))
        else:
            return chosen
        return None

    def _open(self, _one: SettingAnswer) -> None:
        self._edit()

    def _edit(self) -> None:
        if (chosen := self._changeable()) is not None:
            dialog = SettingDialog(self.desk, chosen, self, of_server=self.of_server.isChecked())
            dialog.saved.connect(self._on_saved)
            dialog.open()

    def _ask_clear(self) -> None:
        chosen = self._changeable()
        if chosen is None:
            return
        if chosen.own_value is None:
            words = _("{name} is not set here: {source} says {value}.")
            told = words.format(name=name(chosen), source=source(chosen), value=value_of(chosen, chosen.value))
            self.desk.messages.say(told)
            return
        is_server = self.of_server.isChecked()
        theirs = chosen.default if is_server or chosen.server_value is None else chosen.server_value
        asks = _("Set {name} back?").format(name=name(chosen))
        explains = _("It is {now} now, and will be {then}.").format(
            now=value_of(chosen, chosen.value), then=value_of(chosen, theirs)
        )
        question = Question(chosen, self.desk.theme, self, asks=asks, explains=explains, yes=_("Set back"))
        question.confirmed.connect(self._clear)
        question.open()

    def _clear(self, chosen: SettingAnswer) -> None:
        is_server = self.of_server.isChecked()
        call = calls.clear_setting(self.desk.session.client, chosen, of_server=is_server, owner=self)
        call.done.connect(self._on_saved)
        call.failed.connect(self._on_failed)

    def _on_saved(self, one: SettingAnswer) -> None:
        words = _("{name}: {value}").format(name=name(one), value=value_of(one, one.value))
        self.desk.messages.say(words, Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", None)

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Settings"), (self.head.subtitle,), (PrintedTable(self.table),), look)


def _key_of(one: SettingAnswer) -> str:
    return one.key


def _server_value(one: SettingAnswer) -> str:
    return value_of(one, one.server_value)


_COLUMNS: tuple[Column[SettingAnswer], ...] = (
    Column("name", _("Setting"), name, width=30, always_visible=True),
    Column("value", _("Holds"), lambda one: value_of(one, one.value), width=14),
    Column("source", _("Set by"), source, width=16),
    Column("server", _("The server's"), _server_value, width=12, explain=_("What the server sets for all")),
    Column("default", _("Unison's own"), lambda one: value_of(one, one.default), width=13),
    Column("limits", _("Possible"), limits, hint=limits, width=12),
    Column("changed", _("Set at"), lambda one: one.updated_at and own_time(one.updated_at), width=18, visible=False),
    Column("meaning", _("What it does"), meaning, hint=meaning, width=30, stretch=True),
    Column("key", _("Key"), lambda one: one.key, width=26, visible=False),
)
