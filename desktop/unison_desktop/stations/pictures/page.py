"""The page of kept pictures: of scans and measurements, and of the seconds around stops."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.stations.contracts import StationAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.picture_contracts import PictureAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.place import Place
from unison_desktop.kernel.texts import _
from unison_desktop.machines.calls import machines
from unison_desktop.sites.calls import plants
from unison_desktop.stations import calls
from unison_desktop.stations.peripherals.calls import peripherals
from unison_desktop.stations.pictures.columns import PictureRow, picture_columns
from unison_desktop.stations.pictures.panel import PicturePanel
from unison_desktop.stations.pictures.scope import PictureScope
from unison_desktop.stations.pictures.wanted import Wanted
from unison_desktop.tables.newest_page import NewestPage
from unison_desktop.tables.table import Table

_ABOUT = "pictures"
_NOTHING = _(
    "No picture was kept in this time. Cameras keep one of each scan and measurement, and those around stops where "
    "“Around a stop” is set under Instruments."
)


class PicturesPage(NewestPage):
    """A table of pictures, and the chosen one beside it. `Place("pictures", str(Wanted(…)))` is a machine's."""

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._stations: dict[UUID, str] = {}
        self._machines: dict[UUID, str] = {}
        self._cameras: dict[UUID, str] = {}
        self.scope: PictureScope = PictureScope(Wanted.parse(place.argument), self)
        self.table = Table(picture_columns(), _id, desk.theme, title=_("Pictures"), nothing=_NOTHING, parent=self)
        self.table.selection_told.connect(self._choose)
        self.table.row_opened.connect(self._open)
        self.begin(calls.pictures, _ABOUT)
        self.panel = PicturePanel(desk, self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self.add_command("pictures.save", _("Save as…"), self.panel.save, shortcuts="Ctrl+S", icon="save")
        self.set_title(_("Pictures"))

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("The next or the last picture"), _("Up, Down")), (_("See it larger"), _("Enter, double click"))]

    def load(self) -> None:
        session = self.desk.session
        self.ask(plants(session.client, owner=self), self.show_plants)
        for right, known, show in (
            ("stations.station.read", calls.stations, self._show_stations),
            ("machines.machine.read", machines, self._show_machines),
            ("stations.peripheral.read", peripherals, self._show_cameras),
        ):
            if session.may(right):
                self.ask(known(session.client, owner=self), show)

    def save_layout(self) -> None:
        super().save_layout()
        self.desk.layout.save_splitter(self._splitter, "stations.pictures")

    def _show_stations(self, known: list[StationAnswer]) -> None:
        self._stations = {one.id: one.name for one in known}
        self.scope.show_stations(known)
        self.show_newest()

    def _show_machines(self, known: list[MachineAnswer]) -> None:
        self._machines = {one.id: one.machine_code for one in known}
        self.scope.show_machines(known)
        self.show_newest()

    def _show_cameras(self, known: list[PeripheralAnswer]) -> None:
        self._cameras = {one.id: one.name for one in known}
        self.show_newest()

    def show_newest(self) -> None:
        self.table.set_rows([self._row(picture) for picture in self.newest])
        count = len(self.newest)
        words = _("1 picture") if count == 1 else _("{n} pictures").format(n=count)
        if count >= calls.NEWEST_PICTURES:
            words = _("only the newest {n} pictures of this time").format(n=count)
        self.set_title(_("Pictures"), words)

    def _row(self, picture: PictureAnswer) -> PictureRow:
        return PictureRow(
            picture,
            station=self._stations.get(picture.station_id, ""),
            machine=self._machines.get(picture.machine_id, "") if picture.machine_id else "",
            camera=self._cameras.get(picture.peripheral_id, ""),
            zone=self.clock_of(picture.plant_id),
            clock=self.head.zone,
        )

    def _choose(self, ids: list[UUID]) -> None:
        chosen = next((one for one in self.newest if [one.id] == ids), None)
        if chosen is None:
            self.panel.show_picture(None)
        elif self.panel.row is None or self.panel.row.picture.id != chosen.id:
            self.panel.show_picture(self._row(chosen))

    def _open(self, row: PictureRow) -> None:
        dialog = PictureDialog(self.desk.theme, self, title=row.reason, facts=self.panel.facts.text())
        dialog.show_answer(calls.picture(self.desk.session.client, row.picture.sha256, owner=dialog))
        dialog.open()

    def _lay_out(self) -> None:
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.panel)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([640, 520])
        self.stack(self.scope, self._splitter, tall=self._splitter, layout="stations.pictures")
        self.desk.layout.restore_splitter(self._splitter, "stations.pictures")


def _id(row: PictureRow) -> UUID:
    return row.picture.id
