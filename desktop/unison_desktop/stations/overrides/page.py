"""The page of overrides at stations: who did what, who stood behind it with badge and PIN, and what came of it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtWidgets import QLabel, QWidget

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.kernel.texts import _
from unison_desktop.sites.calls import plants
from unison_desktop.stations import calls
from unison_desktop.stations.overrides.columns import OverrideRow, override_columns
from unison_desktop.stations.overrides.scope import OverrideScope
from unison_desktop.stations.overrides.words import meaning, subject
from unison_desktop.tables.newest_page import NewestPage, newest_rows
from unison_desktop.tables.table import Table
from unison_desktop.tables.whole_text import WholeText

_ABOUT = "overrides"
_PERSON_FIGURES = "sites.person.evaluate"


class OverridesPage(NewestPage):
    """A table, newest first, and the chosen one in whole sentences below.

    Attributes:
        whole: what came of the chosen one, and why.
    """

    topics: ClassVar[tuple[str, ...]] = ("stations.override", "stations.agent.quarantine_decided")

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.scope: OverrideScope = OverrideScope(self)
        nothing = _("Nothing was overridden in this time.")
        self.table = Table(override_columns(), _id, desk.theme, title=_("Overrides"), nothing=nothing, parent=self)
        self.table.selection_told.connect(self._show_whole)
        self.whole = WholeText(self)
        which = QLabel(_("What somebody with the right had to confirm with badge and PIN."), self)
        which.setWordWrap(True)
        self.begin(calls.overrides, _ABOUT)
        self.stack(self.scope, which, self.table, self.whole, tall=self.table, layout="stations.overrides")
        FileSaving(self, "overrides", _("Overrides"), calls.OVERRIDES_FILE, self.query)
        PrintCommands(self, self.paper)
        self.set_title(_("Overrides"))

    def load(self) -> None:
        session = self.desk.session
        self.scope.let_ask_for_persons(session.may(_PERSON_FIGURES), session.lacks(_PERSON_FIGURES))
        self.ask(plants(session.client, owner=self), self.show_plants)
        if session.may("stations.station.read"):
            self.ask(calls.stations(session.client, owner=self), self.scope.show_stations)

    def show_newest(self) -> None:
        clock = self.head.zone
        self.table.set_rows([OverrideRow(one, self.clock_of(one.plant_id), clock) for one in self.newest])
        self.set_title(_("Overrides"), newest_rows(len(self.newest), calls.NEWEST_OVERRIDES))

    def _show_whole(self, chosen: list[UUID]) -> None:
        row = next((row for row in self.table.model.rows() if [row.value.id] == chosen), None)
        self.whole.show_lines(() if row is None else (subject(row.value), meaning(row.value), row.remark))


def _id(row: OverrideRow) -> UUID:
    return row.value.id
