"""What the PCs are told to read: stations, devices and tags, to be set up and changed."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QSplitter, QVBoxLayout, QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.byte_orders import Candidate
from unison_domain.stations.contracts import (
    AgentAnswer,
    DeviceAnswer,
    DeviceReport,
    StationAnswer,
    TagAnswer,
    TagReplace,
)

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.outline import Outline
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls as station_calls
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.csv_dialog import ImportDialog, save_text
from unison_desktop.stations.configuration.forms import DeviceDialog, StationDialog, TagDialog
from unison_desktop.stations.configuration.history import HistoryDialog
from unison_desktop.stations.configuration.holding import Holding, drift_words
from unison_desktop.stations.configuration.notices import ReasonDialog, WaitingBar
from unison_desktop.stations.configuration.tag_table import TagRow, tag_columns, tag_id, tag_rows
from unison_desktop.stations.configuration.template_dialog import TemplateDialog
from unison_desktop.stations.configuration.test_read import USUAL_COUNT, TestReadDialog
from unison_desktop.tables.table import Table

TEST_READ = "stations.agent.test_read"
_REPORTED = ("stations.agent.reported", "stations.device.changed", "stations.agent.quarantined")


class ConfigurationPage(Page):
    """PCs, stations and devices as a tree; the tags of what is chosen beside it."""

    topics: ClassVar[tuple[str, ...]] = ("stations.", "machines.machine.created", "machines.machine.updated")

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.holding = Holding()
        self._read_place: TagDialog | None = None
        self.tree = Outline(desk.theme, _("PCs, stations and devices"), self)
        self.tags = Table(tag_columns(desk.theme), tag_id, desk.theme, title=_("Tags"), nothing=_NO_TAGS, parent=self)
        self._name = QLabel(self)
        self._name.setFont(desk.theme.font(Type.HEADING))
        self._facts = QLabel(self)
        self._facts.setProperty("role", "muted")
        self._facts.setWordWrap(True)
        self.waiting = WaitingBar(self)
        self.waiting.pressed.connect(self._ask_reason)
        self._reports = OneAtATime(partial(station_calls.device_reports, desk.session.client), self)
        self._reports.read.connect(self._show_reports)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._make_commands()
        self.tree.chosen.connect(self._show_chosen)
        self.tree.opened.connect(self._edit_node)
        self.tags.row_opened.connect(self._edit_tag)
        self.tags.failed.connect(self._say_bad)
        self.set_title(_("Configuration"), _("What the PCs on the shop floor are told to read"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.tree.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Edit what is chosen"), _("Enter, F2, double click")), (_("Fold and unfold"), _("Left, Right"))]

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(station_calls.agents(client, owner=self), self._show_agents)
        self.ask(calls.stations(client, owner=self), self._show_stations)
        self.ask(calls.devices(client, owner=self), self._show_devices)
        self.ask(calls.tags(client, owner=self), self._show_tags)
        self.ask(calls.machines(client, owner=self), self._show_machines)
        self.ask(calls.plants(client, owner=self), self._show_plants)

    def on_change(self, change: Change) -> None:
        if change.topic in _REPORTED:
            self.ask(station_calls.agents(self.desk.session.client, owner=self), self._show_agents)
        elif not change.topic.startswith("stations.agent.command"):
            self.reload()

    def save_layout(self) -> None:
        self.tags.save_layout()
        self.desk.layout.save_splitter(self._splitter, "configuration")

    # What was read.

    def _show_agents(self, agents: list[AgentAnswer]) -> None:
        self.holding.agents = agents
        self._show()

    def _show_stations(self, stations: list[StationAnswer]) -> None:
        self.holding.stations = stations
        self._show()

    def _show_devices(self, devices: list[DeviceAnswer]) -> None:
        self.holding.devices = devices
        self._show()

    def _show_tags(self, tags: list[TagAnswer]) -> None:
        self.holding.tags = tags
        self._show()

    def _show_machines(self, machines: list[MachineAnswer]) -> None:
        self.holding.machines = machines
        self._show()

    def _show_plants(self, plants: list[PlantAnswer]) -> None:
        self.holding.plants = plants

    def _show_reports(self, reports: list[DeviceReport]) -> None:
        self.holding.reports |= {report.device_id: report for report in reports}
        self._show_rows()
        self.tree.show_nodes(self.holding.nodes())

    def _show(self) -> None:
        self.tree.show_nodes(self.holding.nodes())
        if self.tree.current == "" and self.place.argument:
            self.tree.choose(self.place.argument)
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._show_rows()
        if (agent := self.holding.agent(self.tree.current)) is not None:
            self._reports.ask(agent.id)

    def _show_rows(self) -> None:
        key = self.tree.current
        rows = tag_rows(self.holding, key)
        self.tags.set_rows(rows)
        self.tags.view.set_notice(_NO_TAGS if self.holding.devices_below(key) else _NO_DEVICES)
        self._name.setText(self._title_of(key))
        self._facts.setText(self._facts_of(key))
        why_not = "" if self.desk.session.may("stations.tag.update") else _needs("stations.tag.update")
        self.waiting.tell([row.tag.name for row in rows if row.is_waiting], why_not)

    def _title_of(self, key: str) -> str:
        thing = self.holding.device(key) or self.holding.station(key) or self.holding.agent(key)
        return thing.name if thing is not None else ""

    def _facts_of(self, key: str) -> str:
        parts = []
        if (device := self.holding.device(key)) is not None:
            report = self.holding.reports.get(device.id)
            parts.append(f"{device.line_words} #{device.unit_id}")
            parts += [report.message] if report is not None and report.message else []
        if (agent := self.holding.agent(key)) is not None:
            parts.append(f"{agent.name} {drift_words(agent)}")
        elif key:
            parts.append(_("No PC reads it yet: choose one in the station."))
        if not self.desk.session.may(TEST_READ):
            parts.append(_("Reading now is not for you: it needs the right {right}.").format(right=TEST_READ))
        return " · ".join(parts)

    # Commands.

    def _make_commands(self) -> None:
        one = self.add_command
        self._new = [
            one("config.station", _("New station…"), self._new_station, needs="stations.station.create", in_head=False),
            one(
                "config.device",
                _("New device…"),
                self._new_device,
                shortcuts="Ctrl+Shift+N",
                needs="stations.device.create",
                in_head=False,
            ),
            one(
                "config.template",
                _("Device from a template…"),
                self._new_from_template,
                needs="stations.device.create",
                in_head=False,
            ),
            one(
                "config.tag",
                _("New tag…"),
                self._new_tag,
                shortcuts="Ctrl+N",
                needs="stations.tag.create",
                in_head=False,
            ),
        ]
        more = [
            one("config.history", _("History…"), self._open_history, shortcuts="Ctrl+H", in_head=False),
            one("config.export", _("Export tags (CSV)…"), self._export, in_head=False),
            one("config.import", _("Import tags (CSV)…"), self._import, needs="stations.tag.import", in_head=False),
            one(
                "config.deactivate",
                _("Deactivate…"),
                self._ask_deactivate,
                shortcuts="Del",
                needs="stations.tag.deactivate",
                in_head=False,
            ),
        ]
        self._place_menus(self._new, more)
        one("config.edit", _("Edit…"), self._edit, shortcuts="F2", needs="stations.tag.update")
        one("config.read", _("Read now…"), self._test_read, icon="device", shortcuts="Ctrl+T", needs=TEST_READ)

    def _place_menus(self, new: list[Command], more: list[Command]) -> None:
        self.head.add_widget(CommandMenu(_("More"), more, self.desk.theme, self))
        self.head.add_widget(CommandMenu(_("New"), new, self.desk.theme, self, icon="plus"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.tree.hasFocus():
            self._edit_node(self.tree.current)
            return
        super().keyPressEvent(event)

    def _chosen_row(self) -> TagRow | None:
        ids = self.tags.view.selected_ids()
        return next((row for row in self.tags.model.rows() if row.tag.id in ids), None) if len(ids) == 1 else None

    def _new_station(self) -> None:
        agent = self.holding.agent(self.tree.current)
        begin = {
            "agent_id": str(agent.id) if agent else None,
            "plant_id": str(self.holding.plants[0].id) if self.holding.plants else None,
        }
        names = self.holding.plant_names(), self.holding.agent_names()
        self._open(StationDialog(self.desk, *names, begin, self), "station")

    def _new_device(self) -> None:
        station = self.holding.station(self.tree.current)
        begin = {"station_id": str(station.id)} if station else {}
        self._open(DeviceDialog(self.desk, self.holding.station_names(), begin, self), "device")

    def _new_from_template(self) -> None:
        station = self.holding.station(self.tree.current)
        if station is None:
            self.desk.messages.say(_("Choose the station the device stands at."))
            return
        dialog = TemplateDialog(self.desk, station, self.holding.machine_names(), self)
        dialog.saved.connect(self._on_device_saved)
        dialog.open()

    def _new_tag(self) -> None:
        devices = self.holding.devices_below(self.tree.current)
        row = self._chosen_row()
        device = devices[0] if len(devices) == 1 else row.device if row else None
        if device is None:
            self.desk.messages.say(_("Choose the device the tag is in."))
            return
        self._open_tag(device, {"machine_id": self._likely_machine(device)})

    def _likely_machine(self, device: DeviceAnswer) -> str | None:
        of_device = {tag.machine_id for tag in self.holding.tags if tag.device_id == device.id and tag.machine_id}
        at_station = {machine.id for machine in self.holding.machines if machine.station_id == device.station_id}
        likely = of_device or at_station
        return str(next(iter(likely))) if len(likely) == 1 else None

    def _edit(self) -> None:
        row = self._chosen_row()
        if row is not None and not self.tree.hasFocus():
            self._edit_tag(row)
        else:
            self._edit_node(self.tree.current)

    def _edit_node(self, key: str) -> None:
        if (device := self.holding.device(key)) is not None:
            self._open(DeviceDialog(self.desk, {}, device, self), "device")
        elif (station := self.holding.station(key)) is not None:
            names = self.holding.plant_names(), self.holding.agent_names()
            self._open(StationDialog(self.desk, *names, station, self), "station")

    def _edit_tag(self, row: TagRow) -> None:
        self._open_tag(row.device, row.tag)

    def _open_tag(self, device: DeviceAnswer, tag: TagAnswer | dict[str, str | None]) -> TagDialog:
        agent = self.holding.agent_of(device)
        why_not = "" if agent else _("No PC reads this device yet.")
        if not self.desk.session.may(TEST_READ):
            why_not = _needs(TEST_READ)
        dialog = TagDialog(self.desk, self.holding.machine_names(), device, tag, self, why_no_read=why_not)
        dialog.read_asked.connect(self._read_for_form)
        self._open(dialog, "tag")
        return dialog

    def _open(self, dialog: FormDialog, thing: str) -> None:
        dialog.saved.connect({"station": self._on_saved, "device": self._on_device_saved, "tag": self._on_saved}[thing])
        dialog.open()

    def _on_device_saved(self, device: DeviceAnswer) -> None:
        """It is what somebody goes on with: its tags come next."""
        self.place = Place(self.place.page, f"device/{device.id}")
        self._on_saved(device)

    def _on_saved(self, thing: StationAnswer | DeviceAnswer | TagAnswer) -> None:
        self.desk.messages.say(_("{name} is saved.").format(name=thing.name), Tone.GOOD)
        self.desk.session.changes.announce(_topic(thing), [thing.id])

    # Reading now.

    def _test_read(self) -> None:
        row = self._chosen_row()
        device = row.device if row else self.holding.device(self.tree.current)
        if device is None:
            self.desk.messages.say(_("Choose a tag or a device to read."))
            return
        agent = self.holding.agent_of(device)
        if agent is None:
            self.desk.messages.say(_("No PC reads {device} yet.").format(device=device.name), Tone.WARNING)
            return
        dialog = TestReadDialog(self.desk, agent.id, device, self, tag=row.tag if row else None)
        self._read_place = None
        self._read_row = row
        self._read_device = device
        dialog.taken.connect(self._on_way_taken)
        dialog.open()

    def _read_for_form(self) -> None:
        form = self.sender()
        if not isinstance(form, TagDialog) or (agent := self.holding.agent_of(form.device)) is None:
            return
        place = form.place()
        self._read_place = form
        address = place["address"] if isinstance(place["address"], int) else 0
        dialog = TestReadDialog(
            self.desk, agent.id, form.device, form, table=place["table"], address=address, count=USUAL_COUNT
        )
        dialog.taken.connect(form.take)
        dialog.open()

    def _on_way_taken(self, candidate: Candidate, address: int) -> None:
        """Put what was found into the form of the tag that was read, or of a new one."""
        row = self._read_row
        begin = {"machine_id": self._likely_machine(self._read_device)}
        self._open_tag(self._read_device, row.tag if row else begin).take(candidate, address)

    # Ending, forcing, files, history.

    def _ask_deactivate(self) -> None:
        row = None if self.tree.hasFocus() else self._chosen_row()
        key = self.tree.current
        thing = row.tag if row else self.holding.device(key) or self.holding.station(key)
        if thing is None:
            self.desk.messages.say(_("Choose what is not to be read any more."))
            return
        question = Question(
            thing,
            self.desk.theme,
            self,
            asks=_("Deactivate {name}?").format(name=thing.name),
            explains=_("It is not read any more, with all that belongs to it. What was recorded stays."),
            yes=_("Deactivate"),
        )
        question.confirmed.connect(self._deactivate)
        question.open()

    def _deactivate(self, thing: StationAnswer | DeviceAnswer | TagAnswer) -> None:
        call = calls.deactivate(self.desk.session.client, thing, owner=self)
        call.done.connect(self._on_deactivated)
        call.failed.connect(self._on_failed)

    def _on_deactivated(self, thing: StationAnswer | DeviceAnswer | TagAnswer) -> None:
        self.desk.messages.say(_("{name} is not read any more.").format(name=thing.name), Tone.GOOD)
        self.desk.session.changes.announce(_topic(thing), [thing.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _say_bad(self, text: str) -> None:
        self.desk.messages.say(text, Tone.BAD)

    def _waiting_rows(self) -> list[TagRow]:
        return [row for row in tag_rows(self.holding, self.tree.current) if row.is_waiting]

    def _ask_reason(self) -> None:
        dialog = ReasonDialog(self.desk, [row.tag.name for row in self._waiting_rows()], self)
        dialog.given.connect(self._force)
        dialog.open()

    def _force(self, reason: str) -> None:
        for row in self._waiting_rows():
            settings = {name: getattr(row.tag, name) for name in TagReplace.model_fields}
            body = TagReplace.model_validate({**settings, "forced_reason": reason})
            call = calls.change_tag(self.desk.session.client, row.tag.id, body, version=row.tag.version, owner=self)
            call.done.connect(self._on_saved)
            call.failed.connect(self._on_failed)

    def _open_history(self) -> None:
        agent = self.holding.agent(self.tree.current)
        if agent is None:
            self.desk.messages.say(_("Choose a PC, or something it reads."))
            return
        row = None if self.tree.hasFocus() else self._chosen_row()
        key = self.tree.current
        thing = row.tag if row else self.holding.device(key) or self.holding.station(key)
        HistoryDialog(self.desk, agent, thing, self.holding.names(), self).open()

    def _export(self) -> None:
        station = self._station_of_file()
        if station is None:
            return
        self._exported = station.name
        call = calls.tags_csv(self.desk.session.client, station.id, owner=self)
        call.done.connect(self._save_csv)
        call.failed.connect(self._on_failed)

    def _save_csv(self, text: str) -> None:
        self.tags.name_file(_("Tags of {station}").format(station=self._exported))
        proposed = str(self.tags.proposed_file(".csv"))
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Export tags"), proposed, _("CSV (*.csv)"))
        if chosen:
            save_text(chosen, text, self.desk.messages)

    def _import(self) -> None:
        station = self._station_of_file()
        if station is not None:
            dialog = ImportDialog(self.desk, station, self)
            dialog.imported.connect(self._on_imported)
            dialog.open()

    def _on_imported(self) -> None:
        self.desk.session.changes.announce("stations.tag.updated", None)

    def _station_of_file(self) -> StationAnswer | None:
        station = self.holding.station(self.tree.current)
        if station is None:
            self.desk.messages.say(_("Choose the station whose tags the file is about."))
        return station

    def _lay_out(self) -> None:
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self._name, self._facts, self.waiting):
            column.addWidget(widget)
        column.addWidget(self.tags, 1)
        self._splitter.addWidget(self.tree)
        self._splitter.addWidget(side)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([250, 750])
        self.set_content(self._splitter)
        self.tags.remember(self.desk.layout, "configuration.tags")
        self.desk.layout.restore_splitter(self._splitter, "configuration")


_NO_TAGS = _("There is no tag yet. “New tag…” (Ctrl+N) makes the first, a template makes many at once.")
_NO_DEVICES = _("There is no device here yet. “New”, then “New device…” or “Device from a template…”.")


def _needs(right: str) -> str:
    return _("You may not do this: it needs the right {right}.").format(right=right)


def _topic(thing: StationAnswer | DeviceAnswer | TagAnswer) -> str:
    kind = {StationAnswer: "station", DeviceAnswer: "device", TagAnswer: "tag"}[type(thing)]
    return f"stations.{kind}.updated"
