"""People from a CSV file and to one: what a file would do is seen before anything is done."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from unison_domain.identity.people_csv import PeopleImport, PeopleImportProgress, PersonChange

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.identity import calls
from unison_desktop.identity.people.change_words import change_text
from unison_desktop.identity.people.import_progress import ImportProgress
from unison_desktop.identity.whole_files import WholeFileDialog, WholeFiles
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.csv_import import Preview
from unison_desktop.tables.table import Table

IMPORT, READ = "identity.user.import", "identity.user.read"


class PeopleImportDialog(WholeFileDialog):
    """Takes people over from a file; who closes it meanwhile takes that back."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        self._is_taking_over = False
        changes = Table(_CHANGE_COLUMNS, _change_id, desk.theme, title=_("Changes"), nothing=_NOTHING, parent=parent)
        super().__init__(desk, _("Take people over from a file"), _HINT, changes, parent)
        self._progress = ImportProgress(desk.session.client, self)
        self._progress.told.connect(self._show_progress)

    def ask(self) -> Call:
        body = PeopleImport(file=self.file, progress_id=self.key)
        call = calls.preview_people(self.desk.session.client, body, owner=self)
        self._progress.follow(call, self.key)
        return call

    def send(self) -> Call:
        body = PeopleImport(file=self.file, seen=self.seen, progress_id=self.key)
        call = calls.import_people(self.desk.session.client, body, key=self.key, owner=self)
        self._is_taking_over = True
        call.failed.connect(self._on_refused)
        self._progress.follow(call, self.key)
        return call

    def _show_progress(self, progress: PeopleImportProgress) -> None:
        self.under_way.setRange(0, progress.total)
        self.under_way.setValue(progress.done)
        how_far = {
            "done": progress.done,
            "total": progress.total,
            "percent": 100 * progress.done // max(progress.total, 1),
        }
        text = _TAKEN_OVER if self._is_taking_over else _LOOKED_AT
        self.told.say(text.format(**how_far))

    def under_way_text(self) -> str:
        return _("Changes: {n}. Thousands take minutes; Cancel takes all of them back.").format(
            n=self.changes.model.total
        )

    def reject(self) -> None:
        if self._is_taking_over:
            self.desk.messages.say(_CANCELLED, Tone.WARNING)
        super().reject()

    def _on_refused(self, _error: ApiError) -> None:
        self._is_taking_over = False

    def done_text(self, preview: Preview) -> str:
        made = sum(change.action == "create" for change in preview.changes)
        text = _("Taken over: {made} new people, {changed} changed.")
        return text.format(made=made, changed=len(preview.changes) - made)


class PeopleFiles(WholeFiles):
    """The commands of files, of the page of people.

    Attributes:
        commands: what can be done.
    """

    def __init__(self, page: Page) -> None:
        super().__init__(page, PeopleImportDialog, calls.people_csv, _("Export people"), "people.csv")
        self.commands: list[Command] = [
            page.add_command("people.import", _("Take over from CSV…"), self.take_over, needs=IMPORT, in_head=False),
            page.add_command("people.export", _("Export with rights…"), self.export, needs=READ, in_head=False),
        ]


_HINT = _(
    "One line a person, found again by username, employee_code or email. Other columns: full_name, phone, roles "
    "(planner | operator@KIEL | setter@KIEL/PRESS), plants (KIEL:rw | LYON), warehouses (RAW:rw*, the star is the "
    "default), badges (barcode:10017 | rfid:04A1B2C3), "
    "badges_end_at (2026-12-31, or today for a day badge), access_ends_at (2026-12-31). "
    "An empty cell leaves what is there, a dash empties it."
)
_CANCELLED = _("Cancelled: nothing of the file is taken over, unless all of it was already. The list shows it.")
_NOTHING = _("Nothing would change.")
_LOOKED_AT = _("Looked at: {done} of {total} rows ({percent} %). Nothing is written yet.")
_TAKEN_OVER = _("Taken over: {done} of {total} rows ({percent} %). Cancel takes all of them back.")
_ACTIONS = {"create": _("is made"), "update": _("is changed")}


def _change_id(change: PersonChange) -> object:
    return change.row


_CHANGE_COLUMNS: tuple[Column[PersonChange], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("name", _("Name"), lambda one: one.name, width=24),
    Column("action", _("What happens"), lambda one: _ACTIONS.get(one.action, one.action), width=14),
    Column("changes", _("Changes"), lambda one: ", ".join(map(change_text, one.changes)), width=60, stretch=True),
)
