"""Roles from a policy file of Casbin and to one: what a file would do is seen before anything is done."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from unison_domain.identity.role_policy import PolicyImport, RoleChange

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.identity import calls
from unison_desktop.identity.whole_files import WholeFileDialog, WholeFiles
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.rights import in_words
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.csv_import import Preview
from unison_desktop.tables.table import Table

IMPORT, READ = "identity.role.import", "identity.role.read"


class RoleImportDialog(WholeFileDialog):
    """Takes roles over from a policy file."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        changes = Table(_CHANGE_COLUMNS, _change_id, desk.theme, title=_("Changes"), nothing=_NOTHING, parent=parent)
        super().__init__(desk, _("Take roles over from a file"), _HINT, changes, parent)

    def ask(self) -> Call:
        return calls.preview_roles(self.desk.session.client, PolicyImport(file=self.file), owner=self)

    def send(self) -> Call:
        body = PolicyImport(file=self.file, seen=self.seen)
        return calls.import_roles(self.desk.session.client, body, key=self.key, owner=self)

    def done_text(self, preview: Preview) -> str:
        made = sum(change.action == "create" for change in preview.changes)
        text = _("Taken over: {made} new roles, {changed} changed.")
        return text.format(made=made, changed=len(preview.changes) - made)


class RoleFiles(WholeFiles):
    """The commands of files, of the page of roles."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, RoleImportDialog, calls.role_policy, _("Export roles"), "roles.csv")
        page.add_command("roles.import", _("Take over a Casbin policy…"), self.take_over, needs=IMPORT, in_head=False)
        page.add_command("roles.export", _("Export as a Casbin policy…"), self.export, needs=READ, in_head=False)


_HINT = _(
    "One line for each right a role gives: p, night_clerk, sites.plant, read. All lines of a role are all it gives; "
    "roles that are not in the file stay as they are, and those of the system can't be changed. Who has which role is "
    "taken over with people."
)
_NOTHING = _("Nothing would change.")
_ACTIONS = {"create": _("is made"), "update": _("is changed"), "reactivate": _("is back in use")}


def _change_id(change: RoleChange) -> object:
    return change.row


def _changes(one: RoleChange) -> str:
    """Rights given or taken, in words; the sign before each says which."""
    return ", ".join(f"{change[:1]} {in_words(change[1:])}" for change in one.changes)


_CHANGE_COLUMNS: tuple[Column[RoleChange], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("code", _("Code"), lambda one: one.code, width=24),
    Column("action", _("What happens"), lambda one: _ACTIONS.get(one.action, one.action), width=14),
    Column("changes", _("Changes"), _changes, width=60, stretch=True),
)
