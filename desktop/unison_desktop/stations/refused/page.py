"""The page of refused values: what scanners, gauges and cameras brought that became no scan and no reading."""

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
from unison_desktop.stations.peripherals.calls import peripherals
from unison_desktop.stations.refused.columns import RefusedRow, refused_columns
from unison_desktop.stations.refused.scope import RefusedScope
from unison_desktop.tables.newest_page import NewestPage, newest_rows
from unison_desktop.tables.table import Table
from unison_desktop.tables.whole_text import WholeText

_ABOUT = "refused values"


class RefusedValuesPage(NewestPage):
    """A table, newest first, and the chosen one whole below. `Place("refused-values", id)` is of one device.

    Attributes:
        whole: the chosen one without any cut.
    """

    topics: ClassVar[tuple[str, ...]] = ("stations.refused_value",)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.scope: RefusedScope = RefusedScope(_id_of(place.argument), self)
        nothing = _("Nothing was refused in this time.")
        self.table = Table(refused_columns(), _id, desk.theme, title=_("Refused values"), nothing=nothing, parent=self)
        self.table.selection_told.connect(self._show_whole)
        self.whole = WholeText(self)
        which = QLabel(
            _(
                "Alike within a minute is one row with how often it came. What may be a badge has its letters and "
                "digits hidden."
            ),
            self,
        )
        which.setWordWrap(True)
        self.begin(calls.refused_values, _ABOUT)
        self.stack(self.scope, which, self.table, self.whole, tall=self.table, layout="stations.refused")
        FileSaving(self, "refused", _("Refused values"), calls.REFUSED_FILE, self.query)
        PrintCommands(self, self.paper)
        self.set_title(_("Refused values"))

    def load(self) -> None:
        session = self.desk.session
        self.ask(plants(session.client, owner=self), self.show_plants)
        if session.may("stations.station.read"):
            self.ask(calls.stations(session.client, owner=self), self.scope.show_stations)
        self.ask(peripherals(session.client, owner=self), self.scope.show_devices)

    def show_newest(self) -> None:
        clock = self.head.zone
        self.table.set_rows([RefusedRow(one, self.clock_of(one.plant_id), clock) for one in self.newest])
        self.set_title(_("Refused values"), newest_rows(len(self.newest), calls.NEWEST_REFUSED))

    def _show_whole(self, chosen: list[UUID]) -> None:
        row = next((row for row in self.table.model.rows() if [row.value.id] == chosen), None)
        self.whole.show_lines(() if row is None else (row.raw, row.reason, row.remedy))


def _id(row: RefusedRow) -> UUID:
    return row.value.id


def _id_of(argument: str) -> UUID | None:
    try:
        return UUID(argument)
    except ValueError:
        return None
