"""The page of overrides at stations: who did what, who stood behind it with badge and PIN, and what came of it."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.override_contracts import OverrideAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_of, zones_of
from unison_desktop.sites.calls import plants
from unison_desktop.stations import calls
from unison_desktop.stations.overrides.columns import OverrideRow, override_columns
from unison_desktop.stations.overrides.scope import OverrideScope
from unison_desktop.stations.overrides.words import meaning, subject
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

_ABOUT = "overrides"
_PERSON_FIGURES = "sites.person.evaluate"
_TOGETHER_MS = 250
_LAYOUT = "stations.overrides"


class OverridesPage(Page):
    """A table, newest first, and the chosen one in whole sentences below.

    Attributes:
        whole: what came of the chosen one, and why.
    """

    topics: ClassVar[tuple[str, ...]] = ("stations.override", "stations.agent.quarantine_decided")

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._values: list[OverrideAnswer] = []
        self._zones: dict[UUID, tzinfo] = {}
        self._reading = OneAtATime(partial(calls.overrides, desk.session.client), self)
        self.follow(self._reading, self._show_values, _ABOUT)
        self.scope = OverrideScope(self)
        self.scope.changed.connect(self._read)
        nothing = _("Nothing was overridden in this time.")
        self.table = Table(override_columns(), _id, desk.theme, title=_("Overrides"), nothing=nothing, parent=self)
        self.table.selection_told.connect(self._show_whole)
        ExportNotice(self.table, desk.messages)
        self.whole = QLabel(self)
        self.whole.setTextFormat(Qt.TextFormat.PlainText)
        self.whole.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.whole.setWordWrap(True)
        self._soon = QTimer(self, singleShot=True, interval=_TOGETHER_MS)
        self._soon.timeout.connect(self._read)
        self._lay_out()
        FileSaving(self, "overrides", _("Overrides"), calls.OVERRIDES_FILE, self._query)
        PrintCommands(self, self._paper)
        self.set_title(_("Overrides"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        session = self.desk.session
        self.scope.let_ask_for_persons(session.may(_PERSON_FIGURES), session.lacks(_PERSON_FIGURES))
        self.ask(plants(session.client, owner=self), self._show_plants)
        if session.may("stations.station.read"):
            self.ask(calls.stations(session.client, owner=self), self.scope.show_stations)
        self._read()

    def on_change(self, change: Change) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def save_layout(self) -> None:
        self.table.save_layout()

    def _query(self) -> dict[str, object]:
        return self.scope.query(self.desk.session.clock.now())

    def _read(self) -> None:
        self.set_zone(zone_of(self._zones, self.scope.plant.currentData(), self.desk.session.clock.now()))
        self.scope.show_zone(self.head.zone)
        self._reading.ask(self._query())

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self.scope.show_plants(known)
        self._zones = zones_of(known)
        self._read()

    def _show_values(self, values: list[OverrideAnswer]) -> None:
        self._values = values
        self.head.set_as_of(self.desk.session.clock.now())
        clock = self.head.zone
        self.table.set_rows(
            [OverrideRow(one, self._zones.get(one.plant_id, clock) if one.plant_id else clock, clock) for one in values]
        )
        count = len(values)
        words = _("1 row") if count == 1 else _("{n} rows").format(n=count)
        if count >= calls.NEWEST_OVERRIDES:
            words = _("only the newest {n} rows of this time; export all to a file (Ctrl+E)").format(n=count)
        self.set_title(_("Overrides"), words)
        self.loaded.emit()

    def _show_whole(self, chosen: list[UUID]) -> None:
        row = next((row for row in self.table.model.rows() if [row.value.id] == chosen), None)
        told = () if row is None else (subject(row.value), meaning(row.value), row.remark)
        self.whole.setText("\n".join(filter(None, told)))

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        notes = (*self.scope.words(), self.head.subtitle)
        return Paper(_("Overrides"), notes, (PrintedTable(self.table),), look)

    def _lay_out(self) -> None:
        which = QLabel(_("What somebody with the right had to confirm with badge and PIN."), self)
        which.setWordWrap(True)
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.scope, which):
            column.addWidget(widget)
        column.addWidget(self.table, 1)
        column.addWidget(self.whole)
        self.set_content(content)
        self.table.remember(self.desk.layout, _LAYOUT)


def _id(row: OverrideRow) -> UUID:
    return row.value.id
