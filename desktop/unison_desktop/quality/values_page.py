"""The page of measured values of all characteristics: by time, place, gauge and tolerance."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget
from unison_domain.quality.contracts import MeasurementAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.kernel.texts import _
from unison_desktop.quality import calls
from unison_desktop.quality.acts import MeasurementActs
from unison_desktop.quality.columns import measurement_text, values_columns
from unison_desktop.quality.values_scope import ValuesScope
from unison_desktop.sites.calls import plants
from unison_desktop.stations.calls import PICTURE_RIGHT, stations
from unison_desktop.tables.newest_page import NewestPage, newest_rows
from unison_desktop.tables.table import Table
from unison_desktop.tables.whole_text import WholeText

_ABOUT = "measured values"
_TOPIC = "quality.measurement"


class ValuesPage(NewestPage):
    """A table, newest first, and the chosen value whole below.

    Attributes:
        whole: the chosen one in a line, and what the gauge sent.
    """

    topics: ClassVar[tuple[str, ...]] = (_TOPIC, "quality.characteristic")

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.scope: ValuesScope = ValuesScope(self)
        self.table = Table(
            values_columns(lambda one: self.clock_of(one.plant_id), lambda: self.head.zone),
            _id_of,
            desk.theme,
            title=_("All measurements"),
            nothing=_("Nothing was measured in this time that fits what is chosen above."),
            parent=self,
        )
        self.table.selection_told.connect(self._show_whole)
        self.table.row_opened.connect(self._go_to_chart_of)
        self.whole = WholeText(self)
        self.acts = MeasurementActs(self, lambda one: self.clock_of(one.plant_id))
        self.acts.taken_back.connect(self._on_taken_back)
        self.begin(calls.newest, _ABOUT)
        self.stack(self.scope, self.table, self.whole, tall=self.table, layout="quality.values")
        self.add_command("values.chart", _("Chart"), self._go_to_chart, shortcuts="F6")
        self.add_command(
            "values.picture", _("Show picture"), self._show_picture, shortcuts="Ctrl+I", needs=PICTURE_RIGHT
        )
        self.add_command(
            "values.undo",
            _("Take back the chosen…"),
            self._ask_take_back,
            shortcuts="Ctrl+Del",
            in_head=False,
            against=self._against_take_back,
        )
        FileSaving(self, "values", _("All measurements"), calls.FILE, self.query)
        PrintCommands(self, self.paper)
        self.set_title(_("All measurements"))

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("The chart of a value's characteristic"), _("Enter, F6, double click"))]

    def load(self) -> None:
        session = self.desk.session
        self.ask(plants(session.client, owner=self), self.show_plants)
        if session.may("quality.characteristic.read"):
            self.ask(calls.characteristics(session.client, owner=self), self.scope.show_characteristics)
        if session.may("stations.station.read"):
            self.ask(stations(session.client, owner=self), self.scope.show_stations)
        if session.may("stations.peripheral.read"):
            self.ask(calls.devices(session.client, owner=self), self.scope.show_devices)

    def show_newest(self) -> None:
        self.table.set_rows(self.newest)
        self._show_whole([])
        self.set_title(_("All measurements"), newest_rows(len(self.newest), calls.NEWEST))

    def _chosen(self) -> MeasurementAnswer | None:
        chosen = self.table.view.selected_ids()
        return next((one for one in self.newest if [one.id] == chosen), None)

    def _show_whole(self, _ids: list[UUID]) -> None:
        self.guard()
        one = self._chosen()
        self.whole.show_lines(
            ()
            if one is None
            else (one.characteristic_name, measurement_text(one, self.clock_of(one.plant_id)), one.raw or "")
        )

    def _show_picture(self) -> None:
        self.acts.show_picture(self._chosen())

    def _ask_take_back(self) -> None:
        self.acts.ask_take_back(self._chosen())

    def _against_take_back(self) -> str:
        one = self._chosen()
        return against(self.desk.session, f"{_TOPIC}.undo", self._plants.get(one.plant_id) if one else None)

    def _on_taken_back(self, _one: MeasurementAnswer) -> None:
        self.read()

    def _go_to_chart(self) -> None:
        one = self._chosen()
        if one is None:
            self.desk.messages.say(_("Choose one value."))
        else:
            self._go_to_chart_of(one)

    def _go_to_chart_of(self, one: MeasurementAnswer) -> None:
        self.go.emit(Place("measurements", str(one.characteristic_id)))


def _id_of(one: MeasurementAnswer) -> UUID:
    return one.id
