"""People from a CSV file and to one: what a file would do is seen before anything is done."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget
from unison_domain.identity.people_csv import PeopleImport, PersonChange

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.identity import calls
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.csv_import import CsvImportDialog, Preview, save_text
from unison_desktop.tables.table import Table

IMPORT, READ = "identity.user.import", "identity.user.read"
_LARGEST = 2_900_000
"""Bytes, as the server takes them."""


class PeopleImportDialog(CsvImportDialog):
    """Takes people over from a file."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        self._file = b""
        changes = Table(_CHANGE_COLUMNS, _change_id, desk.theme, title=_("Changes"), nothing=_NOTHING, parent=parent)
        super().__init__(desk, _("Take people over from a file"), _HINT, changes, parent)

    def take(self, path: Path, file: bytes) -> str:
        if len(file) > _LARGEST:
            return _("{path} is larger than 2.9 MB: take it over in parts.").format(path=path)
        self._file = b64encode(file)
        return ""

    def ask(self) -> Call:
        return calls.preview_people(self.desk.session.client, PeopleImport(file=self._file), owner=self)

    def send(self) -> Call:
        body = PeopleImport(file=self._file, seen=self.seen)
        return calls.import_people(self.desk.session.client, body, key=self.key, owner=self)

    def done_text(self, preview: Preview) -> str:
        made = sum(change.action == "create" for change in preview.changes)
        text = _("Taken over: {made} new people, {changed} changed.")
        return text.format(made=made, changed=len(preview.changes) - made)


class PeopleFiles(QObject):
    """The commands of files, of the page of people.

    Attributes:
        commands: what can be done.
    """

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self.commands: list[Command] = [
            page.add_command("people.import", _("Take over from CSV…"), self._import, needs=IMPORT, in_head=False),
            page.add_command("people.export", _("Export with rights…"), self._export, needs=READ, in_head=False),
        ]

    def _import(self) -> None:
        dialog = PeopleImportDialog(self._page.desk, self._page)
        dialog.imported.connect(self._page.reload)
        dialog.open()

    def _export(self) -> None:
        call = calls.people_csv(self._page.desk.session.client, owner=self)
        call.done.connect(self._save)
        call.failed.connect(self._on_failed)

    def _save(self, text: str) -> None:
        chosen, _kind = QFileDialog.getSaveFileName(self._page, _("Export people"), "people.csv", _("CSV (*.csv)"))
        if chosen:
            save_text(chosen, text, self._page.desk.messages)

    def _on_failed(self, error: ApiError) -> None:
        self._page.desk.messages.say(error.message, Tone.BAD)


_HINT = _(
    "One line a person, found again by username, employee_code or email. Other columns: full_name, phone, roles "
    "(planner | operator@KIEL | setter@KIEL/PRESS), plants (KIEL:rw | LYON), warehouses (RAW:rw*, the star is the "
    "default), badges (barcode:10017 | rfid:04A1B2C3), "
    "badges_end_at (2026-12-31, or today for a day badge), access_ends_at (2026-12-31). "
    "An empty cell leaves what is there, a dash empties it."
)
_NOTHING = _("Nothing would change.")
_ACTIONS = {"create": _("is made"), "update": _("is changed")}


def _change_id(change: PersonChange) -> object:
    return change.row


_CHANGE_COLUMNS: tuple[Column[PersonChange], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("name", _("Name"), lambda one: one.name, width=24),
    Column("action", _("What happens"), lambda one: _ACTIONS.get(one.action, one.action), width=14),
    Column("changes", _("Changes"), lambda one: ", ".join(one.changes), width=60, stretch=True),
)
