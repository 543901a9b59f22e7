"""The page of scans: what was scanned, newest first, and what a code is."""

from __future__ import annotations

from functools import partial
from typing import ClassVar
from uuid import UUID

from pydantic import ValidationError
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSplitter, QWidget
from unison_domain.codes.contracts import ScanAnswer, ScanLookup, ScanReading
from unison_domain.codes.events import LONGEST_SCAN
from unison_domain.kernel.contracts import Page as Listed
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.codes import calls
from unison_desktop.codes.columns import ScanRow, scan_columns
from unison_desktop.codes.keeping import KEEP, ScanKeeping, Where
from unison_desktop.codes.panel import TOPIC, CodePanel
from unison_desktop.codes.scope import ScanScope
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_button import CommandButton
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against, against_any
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.sites.calls import plants
from unison_desktop.stations.calls import stations
from unison_desktop.tables.newest_page import NewestPage
from unison_desktop.tables.table import Table

_ABOUT = "scans"
_LAST = 5
"""So many scans of a code are told beside what it is."""

PERSON_FIGURES = "sites.person.evaluate"
_PERIPHERALS, _STATIONS = "stations.peripheral.read", "stations.station.read"


class ScansPage(NewestPage):
    """A field to look codes up, the list, and all about one code."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._chosen: UUID | None = None
        self._looked_up: str | None = None
        self._looking_up: Call | None = None
        self.lookup = QLineEdit(self)
        self.lookup.setPlaceholderText(_("Scan or type a code: Enter shows what it is"))
        self.lookup.setAccessibleName(_("Look a code up"))
        self.lookup.setClearButtonEnabled(True)
        self.lookup.returnPressed.connect(self._look_up)
        self.scope: ScanScope = ScanScope(self)
        self.table = Table(
            scan_columns(desk.theme),
            _id,
            desk.theme,
            title=_("Scans"),
            nothing=_("Nothing was scanned in this time."),
            parent=self,
        )
        self.table.selection_told.connect(self._choose)
        self.panel = CodePanel(desk, self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        desk.theme.changed.connect(self.show_newest)
        self._keeping = ScanKeeping(desk, self)
        self._keeping.kept.connect(self._on_kept)
        keep = self.add_command(
            *("scans.keep", _("Keep as scan"), self._keep),
            shortcuts="Ctrl+Return",
            in_head=False,
            against=self._against_keep,
        )
        self.keep_button = CommandButton(keep, self)
        self.begin(calls.history, _ABOUT)
        self.scope.changed.connect(self.guard)
        self._lay_out()
        self.add_command("scans.alike", _("Scans of this code"), self._show_alike, shortcuts="F6")
        self.add_command("scans.refused", _("Refused values"), self._go_to_refused, shortcuts="F7", needs=_PERIPHERALS)
        self.add_command("scans.patterns", _("Item patterns…"), self._go_to_patterns)
        FileSaving(self, "scans", _("Scans"), calls.FILE, self.query)
        PrintCommands(self, self.paper)
        self.set_title(_("Scans"))

    def load(self) -> None:
        session = self.desk.session
        self.scope.let_ask_for_persons(session.may(PERSON_FIGURES), session.lacks(PERSON_FIGURES))
        self.ask(plants(session.client, owner=self), self.show_plants)
        if session.may(_STATIONS):
            self.ask(stations(session.client, owner=self), self.scope.show_stations)

    def show_plants(self, known: list[PlantAnswer]) -> None:
        self.panel.show_plants(known)
        super().show_plants(known)
        self.guard()

    def save_layout(self) -> None:
        super().save_layout()
        self.desk.layout.save_splitter(self._splitter, "codes.scans")

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        """A scanner that types needs no click before."""
        self.lookup.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (_("Show what a code is"), _("Scan or type it, Enter")),
            (_("Keep it as a scan of the plant or station above the list"), _("Scan or type it, Ctrl+Enter")),
            (_("List its scans, of all times"), _("F6, of what was looked up or is chosen")),
        ]

    def _go_to_refused(self) -> None:
        self.go.emit(Place("refused-values"))

    def show_newest(self) -> None:
        rows = [self._row(scan) for scan in self.newest]
        self.table.set_rows(rows)
        self._entitle()
        chosen = next((row for row in rows if row.scan.id == self._chosen), None)
        if chosen is not None:
            self.panel.show_scan(chosen)

    def _entitle(self) -> None:
        count, odd = len(self.newest), sum(bool(scan.reading.warnings) for scan in self.newest)
        counted = _("1 scan") if count == 1 else _("{n} scans").format(n=count)
        if count >= calls.NEWEST:
            counted = _("only the newest {n} scans of this time; export all to a file (Ctrl+E)").format(n=count)
        self.set_title(_("Scans"), ", ".join([counted, *([_("{n} with warnings").format(n=odd)] if odd else [])]))

    def _choose(self, ids: list[UUID]) -> None:
        if len(ids) != 1:
            return
        self._chosen, self._looked_up = ids[0], None
        for row in self.table.model.rows():
            if row.scan.id == self._chosen:
                self.panel.show_scan(row)

    def _look_up(self) -> None:
        code = self.lookup.text()
        if not code or self._is_too_long(code):
            return
        if self._looking_up is not None:
            self._looking_up.cancel()
        self._looking_up = calls.look_up(self.desk.session.client, code, owner=self)
        self._looking_up.done.connect(self._on_found)
        self._looking_up.failed.connect(self._on_not_found)
        self.lookup.selectAll()

    def _on_found(self, found: ScanLookup) -> None:
        self._leave_list()
        self.panel.show_lookup(found.reading, found.reference)
        self._find_last(found.reading)

    def _on_not_found(self, error: ApiError) -> None:
        self._leave_list()
        reading = _reading_of(error)
        if reading is None:
            self.panel.show_failure(error)
        else:
            self.panel.show_lookup(reading, None, error.message)
            self._find_last(reading)

    def _find_last(self, reading: ScanReading) -> None:
        self._looked_up = reading.text
        call = calls.last_of(self.desk.session.client, reading.text, _LAST, owner=self)
        call.done.connect(partial(self._on_last, reading.text))
        call.failed.connect(self._on_unlisted)

    def _on_last(self, code: str, found: Listed[ScanAnswer]) -> None:
        """Unless another code was looked up, or a scan was chosen, meanwhile."""
        if self._looked_up == code:
            self.panel.show_alike([self._row(one) for one in found.items])

    def _on_unlisted(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)

    def _keep(self) -> None:
        code, where = self.lookup.text(), self._where()
        if not code:
            self.desk.messages.say(_("Scan or type the code first."))
        elif where is None:
            self.desk.messages.say(_("Choose the plant or station where it was scanned."))
        elif not self._is_too_long(code):
            self._keeping.keep(code, where)

    def _is_too_long(self, code: str) -> bool:
        """Told where it is; nothing is cut off, as the rest might be another code."""
        if len(code) > LONGEST_SCAN:
            words = _(
                "This text is too long for a code ({length} characters of {most}): look at what the scanner sent."
            )
            told = QLocale().toString
            self.desk.messages.say(words.format(length=told(len(code)), most=told(LONGEST_SCAN)), Tone.BAD)
        return len(code) > LONGEST_SCAN

    def _against_keep(self) -> str:
        """By the plant where it would be kept; with none chosen, whether there is one at all."""
        where, session = self._where(), self.desk.session
        if where is None:
            return against_any(session, KEEP, list(self._plants.values()))
        plant_id = where.plant_id or (where.station_id and self.scope.plant_of(where.station_id))
        return against(session, KEEP, self._plants.get(plant_id) if plant_id else None)

    def _where(self) -> Where | None:
        """What is chosen above the list; the plant where there is only one."""
        plants, station_id = self.scope.plant, self.scope.station.currentData()
        if station_id is not None:
            return Where(None, station_id)
        has_one = plants.count() == 2  # beside all plants
        plant_id = plants.itemData(1) if has_one else plants.currentData()
        return None if plant_id is None else Where(plant_id, None)

    def _on_kept(self, scan: ScanAnswer) -> None:
        """It is chosen, so that it can be looked at and taken back; the next code may follow at once."""
        self._leave_list()
        self._chosen = scan.id
        self.panel.show_scan(self._row(scan))
        if self.lookup.text().endswith(scan.reading.text):
            self.lookup.selectAll()

    def _show_alike(self) -> None:
        chosen = next((scan.reading.text for scan in self.newest if scan.id == self._chosen), None)
        code = self._looked_up if chosen is None else chosen
        if code is None:
            self.desk.messages.say(_("Choose a scan, or look a code up."))
        else:
            self.scope.show_code(code)

    def _go_to_patterns(self) -> None:
        self.go.emit(Place("item-patterns"))

    def _leave_list(self) -> None:
        self._looking_up = self._chosen = self._looked_up = None
        self.table.view.clearSelection()

    def _row(self, scan: ScanAnswer) -> ScanRow:
        return ScanRow(scan, self.clock_of(scan.plant_id), self.head.zone)

    def _lay_out(self) -> None:
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.panel)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([680, 400])
        asking = QWidget(self)
        line = QHBoxLayout(asking)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.lookup, 1)
        line.addWidget(self.keep_button)
        self.stack(asking, self.scope, self._splitter, tall=self._splitter, layout="codes.scans")
        self.desk.layout.restore_splitter(self._splitter, "codes.scans")


def _id(row: ScanRow) -> UUID:
    return row.scan.id


def _reading_of(error: ApiError) -> ScanReading | None:
    """What the server understood of a code that names nothing here."""
    if error.code != "code_unknown" or error.problem is None:
        return None
    try:
        return ScanReading.model_validate(error.problem.parameters.get("reading"))
    except ValidationError:
        return None
