"""Tags from a CSV file: what it would do is seen before anything is done."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.stations.contracts import StationAnswer
from unison_domain.stations.tag_csv import CsvChange, CsvError, CsvImport, CsvPreview

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_fields import FORCED_REASON
from unison_desktop.stations.reason_question import LEAST_REASON
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table

_LARGEST = 8_000_000
"""Characters, as the server takes them."""


def save_text(path: str, text: str, messages: Messages) -> None:
    """Write an exported file, and say so or why not."""
    target = Path(path) if Path(path).suffix.lower() == ".csv" else Path(f"{path}.csv")
    try:
        target.write_text(text, encoding="utf-8-sig", newline="")  # a spreadsheet takes it for UTF-8 only by its mark
    except OSError as error:
        reason = error.strerror or str(error)
        messages.say(_("{path} could not be written: {reason}").format(path=target, reason=reason), Tone.BAD)
        return
    messages.say(_("Saved as {path}.").format(path=target), Tone.GOOD)


class ImportDialog(QDialog):
    """Chooses a file, shows all that is wrong with it or all it would change, and does it when that is confirmed.

    Attributes:
        reason: why counters change in the middle of a run; asked where something that is there changes.

    Signals:
        imported: it was done.
    """

    imported = Signal()

    def __init__(self, desk: Desk, station: StationAnswer, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Import tags - Unison"))
        self.setMinimumSize(720, 440)
        self.resize(880, 560)
        self._desk, self._station = desk, station
        self._key = uuid4()
        self._text, self._seen = "", ""
        self.told = ToneLabel(desk.theme, self)
        self.errors = Table(
            _ERROR_COLUMNS, _error_id, desk.theme, title=_("Errors"), nothing=_("Nothing is wrong."), parent=self
        )
        self.changes = Table(_CHANGE_COLUMNS, _change_id, desk.theme, title=_("Changes"), nothing=_NOTHING, parent=self)
        self.choose = QPushButton(_("Choose the file…"), self)
        self.choose.clicked.connect(self._choose)
        self.reason = FORCED_REASON.make(self)
        self.reason.changed.connect(self._offer)
        self._why = self._reason_part()
        self.do = QPushButton(_("Import"), self)
        self.do.setProperty("role", "primary")
        self.do.setEnabled(False)
        self.do.clicked.connect(self._import)
        self._lay_out()
        self.told.say(
            _(
                "The columns are those of an export: export, change it in a spreadsheet, import it again. Scanners, "
                "gauges and cameras are not in it."
            )
        )
        self.changes.set_rows([])
        self.errors.hide()

    def read(self, path: Path) -> None:
        """Ask what this file would do; nothing is done."""
        try:
            raw = path.read_bytes()
            text = raw.decode("utf-8-sig")
        except OSError as error:
            self.told.say(
                _("{path} can't be read: {reason}").format(path=path, reason=error.strerror or error), Tone.BAD
            )
            return
        except UnicodeDecodeError:
            text = _("{path} is no UTF-8. In the spreadsheet, save it as “CSV UTF-8”.")
            self.told.say(text.format(path=path), Tone.BAD)
            return
        if len(text) > _LARGEST:
            self.told.say(_("{path} is larger than 8 MB: import it in parts.").format(path=path), Tone.BAD)
            return
        self._text = text
        self.told.say(_("Reading {path}…").format(path=path.name))
        self._preview()

    def _preview(self) -> None:
        self._key = uuid4()
        self.do.setEnabled(False)
        call = calls.preview_import(self._desk.session.client, self._station.id, self._text, owner=self)
        call.done.connect(self._show)
        call.failed.connect(self._on_failed)

    def _choose(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, _("Import tags"), "", _("CSV (*.csv *.txt)"))
        if chosen:
            self.read(Path(chosen))

    def _show(self, preview: CsvPreview) -> None:
        self._seen = preview.seen
        self.errors.set_rows(preview.errors)
        self.changes.set_rows(preview.changes)
        self.errors.setVisible(bool(preview.errors))
        self.changes.setVisible(not preview.errors)
        self._why.setVisible(not preview.errors and any(change.action == "update" for change in preview.changes))
        self._offer()
        if preview.errors:
            text = _("Errors: {n}. Nothing is imported until the file has none.")
            self.told.say(text.format(n=len(preview.errors)), Tone.BAD)
        elif preview.changes:
            text = _("Rows: {rows}, changes: {n}. Nothing is written yet.")
            self.told.say(text.format(rows=preview.rows, n=len(preview.changes)))
            self.do.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.told.say(_("Rows: {rows}, all as they are here already.").format(rows=preview.rows), Tone.GOOD)

    def _offer(self) -> None:
        """A reason that is too short to be one is asked for before anything is sent."""
        reason = self.reason.value()
        is_one = reason is None or len(reason) >= LEAST_REASON
        is_wanted = bool(self.changes.model.total) and not self.errors.model.total
        self.do.setEnabled(is_wanted and is_one)
        self.do.setToolTip("" if is_one else _("The reason is too short."))

    def _import(self) -> None:
        self.do.setEnabled(False)
        self.told.say(_("Importing…"))
        client, station = self._desk.session.client, self._station.id
        reason = None if self._why.isHidden() else self.reason.value()
        body = CsvImport(csv=self._text, seen=self._seen, forced_reason=reason)
        call = calls.import_tags(client, station, body, key=self._key, owner=self)
        call.done.connect(self._on_done)
        call.failed.connect(self._on_not_imported)

    def _on_done(self, preview: CsvPreview) -> None:
        text = _("Imported at {station}; changes: {n}.")
        self._desk.messages.say(text.format(n=len(preview.changes), station=self._station.name), Tone.GOOD)
        self.imported.emit()
        self.accept()

    def _on_not_imported(self, error: ApiError) -> None:
        if error.status == 409:  # what was agreed to is not what would be done now
            self._desk.messages.say(error.message, Tone.WARNING)
            self._preview()
            return
        self._on_failed(error)

    def _on_failed(self, error: ApiError) -> None:
        if error.is_temporary:
            self._offer()  # the same key: it is done once
        self.told.say(error.message, Tone.BAD)

    def _lay_out(self) -> None:
        heading = QLabel(_("Import tags of {station}").format(station=self._station.name), self)
        heading.setFont(self._desk.theme.font(Type.TITLE))
        cancel = QPushButton(_("Cancel"), self)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.choose)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.do)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        for widget in (heading, self.told):
            column.addWidget(widget)
        column.addWidget(self.errors, 1)
        column.addWidget(self.changes, 1)
        column.addWidget(self._why)
        column.addLayout(foot)

    def _reason_part(self) -> QWidget:
        part = QWidget(self)
        label = QLabel(FORCED_REASON.label, part)
        label.setBuddy(self.reason)
        self.reason.field.setAccessibleName(FORCED_REASON.label)
        help_ = QLabel(FORCED_REASON.help, part)
        help_.setProperty("role", "muted")
        help_.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.reason, 1)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(help_)
        part.hide()
        return part


_NOTHING = _("Nothing would change.")


def _error_id(error: CsvError) -> object:
    return error.row, error.column, error.message


def _change_id(change: CsvChange) -> object:
    return change.row, change.thing, change.name


_ACTIONS = {"create": _("is made"), "update": _("is changed")}
_THINGS = {"device": _("Device"), "tag": _("Tag")}
_ERROR_COLUMNS: tuple[Column[CsvError], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("column", _("Column"), lambda one: one.column, width=16),
    Column("message", _("What is wrong"), lambda one: one.message, width=60),
)
_CHANGE_COLUMNS: tuple[Column[CsvChange], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("thing", _("Thing"), lambda one: _THINGS.get(one.thing, one.thing), width=10),
    Column("name", _("Name"), lambda one: one.name, width=24),
    Column("action", _("What happens"), lambda one: _ACTIONS.get(one.action, one.action), width=14),
    Column("fields", _("Fields"), lambda one: ", ".join(one.fields), width=40),
)
