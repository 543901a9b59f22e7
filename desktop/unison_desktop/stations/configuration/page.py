"""What the PCs are told to read: stations, devices and tags, to be set up and changed."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.configuration import COUNT_ROLES
from unison_domain.stations.contracts import (
    AgentAnswer,
    DeviceAnswer,
    DeviceReport,
    StationAnswer,
    TagAnswer,
)

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.outline import Outline
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.rights import named
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls as machine_calls
from unison_desktop.sites import calls as site_calls
from unison_desktop.stations import calls as station_calls
from unison_desktop.stations.configuration.changing import TEST_READ, Changing
from unison_desktop.stations.configuration.chosen_rights import ChosenRights
from unison_desktop.stations.configuration.correcting_counts import CountCorrectionDialog
from unison_desktop.stations.configuration.device_reports import DeviceReports
from unison_desktop.stations.configuration.files import TagFiles
from unison_desktop.stations.configuration.history import HistoryDialog
from unison_desktop.stations.configuration.holding import NO_TAGS, Holding, drift_words, no_device_words, nothing_words
from unison_desktop.stations.configuration.notices import ReasonDialog, WaitingBar
from unison_desktop.stations.configuration.recomputing import RecomputeDialog
from unison_desktop.stations.configuration.returning import (
    against_change_of,
    against_end_of,
    plant_of,
    returnables,
)
from unison_desktop.stations.configuration.tag_table import TagRow, tag_columns, tag_id, tag_rows
from unison_desktop.tables.returning import ReturnDialog
from unison_desktop.tables.table import Table

_REPORTED = ("stations.agent.reported", "stations.device.changed", "stations.agent.quarantined")


class ConfigurationPage(Page):
    """PCs, stations and devices as a tree; the tags of what is chosen beside it."""

    topics: ClassVar[tuple[str, ...]] = (
        "stations.",
        "machines.machine.created",
        "machines.machine.updated",
        "machines.machine.deactivated",
        "machines.machine.reactivated",
    )

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.holding = Holding()
        self._changing = Changing(desk, self.holding, self)
        self._changing.device_made.connect(self._on_device_made)
        self._changing.failed.connect(self.reload)
        self._wanted, _correct, self._wanted_tag = place.argument.partition("/correct/")
        self.tree = Outline(desk.theme, _("PCs, stations and devices"), self)
        self.tags = Table(tag_columns(desk.theme), tag_id, desk.theme, title=_("Tags"), nothing=NO_TAGS, parent=self)
        self._name = QLabel(self)
        self._name.setFont(desk.theme.font(Type.HEADING))
        self._facts = QLabel(self)
        self._facts.setProperty("role", "muted")
        self._facts.setWordWrap(True)
        self._files = TagFiles(desk, self.tags, self)
        self.waiting = WaitingBar(self)
        self.waiting.pressed.connect(self._ask_reason)
        self._reports = DeviceReports(desk.session.client, self)
        self._reports.read.connect(self._show_reports)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._make_commands()
        self.tree.chosen.connect(self._show_rows)
        self.tree.opened.connect(self._edit_node)
        self.tags.row_opened.connect(self._edit_tag)
        self.tags.selection_told.connect(self.guard)
        self.tags.failed.connect(self._say_bad)
        self.set_title(_("Configuration"), _("What the PCs on the shop floor are told to read"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.tree.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Edit what is chosen"), _("Enter, F2, double click")), (_("Fold and unfold"), _("Left, Right"))]

    def load(self) -> None:
        client = self.desk.session.client
        for agent in self.holding.agents_in_use():
            self._reports.ask(agent.id)
        self.ask(station_calls.agents(client, owner=self), self._show_agents)
        self.ask(station_calls.stations(client, owner=self), self._show_stations)
        self.ask(station_calls.devices(client, owner=self), self._show_devices)
        self.ask(station_calls.tags(client, owner=self), self._show_tags)
        self.ask(machine_calls.machines(client, owner=self), self._show_machines)
        self.ask(site_calls.plants(client, owner=self), self._show_plants)

    def on_change(self, change: Change) -> None:
        if change.topic in _REPORTED:
            self.ask(station_calls.agents(self.desk.session.client, owner=self), self._show_agents)
            for agent in self.holding.agents_in_use():
                devices = [one.id for one in self.holding.devices_below(f"agent/{agent.id}")]
                if any(change.names(one) for one in (agent.id, *devices)):
                    self._reports.ask(agent.id)
        elif not change.topic.startswith("stations.agent.command"):
            self.reload()

    def save_layout(self) -> None:
        self.tags.save_layout()
        self.desk.layout.save_splitter(self._splitter, "configuration")

    # What was read.

    def _show_agents(self, agents: list[AgentAnswer]) -> None:
        known, self.holding.agents = {one.id for one in self.holding.agents}, agents
        self._show()
        for agent in self.holding.agents_in_use():
            if agent.id not in known:
                self._reports.ask(agent.id)

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
        self.guard()

    def _show_reports(self, reports: list[DeviceReport]) -> None:
        self.holding.reports |= {report.device_id: report for report in reports}
        self._show_rows()
        self.tree.show_nodes(self.holding.nodes())

    def _show(self) -> None:
        self.tree.show_nodes(self.holding.nodes())
        if self._wanted and self.tree.has(self._wanted):
            self.tree.choose(self._wanted)
            self._wanted = ""
        self._show_rows()

    def _show_rows(self) -> None:
        key = self.tree.current
        rows = tag_rows(self.holding, key)
        self.tags.set_rows(rows)
        self.tags.view.set_notice(nothing_words(self.holding, key))
        self._name.setText(self._title_of(key))
        self._facts.setText(self._facts_of(key))
        self.guard()
        why_not = "" if self.desk.session.may("stations.tag.update") else self.desk.session.lacks("stations.tag.update")
        self.waiting.tell([row.tag.name for row in rows if row.is_waiting], why_not)
        if (wanted := next((row.tag for row in rows if str(row.tag.id) == self._wanted_tag), None)) is not None:
            self._wanted_tag = ""
            self.tags.view.select_ids([wanted.id])
            self._ask_counts() if wanted.role in COUNT_ROLES else self._ask_recompute()

    def _title_of(self, key: str) -> str:
        thing = self.holding.device(key) or self.holding.station(key) or self.holding.agent(key)
        return thing.name if thing is not None else ""

    def _facts_of(self, key: str) -> str:
        parts = []
        if (device := self.holding.device(key)) is not None:
            report = self.holding.reports.get(device.id)
            parts.append(f"{device.line_words} #{device.unit_id}")
            parts += [worded(report.message)] if report is not None and report.message else []
        if (agent := self.holding.agent(key)) is not None:
            parts.append(f"{agent.name} {drift_words(agent)}")
        elif key:
            parts.append(_("No PC reads it yet: choose one in the station."))
        if not self.desk.session.may(TEST_READ):
            parts.append(_("Reading now is not for you: it needs the right {right}.").format(right=named(TEST_READ)))
        return " · ".join(parts)

    # Commands.

    def _make_commands(self) -> None:
        one, may = self.add_command, ChosenRights(self.desk.session, self.holding, self._plant_in_hand)
        new = partial(one, in_head=False)
        make_device = may.here("stations.device.create")
        self._new = [
            new(
                "config.station", _("New station…"), self._new_station, against=may.anywhere("stations.station.create")
            ),
            new("config.device", _("New device…"), self._new_device, shortcuts="Ctrl+Shift+N", against=make_device),
            new("config.template", _("Device from a template…"), self._new_from_template, against=make_device),
            new(
                "config.tag",
                _("New tag…"),
                self._new_tag,
                shortcuts="Ctrl+N",
                against=may.here("stations.tag.create"),
            ),
        ]
        more = [
            new(
                "config.recompute",
                _("Compute values anew…"),
                self._ask_recompute,
                against=may.here("machines.sample.recompute"),
            ),
            new("config.counts", _("Correct counts…"), self._ask_counts, against=may.here("machines.count.correct")),
            new("config.history", _("History…"), self._open_history, shortcuts="Ctrl+H"),
            new("config.export", _("Export tags (CSV)…"), self._export),
            new("config.import", _("Import tags (CSV)…"), self._import, against=may.anywhere("stations.tag.import")),
        ]
        end = new(
            "config.deactivate", _("Deactivate…"), self._ask_deactivate, shortcuts="Del", against=self._against_end
        )
        back = one("config.return", _("Out of use…"), self._open_returning, shortcuts="Ctrl+R", in_head=False)
        self._place_menus(self._new, [*more, end, back])
        one("config.edit", _("Edit…"), self._edit, shortcuts="F2", against=self._against_edit)
        read = may.here(TEST_READ)
        one("config.read", _("Read now…"), self._test_read, icon="device", shortcuts="Ctrl+T", against=read)

    def _place_menus(self, new: list[Command], more: list[Command]) -> None:
        self.head.add_widget(CommandMenu(_("More"), more, self.desk.theme, self))
        self.head.add_widget(CommandMenu(_("New"), new, self.desk.theme, self, icon="plus"))

    def _row_in_hand(self) -> TagRow | None:
        """The chosen tag, unless the keyboard is in the tree."""
        return None if self.tree.hasFocus() else self._chosen_row()

    def _chosen_row(self) -> TagRow | None:
        ids = self.tags.view.selected_ids()
        return next((row for row in self.tags.model.rows() if row.tag.id in ids), None) if len(ids) == 1 else None

    def _new_station(self) -> None:
        self._changing.new_station(self.tree.current)

    def _new_device(self) -> None:
        self._changing.new_device(self.tree.current)

    def _new_from_template(self) -> None:
        station = self.holding.station(self.tree.current)
        if station is None:
            self.desk.messages.say(_("Choose the station the device stands at."))
        else:
            self._changing.new_from_template(station)

    def _new_tag(self) -> None:
        devices = self.holding.devices_below(self.tree.current)
        row = self._chosen_row()
        device = devices[0] if len(devices) == 1 else row.device if row else None
        if device is None:
            self.desk.messages.say(no_device_words(self.holding, self.tree.current))
        else:
            self._changing.new_tag(device)

    def _edit(self) -> None:
        row = self._row_in_hand()
        if row is not None:
            self._edit_tag(row)
        else:
            self._edit_node(self.tree.current)

    def _edit_node(self, key: str) -> None:
        thing = self.holding.device(key) or self.holding.station(key)
        if thing is not None:
            self._changing.edit(thing)

    def _edit_tag(self, row: TagRow) -> None:
        self._changing.edit(row.tag, row.device)

    def _on_device_made(self, device: DeviceAnswer) -> None:
        self._wanted = f"device/{device.id}"

    def _test_read(self) -> None:
        row = self._chosen_row()
        device = row.device if row else self.holding.device(self.tree.current)
        if device is None:
            self.desk.messages.say(_("Choose a tag or a device to read."))
        else:
            self._changing.read_now(device, row)

    def _thing_in_hand(self) -> TagAnswer | DeviceAnswer | StationAnswer | None:
        """The tag that was gone to last, else what is chosen in the tree."""
        row, key = self._row_in_hand(), self.tree.current
        return row.tag if row else self.holding.device(key) or self.holding.station(key)

    def _ask_deactivate(self) -> None:
        thing = self._thing_in_hand()
        if thing is None:
            self.desk.messages.say(_("Choose what is not to be read any more."))
        else:
            self._changing.ask_deactivate(thing)

    def _open_returning(self) -> None:
        ReturnDialog(self.desk, returnables(self.desk.session, self.holding), self.holding.names(), self).open()

    def _plant_in_hand(self) -> PlantAnswer | None:
        thing = self._thing_in_hand()
        return None if thing is None else plant_of(self.holding, thing)

    def _against_end(self) -> str:
        return against_end_of(self.desk.session, self.holding, self._thing_in_hand())

    def _against_edit(self) -> str:
        return against_change_of(self.desk.session, self.holding, self._thing_in_hand())

    def _say_bad(self, text: str) -> None:
        self.desk.messages.say(text, Tone.BAD)

    def _waiting_rows(self) -> list[TagRow]:
        return [row for row in tag_rows(self.holding, self.tree.current) if row.is_waiting]

    def _ask_reason(self) -> None:
        dialog = ReasonDialog(self.desk, [row.tag.name for row in self._waiting_rows()], self)
        dialog.given.connect(self._force)
        dialog.open()

    def _force(self, reason: str) -> None:
        self._changing.force(self._waiting_rows(), reason)

    def _open_history(self) -> None:
        row = self._row_in_hand()
        key = self.tree.current if row is None else f"device/{row.device.id}"
        of = self.holding.agent(key) or self.holding.station(key)
        if of is None:
            self.desk.messages.say(_("Choose a PC, a station, or something in it."))
        else:
            HistoryDialog(self.desk, of, self._thing_in_hand(), self.holding.names(), self).open()

    def _ask_recompute(self) -> None:
        row = self._chosen_row()
        if row is None:
            self.desk.messages.say(_("Choose the tag whose recorded values are to be computed anew."))
        elif row.tag.role in COUNT_ROLES:
            self.desk.messages.say(_("{name} counts parts: correct its counts.").format(name=row.tag.name))
        else:
            of = self.holding.agent_of(row.device), self.holding.zone_at(row.device)
            RecomputeDialog(self.desk, row.tag, self, *of).open()

    def _ask_counts(self) -> None:
        row = self._chosen_row()
        if row is None or row.tag.role not in COUNT_ROLES:
            self.desk.messages.say(_("Choose the counter whose counts are to be put right."))
        else:
            CountCorrectionDialog(self.desk, row.tag, self, self.holding.zone_at(row.device)).open()

    def _export(self) -> None:
        if (station := self._station_of_file()) is not None:
            self._files.export(station)

    def _import(self) -> None:
        if (station := self._station_of_file()) is not None:
            self._files.take_over(station)

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
