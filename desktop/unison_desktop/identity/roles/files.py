"""Roles from a policy file of Casbin and to one: what a file would do is seen before anything is done."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget
from unison_domain.identity.role_policy import PolicyImport, RoleChange

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.identity import calls
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.csv_import import CsvImportDialog, Preview, save_text
from unison_desktop.tables.table import Table

IMPORT, READ = "identity.role.import", "identity.role.read"
_LARGEST = 2_900_000
"""Bytes, as the server takes them."""


class RoleImportDialog(CsvImportDialog):
    """Takes roles over from a policy file."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        self._file = b""
        changes = Table(_CHANGE_COLUMNS, _change_id, desk.theme, title=_("Changes"), nothing=_NOTHING, parent=parent)
        super().__init__(desk, _("Take roles over from a file"), _HINT, changes, parent)

    def take(self, path: Path, file: bytes) -> str:
        if len(file) > _LARGEST:
            return _("{path} is larger than 2.9 MB: take it over in parts.").format(path=path)
        self._file = b64encode(file)
        return ""

    def ask(self) -> Call:
        return calls.preview_roles(self.desk.session.client, PolicyImport(file=self._file), owner=self)

    def send(self) -> Call:
        body = PolicyImport(file=self._file, seen=self.seen)
        return calls.import_roles(self.desk.session.client, body, key=self.key, owner=self)

    def done_text(self, preview: Preview) -> str:
        made = sum(change.action == "create" for change in preview.changes)
        text = _("Taken over: {made} new roles, {changed} changed.")
        return text.format(made=made, changed=len(preview.changes) - made)


class RoleFiles(QObject):
    """The commands of files, of the page of roles."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        page.add_command("roles.import", _("Take over a Casbin policy…"), self._import, needs=IMPORT, in_head=False)
        page.add_command("roles.export", _("Export as a Casbin policy…"), self._export, needs=READ, in_head=False)

    def _import(self) -> None:
        dialog = RoleImportDialog(self._page.desk, self._page)
        dialog.imported.connect(self._page.reload)
        dialog.open()

    def _export(self) -> None:
        call = calls.role_policy(self._page.desk.session.client, owner=self)
        call.done.connect(self._save)
        call.failed.connect(self._on_failed)

    def _save(self, text: str) -> None:
        chosen, _kind = QFileDialog.getSaveFileName(self._page, _("Export roles"), "roles.csv", _("CSV (*.csv)"))
        if chosen:
            save_text(chosen, text, self._page.desk.messages)

    def _on_failed(self, error: ApiError) -> None:
        self._page.desk.messages.say(error.message, Tone.BAD)


_HINT = _(
    "One line for each right a role gives: p, night_clerk, sites.plant, read. All lines of a role are all it gives; "
    "roles that are not in the file stay as they are, and those of the system can't be changed. Who has which role is "
    "taken over with people."
)
_NOTHING = _("Nothing would change.")
_ACTIONS = {"create": _("is made"), "update": _("is changed"), "reactivate": _("is back in use")}


def _change_id(change: RoleChange) -> object:
    return change.row


_CHANGE_COLUMNS: tuple[Column[RoleChange], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("code", _("Code"), lambda one: one.code, width=24),
    Column("action", _("What happens"), lambda one: _ACTIONS.get(one.action, one.action), width=14),
    Column("changes", _("Changes"), lambda one: ", ".join(one.changes), width=60, stretch=True),
)
