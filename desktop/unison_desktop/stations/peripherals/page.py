"""Scanners, gauges and cameras of the stations, to be set up and changed."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QWidget
from unison_domain.quality.contracts import CharacteristicAnswer, CharacteristicConfiguration
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.contracts import AgentAnswer, StationAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.peripherals import PeripheralKind

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.outline import Outline
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.question import Question
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zones_of
from unison_desktop.sites.calls import plants
from unison_desktop.stations import calls as station_calls
from unison_desktop.stations.attached_offer import AttachedOffer
from unison_desktop.stations.configuration.chosen_rights import ChosenRights
from unison_desktop.stations.configuration.history import HistoryDialog
from unison_desktop.stations.configuration.holding import Holding
from unison_desktop.stations.measurable import names_with_units
from unison_desktop.stations.peripherals import calls
from unison_desktop.stations.peripherals.forms import PeripheralDialog
from unison_desktop.stations.peripherals.table import (
    PeripheralRow,
    peripheral_columns,
    peripheral_id,
    peripheral_rows,
)
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_desktop.tables.returning import Returnable, ReturnDialog
from unison_desktop.tables.table import Table

_NOTHING = _("There is no scanner, gauge or camera here yet. “New” makes the first.")
_NO_STATION = _("There is no station here yet: it is made under Configuration.")
_UPDATE = "stations.peripheral.update"
TICK_MS = 10_000
"""How often "2 min ago" is said anew."""
_CHARACTERISTICS = "quality.characteristic.read"


class PeripheralsPage(Page):
    """PCs and stations as a tree; what is at the chosen ones beside it."""

    topics: ClassVar[tuple[str, ...]] = (
        "stations.peripheral",
        "stations.station",
        "stations.agent.reported",
        "stations.agent.silent",
        "quality.characteristic",
    )

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.holding = Holding()
        self.peripherals: list[PeripheralAnswer] = []
        self._characteristics: dict[str, CharacteristicAnswer] = {}
        self._zones: dict[UUID, tzinfo] = {}
        self._wanted = place.argument
        self._unread = {"stations", "peripherals"}
        self.tree = Outline(desk.theme, _("PCs and stations"), self)
        self.table = Table(
            peripheral_columns(desk.theme),
            peripheral_id,
            desk.theme,
            title=_("Scanners, gauges and cameras"),
            nothing=_NOTHING,
            parent=self,
        )
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._make_commands()
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._show_rows)
        self._tick.start()
        self.tree.chosen.connect(self._show_rows)
        self.table.row_opened.connect(self._open_row)
        self.table.selection_told.connect(self.guard)
        self.table.failed.connect(self._say_bad)
        self.set_title(_("Instruments"), _("Scanners, gauges and cameras: what the stations read and measure with"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Edit what is chosen"), _("Enter, F2, double click")), (_("Fold and unfold"), _("Left, Right"))]

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(station_calls.agents(client, owner=self), self._show_agents)
        self.ask(station_calls.stations(client, owner=self), self._show_stations)
        self.ask(plants(client, owner=self), self._show_plants)
        self._load_peripherals()
        if self.desk.session.may(_CHARACTERISTICS):
            self.ask(calls.characteristics(client, owner=self), self._show_characteristics)

    def on_change(self, change: Change) -> None:
        if change.topic in ("stations.agent.reported", "stations.agent.silent"):
            self._load_peripherals()
        else:
            self.reload()

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "peripherals")

    def _load_peripherals(self) -> None:
        self.ask(calls.peripherals(self.desk.session.client, owner=self), self._show_peripherals)

    def _show_agents(self, agents: list[AgentAnswer]) -> None:
        self.holding.agents = agents
        self._show()

    def _show_stations(self, stations: list[StationAnswer]) -> None:
        self.holding.stations = stations
        self._unread.discard("stations")
        self._show()

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self.holding.plants, self._zones = known, zones_of(known)
        self._show_rows()

    def _show_peripherals(self, peripherals: list[PeripheralAnswer]) -> None:
        self.peripherals = peripherals
        self._unread.discard("peripherals")
        self._show_rows()

    def _show_characteristics(self, characteristics: list[CharacteristicAnswer]) -> None:
        self._characteristics = {str(one.id): one for one in characteristics}
        self._show_rows()

    def _show(self) -> None:
        self.tree.show_nodes(self.holding.nodes())
        if self._wanted and self.tree.has(self._wanted):
            self.tree.choose(self._wanted)
            self._wanted = ""
        self._show_rows()

    def _show_rows(self) -> None:
        below = self._stations_below(self.tree.current)
        self._use_zone(below)
        names = {id_: one.characteristic_name for id_, one in self._characteristics.items()}
        now = self.desk.session.clock.now()
        rows = peripheral_rows(self.peripherals, {station.id: station.name for station in below}, names, now)
        self.table.set_rows(rows)
        said = _NOTHING if below else _NO_STATION
        self.table.view.set_notice("" if self._unread else said)
        self.guard()

    def _use_zone(self, stations: list[StationAnswer]) -> None:
        """The clock of the plants that are looked at; this PC's where their clocks differ."""
        now = self.desk.session.clock.now()
        zones = (self._zones.get(station.plant_id) for station in stations)
        clocks = {now.astimezone(zone).utcoffset(): zone for zone in zones}
        self.set_zone(next(iter(clocks.values())) if len(clocks) == 1 else None)

    def _stations_below(self, key: str) -> list[StationAnswer]:
        kind, _slash, id_ = key.partition("/")
        if kind == "station":
            return [station for station in self.holding.stations if str(station.id) == id_]
        return [station for station in self.holding.stations if str(station.agent_id or "") == id_]

    # Commands.

    def _make_commands(self) -> None:
        one, may = self.add_command, ChosenRights(self.desk.session, self.holding, self._plant_here)
        make = may.here("stations.peripheral.create")
        new = [
            one("peripheral.scanner", _("New scanner…"), self._new_scanner, against=make, in_head=False),
            one("peripheral.gauge", _("New gauge or scale…"), self._new_gauge, against=make, in_head=False),
            one("peripheral.camera", _("New camera…"), self._new_camera, against=make, in_head=False),
        ]
        end = may.here("stations.peripheral.deactivate", ends=True)
        away = one(
            "peripheral.put_away", _("Put away…"), self._ask_put_away, shortcuts="Del", against=end, in_head=False
        )
        back = one("peripheral.return", _("Out of use…"), self._open_returning, shortcuts="Ctrl+R", in_head=False)
        history = one("peripheral.history", _("History…"), self._open_history, shortcuts="Ctrl+H", in_head=False)
        measuring = one(
            "peripheral.measuring",
            _("Measuring by camera…"),
            self._set_up_measuring,
            shortcuts="Ctrl+M",
            against=may.here("stations.agent.try_tool"),
            in_head=False,
        )
        refused = one("peripheral.refused", _("Refused…"), self._open_refused, shortcuts="F6", in_head=False)
        more = [measuring, refused, history, away, back]
        self.head.add_widget(CommandMenu(_("More"), more, self.desk.theme, self))
        self.head.add_widget(CommandMenu(_("New"), new, self.desk.theme, self, icon="plus"))
        one("peripheral.edit", _("Edit…"), self._edit, shortcuts="F2", against=may.here(_UPDATE))

    def _chosen(self) -> PeripheralAnswer | None:
        ids = self.table.view.selected_ids()
        return next((one for one in self.peripherals if one.id in ids), None) if len(ids) == 1 else None

    def _new_scanner(self) -> None:
        self._new(PeripheralKind.SCANNER)

    def _new_gauge(self) -> None:
        self._new(PeripheralKind.GAUGE)

    def _new_camera(self) -> None:
        self._new(PeripheralKind.CAMERA)

    def _new(self, kind: PeripheralKind) -> None:
        below = self._stations_below(self.tree.current) or self.holding.stations
        if not below:
            self.desk.messages.say(_NO_STATION)
            return
        self._open(kind, {"station_id": str(below[0].id)}, below[0])

    def _edit(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.desk.messages.say(_("Choose what is to be changed."))
        else:
            self._change(chosen)

    def _open_row(self, row: PeripheralRow) -> None:
        if why := against(self.desk.session, _UPDATE, self._plant_of(row.peripheral)):
            self.desk.messages.say(why)
        else:
            self._change(row.peripheral)

    def _change(self, peripheral: PeripheralAnswer) -> None:
        station = next((one for one in self.holding.stations if one.id == peripheral.station_id), None)
        self._open(peripheral.kind, peripheral, station)

    def _open(
        self, kind: PeripheralKind, given: PeripheralAnswer | dict[str, str], station: StationAnswer | None
    ) -> None:
        names = names_with_units(self._choosable(station))
        known = [_as_told(one) for one in self._characteristics.values()]
        dialog = PeripheralDialog(self.desk, kind, given, self.holding.station_names(), names, known, self)
        station_id = given.station_id if isinstance(given, PeripheralAnswer) else None
        AttachedOffer(self.desk, dialog, self.holding, station_id)
        dialog.saved.connect(
            partial(self._on_changed, given) if isinstance(given, PeripheralAnswer) else self._on_saved
        )
        dialog.open()

    def _choosable(self, station: StationAnswer | None) -> list[CharacteristicAnswer]:
        """Characteristics of the station's plant."""
        return [one for one in self._characteristics.values() if station is None or one.plant_id == station.plant_id]

    def _set_up_measuring(self) -> None:
        chosen = self._chosen()
        if chosen is None or not isinstance(chosen.settings, CameraSettings):
            self.desk.messages.say(_("Choose the camera that is to measure."))
            return
        station = next((one for one in self.holding.stations if one.id == chosen.station_id), None)
        if station is None or station.agent_id is None:
            self.desk.messages.say(_("No PC looks through this camera yet: give its station one under Configuration."))
            return
        dialog = VisionDialog(self.desk, station.agent_id, chosen, chosen.settings, self._choosable(station), self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _ask_put_away(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.desk.messages.say(_("Choose what is to be put away."))
            return
        if why := self._against_end(chosen):
            self.desk.messages.say(why)
            return
        question = Question(
            chosen,
            self.desk.theme,
            self,
            asks=_("Put {name} away?").format(name=chosen.name),
            explains=_(
                "Its PC stops reading it, and its port is free for another. What was scanned and measured stays; "
                "“Out of use…” brings it back."
            ),
            yes=_("Put away"),
        )
        question.confirmed.connect(self._put_away)
        question.open()

    def _against_end(self, peripheral: PeripheralAnswer) -> str:
        return against(self.desk.session, "stations.peripheral.deactivate", self._plant_of(peripheral), ends=True)

    def _plant_of(self, peripheral: PeripheralAnswer) -> PlantAnswer | None:
        station = next((one for one in self.holding.stations if one.id == peripheral.station_id), None)
        return None if station is None else self.holding.plant(station.plant_id)

    def _plant_here(self) -> PlantAnswer | None:
        """That of what is chosen, else of the stations that are looked at."""
        if (chosen := self._chosen()) is not None:
            return self._plant_of(chosen)
        below = self._stations_below(self.tree.current)
        return self.holding.plant(below[0].plant_id) if below else None

    def _open_returning(self) -> None:
        kind = Returnable(
            _("Instrument"),
            "stations.peripheral",
            calls.peripherals_out_of_use,
            calls.reactivate,
            lambda one: str(one.name),
            lambda one: one.station_id,
            self._against_end,
        )
        ReturnDialog(self.desk, [kind], self.holding.station_names(), self).open()

    def _put_away(self, peripheral: PeripheralAnswer) -> None:
        call = calls.put_away(self.desk.session.client, peripheral, owner=self)
        call.done.connect(self._on_put_away)
        call.failed.connect(self._on_failed)

    def _on_changed(self, before: PeripheralAnswer, peripheral: PeripheralAnswer) -> None:
        self._on_saved(peripheral)
        if _is_calibrated(before) and not _is_calibrated(peripheral):
            void = _(
                "The calibration of {name} was for another source or focus: calibrate it anew (Measuring by camera)."
            )
            self.desk.messages.say(void.format(name=peripheral.name), Tone.WARNING)

    def _on_saved(self, peripheral: PeripheralAnswer) -> None:
        self.desk.messages.say(_("{name} is saved.").format(name=peripheral.name), Tone.GOOD)
        self.desk.session.changes.announce("stations.peripheral.updated", [peripheral.id])

    def _on_put_away(self, peripheral: PeripheralAnswer) -> None:
        self.desk.messages.say(_("{name} is put away.").format(name=peripheral.name), Tone.GOOD)
        self.desk.session.changes.announce("stations.peripheral.deactivated", [peripheral.id])

    def _open_history(self) -> None:
        chosen = self._chosen()
        key = f"station/{chosen.station_id}" if chosen else self.tree.current
        of = self.holding.agent(key) or self.holding.station(key)
        if of is None:
            self.desk.messages.say(_("Choose a PC, a station, or something in it."))
            return
        names = self.holding.names() | {id_: one.characteristic_name for id_, one in self._characteristics.items()}
        HistoryDialog(self.desk, of, chosen or self.holding.station(key), names, self).open()

    def _open_refused(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.desk.messages.say(_("Choose the scanner, gauge or camera whose refused values are to be seen."))
            return
        self.go.emit(Place("refused-values", str(chosen.id)))

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _say_bad(self, text: str) -> None:
        self.desk.messages.say(text, Tone.BAD)

    def _lay_out(self) -> None:
        self._splitter.addWidget(self.tree)
        self._splitter.addWidget(self.table)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([230, 770])
        self.set_content(self._splitter)
        self.table.remember(self.desk.layout, "peripherals")
        self.desk.layout.restore_splitter(self._splitter, "peripherals")


def _as_told(one: CharacteristicAnswer) -> CharacteristicConfiguration:
    """As stations are told of it."""
    return CharacteristicConfiguration(
        id=one.id,
        plant_id=one.plant_id,
        name=one.characteristic_name,
        unit=one.measurement_unit,
        resolution=one.resolution,
    )


def _is_calibrated(peripheral: PeripheralAnswer) -> bool:
    return isinstance(peripheral.settings, CameraSettings) and peripheral.settings.calibration is not None
