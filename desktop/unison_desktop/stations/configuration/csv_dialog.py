"""Tags from a CSV file: what it would do is seen before anything is done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.kernel.csv_file import text_of
from unison_domain.stations.contracts import StationAnswer
from unison_domain.stations.tag_csv import CsvChange, CsvImport, CsvPreview
from unison_domain.stations.tag_csv_template import template

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.own_csv import own_dialect
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_fields import FORCED_REASON
from unison_desktop.stations.reason_question import LEAST_REASON
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.csv_import import CsvImportDialog, Preview, save_text
from unison_desktop.tables.table import Table

_LARGEST = 8_000_000
"""Characters, as the server takes them."""


class ImportDialog(CsvImportDialog):
    """Takes tags of one station from a file.

    Attributes:
        reason: why counters change in the middle of a run; asked where something that is there changes.
    """

    def __init__(self, desk: Desk, station: StationAnswer, parent: QWidget) -> None:
        self._station, self._text = station, ""
        self._doubts: dict[int, str] = {}
        columns = (*_CHANGE_COLUMNS[:_DOUBT], self._doubt_column(), *_CHANGE_COLUMNS[_DOUBT:])
        changes = Table(columns, _change_id, desk.theme, title=_("Changes"), nothing=_NOTHING, parent=parent)
        hint = _(
            "The columns are those of an export: export, change it in a spreadsheet, import it again. Or begin with a "
            "template; the guide “Devices and tags as a CSV file” lists what may stand in each column. Scanners, "
            "gauges and cameras are not in it."
        )
        super().__init__(desk, _("Import tags of {station}").format(station=station.name), hint, changes, parent)
        self.resize(1040, 560)
        self.template_button = QPushButton(_("Save a template…"), self)
        self.template_button.setToolTip(_("A file with all columns and two devices as examples"))
        self.template_button.clicked.connect(self._save_template)
        self.beside_choosing.addWidget(self.template_button)
        self.reason = FORCED_REASON.make(self)
        self.reason.changed.connect(self.offer)
        self._why = self._reason_part()
        self.add_below(self._why)

    def take(self, path: Path, file: bytes) -> str:
        try:
            self._text = text_of(file)
        except ValueError:
            text = _("{path} is neither UTF-8 nor Windows-1252. In the spreadsheet, save it as “CSV UTF-8”.")
            return text.format(path=path)
        if len(self._text) > _LARGEST:
            return _("{path} is larger than 8 MB: import it in parts.").format(path=path)
        return ""

    def ask(self) -> Call:
        return calls.preview_import(self.desk.session.client, self._station.id, self._text, owner=self)

    def send(self) -> Call:
        reason = None if self._why.isHidden() else self.reason.value()
        body = CsvImport(csv=self._text, seen=self.seen, forced_reason=reason)
        return calls.import_tags(self.desk.session.client, self._station.id, body, key=self.key, owner=self)

    def show_preview(self, preview: Preview) -> None:
        changes = any(change.action == "update" for change in preview.changes)
        self._why.setVisible(not preview.errors and changes)
        warnings = preview.warnings if isinstance(preview, CsvPreview) else []
        self._doubts = {one.row: worded(one.message) for one in warnings}
        super().show_preview(preview)
        self.changes.view.setColumnHidden(_DOUBT, not warnings)
        if warnings and not preview.errors:
            text = _("Rows: {rows}, changes: {n}. Nothing is written yet. To look at first, rows: {doubts}.")
            doubts = ", ".join(map(str, self._doubts))
            told = text.format(rows=preview.rows, n=len(preview.changes), doubts=doubts)
            self.told.say(told, Tone.WARNING)

    def why_not(self) -> str:
        """A reason that is too short to be one is asked for before anything is sent."""
        reason = self.reason.value()
        return "" if reason is None or len(reason) >= LEAST_REASON else _("The reason is too short.")

    def done_text(self, preview: Preview) -> str:
        text = _("Imported at {station}; changes: {n}.")
        return text.format(n=len(preview.changes), station=self._station.name)

    def _save_template(self) -> None:
        proposed = f"{_('Template of tags')}.csv"
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Save a template"), proposed, _("CSV (*.csv)"))
        if chosen:
            save_text(chosen, template(own_dialect()), self.desk.messages)

    def _doubt_column(self) -> Column[CsvChange]:
        return Column("doubt", _("Is it meant?"), self._doubt, width=44)

    def _doubt(self, one: CsvChange) -> str:
        return self._doubts.get(one.row, "") if one.thing == "tag" else ""

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


def _change_id(change: CsvChange) -> object:
    return change.row, change.thing, change.name


def _changed(one: CsvChange) -> str:
    """Each column with what stood in it and what will; a server of before tells the columns alone."""
    if not one.after:
        return ", ".join(one.fields)
    said = zip(one.fields, one.before, one.after, strict=True)
    return ", ".join(f"{field}: {before or _EMPTY} → {after or _EMPTY}" for field, before, after in said)


_EMPTY = _("empty")
_DOUBT = 5
"""The place of what warns of a row, among the columns."""
_ACTIONS = {"create": _("is made"), "update": _("is changed")}
_THINGS = {"device": _("Device"), "tag": _("Tag")}
_CHANGE_COLUMNS: tuple[Column[CsvChange], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("thing", _("Thing"), lambda one: _THINGS.get(one.thing, one.thing), width=10),
    Column("name", _("Name"), lambda one: one.name, width=16),
    Column("device", _("Device"), lambda one: one.device, width=14),
    Column("action", _("What happens"), lambda one: _ACTIONS.get(one.action, one.action), width=12),
    Column("fields", _("From → to"), _changed, width=44, stretch=True),
)
