"""Plants, their work centers and their machines, to be set up and changed."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget
from unison_domain.machines.contracts import MachineAnswer, WorkCenterAnswer
from unison_domain.machines.copying import MachineCopied
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import DeviceAnswer, StationAnswer, TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.outline import Node, Outline
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against, against_any, against_every_kind, against_new_plant, open_to
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.numbers import short_text
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_name_here
from unison_desktop.machines import calls as machine_calls
from unison_desktop.machines.setup import calls
from unison_desktop.machines.setup.copy_dialog import CopyDialog, copied_text
from unison_desktop.machines.setup.ending import Ending
from unison_desktop.machines.setup.fields import (
    LIFE_CYCLES,
    plant_fields,
    work_center_fields,
)
from unison_desktop.machines.setup.forms import NEW_MACHINE, MachineDialog, SetupDialog
from unison_desktop.machines.setup.returning import returnables
from unison_desktop.sites import calls as site_calls
from unison_desktop.stations import calls as station_calls
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.returning import ReturnDialog
from unison_desktop.tables.table import Table

_TOPICS = {PlantAnswer: "sites.plant", WorkCenterAnswer: "machines.work_center", MachineAnswer: "machines.machine"}


class SetupPage(Page):
    """A tree of plants and work centers; the machines of what is chosen beside it."""

    topics: ClassVar[tuple[str, ...]] = (
        "sites.plant",
        "machines.work_center",
        "machines.machine.created",
        "machines.machine.updated",
        "machines.machine.deactivated",
        "machines.machine.reactivated",
        "stations.station",
    )

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._plants: list[PlantAnswer] = []
        self._centers: list[WorkCenterAnswer] = []
        self._machines: list[MachineAnswer] = []
        self._stations: list[StationAnswer] = []
        self._copied: MachineAnswer | None = None
        self._copied_tags: list[TagAnswer] = []
        self._machine_next = False
        self.tree = Outline(desk.theme, _("Plants and work centers"), self)
        self.table = Table(_COLUMNS, _machine_id, desk.theme, title=_("Machines"), nothing=_NO_MACHINE, parent=self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._make_commands()
        self.ending = Ending(self)
        self.ending.ended.connect(self._on_deactivated)
        self.ending.failed.connect(self._on_failed)
        self.tree.chosen.connect(self._show_machines)
        self.tree.opened.connect(self._edit_node)
        self.table.row_opened.connect(self._edit_machine)
        self.table.selection_told.connect(self.guard)
        self.set_title(_("Equipment"), _("Plants, their work centers and machines"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.tree.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Edit what is chosen"), _("Enter, F2, double click"))]

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(site_calls.plants(client, owner=self), self._show_plants)
        self.ask(calls.work_centers(client, owner=self), self._show_centers)
        self.ask(machine_calls.machines(client, owner=self), self._show_all)
        self.ask(station_calls.stations(client, owner=self), self._show_stations)

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "plants")

    def _show_plants(self, plants: list[PlantAnswer]) -> None:
        self._plants = plants
        self._show()

    def _show_centers(self, centers: list[WorkCenterAnswer]) -> None:
        self._centers = centers
        self._show()

    def _show_all(self, machines: list[MachineAnswer]) -> None:
        self._machines = machines
        self._show_machines()

    def _show_stations(self, stations: list[StationAnswer]) -> None:
        self._stations = stations

    def _show(self) -> None:
        nodes = []
        for plant in self._plants:
            nodes.append(Node(f"plant/{plant.id}", plant.name, "machines", hint=plant.time_zone))
            centers = (one for one in self._centers if one.plant_id == plant.id)
            nodes += [
                Node(f"center/{one.id}", one.name, "machine", f"plant/{plant.id}", None, one.code) for one in centers
            ]
        self.tree.show_nodes(nodes)
        self._show_machines()

    def _show_machines(self) -> None:
        kind, _slash, id_ = self.tree.current.partition("/")
        place = {"plant": _plant_id, "center": _center_id}.get(kind, _nowhere)
        self.table.set_rows([one for one in self._machines if str(place(one)) == id_])
        self.table.view.set_notice(_NO_MACHINE if self._plants else _NO_PLANT)
        self.guard()

    # Commands.

    def _make_commands(self) -> None:
        one = self.add_command
        new = [
            one("setup.plant", _("New plant…"), self._new_plant, against=self._against_new_plant, in_head=False),
            one(
                "setup.center",
                _("New work center…"),
                self._new_center,
                shortcuts="Ctrl+Shift+N",
                against=self._against_new_center,
                in_head=False,
            ),
        ]
        copy = one("setup.copy", _("Copy machine…"), self._begin_copy, against=self._against_copy, in_head=False)
        end = one(
            "setup.deactivate",
            _("Deactivate…"),
            self._ask_deactivate,
            shortcuts="Del",
            against=self._against_ending,
            in_head=False,
        )
        back = one("setup.return", _("Out of use…"), self._open_returning, shortcuts="Ctrl+R", in_head=False)
        self.head.add_widget(CommandMenu(_("More"), [*new, copy, end, back], self.desk.theme, self))
        one("setup.edit", _("Edit…"), self._edit, shortcuts="F2", against=self._against_edit)
        one(
            "setup.machine",
            _("New machine…"),
            self._new_machine,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            against=self._against_new_machine,
        )

    def _new_plant(self) -> None:
        self._open(PlantAnswer, {"time_zone": zone_name_here(self.desk.session.zone)})

    def _new_center(self) -> None:
        self._open(WorkCenterAnswer, {"plant_id": self._plant_here()})

    def _new_machine(self) -> None:
        if not self._plants:
            self.desk.messages.say(_("A machine stands in a plant: make the plant first, its form comes next."))
            self._new_plant()
            self._machine_next = True
            return
        kind, _slash, id_ = self.tree.current.partition("/")
        center = id_ if kind == "center" else None
        self._open(MachineAnswer, {**NEW_MACHINE, "plant_id": self._plant_here(), "work_center_id": center})

    def _plant_here(self) -> str | None:
        kind, _slash, id_ = self.tree.current.partition("/")
        center = next((one for one in self._centers if str(one.id) == id_), None)
        if kind == "plant" or center is None:
            return id_ or None
        return str(center.plant_id)

    def _edit(self) -> None:
        machine = self._chosen_machine()
        if machine is not None:
            self._edit_machine(machine)
        else:
            self._edit_node(self.tree.current)

    def _edit_machine(self, machine: MachineAnswer) -> None:
        self._open_unless(self._against(machine, "update"), machine)

    def _edit_node(self, key: str) -> None:
        thing = self._node(key)
        if thing is not None:
            self._open_unless(self._against(thing, "update"), thing)

    def _open_unless(self, why: str, thing: calls.Thing) -> None:
        if why:
            self.desk.messages.say(why)
        else:
            self._open(type(thing), thing)

    def _open(self, kind: type[calls.Thing], given: calls.Thing | dict[str, Any]) -> None:
        self._machine_next = False
        right = f"{_TOPICS[kind]}.create"
        plants = {str(one.id): one.name for one in open_to(self.desk.session, right, self._plants)}
        if isinstance(given, PlantAnswer) or kind is PlantAnswer:
            dialog = SetupDialog(self.desk, kind, plant_fields(), given, self)
        elif isinstance(given, WorkCenterAnswer) or kind is WorkCenterAnswer:
            fields = work_center_fields(plants, is_new=isinstance(given, dict))
            dialog = SetupDialog(self.desk, kind, fields, given, self)
        else:
            dialog = MachineDialog(self.desk, plants, self._centers, self._stations, given, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, thing: calls.Thing) -> None:
        self.desk.messages.say(_("{name} is saved.").format(name=thing.name), Tone.GOOD)
        self.desk.session.changes.announce(f"{_TOPICS[type(thing)]}.updated", [thing.id])
        if self._machine_next and isinstance(thing, PlantAnswer):
            self._plants = [*self._plants, thing]
            self._open(MachineAnswer, {**NEW_MACHINE, "plant_id": str(thing.id)})

    def _begin_copy(self) -> None:
        self._copied = self._chosen_machine()
        if self._copied is None:
            self.desk.messages.say(_("Choose the machine that is to be copied."))
        else:
            self.ask(station_calls.tags(self.desk.session.client, self._copied.id, owner=self), self._copy_tags)

    def _copy_tags(self, tags: list[TagAnswer]) -> None:
        """Devices are read after the tags: each tag's was made before it."""
        self._copied_tags = tags
        self.ask(station_calls.devices(self.desk.session.client, owner=self), self._open_copy)

    def _open_copy(self, devices: list[DeviceAnswer]) -> None:
        if self._copied is None:
            return
        used, known = {tag.device_id for tag in self._copied_tags}, {device.id for device in devices}
        left = [tag.name for tag in self._copied_tags if tag.device_id not in known]
        of_machine = [device for device in devices if device.id in used]
        dialog = CopyDialog(self.desk, self._copied, of_machine, self, stations=self._station_names(), left=left)
        dialog.saved.connect(self._on_copied)
        dialog.open()

    def _station_names(self) -> dict[str, str]:
        """Stations for choosing; with their plants, where there are several."""
        plants = {one.id: one.name for one in self._plants} if len(self._plants) > 1 else {}
        parts = {str(one.id): (one.name, plants.get(one.plant_id, "")) for one in self._stations}
        return {id_: " · ".join(part for part in named if part) for id_, named in parts.items()}

    def _on_copied(self, copied: MachineCopied) -> None:
        self.desk.messages.say(copied_text(copied), Tone.GOOD)
        self.desk.session.changes.announce("machines.machine.created", [copied.machine_id])

    def _ask_deactivate(self) -> None:
        thing = self._in_hand()
        if thing is None:
            self.desk.messages.say(_("Choose what is to be taken out of use."))
            return
        if why := self._against_end(thing):
            self.desk.messages.say(why)
            return
        self.ending.ask(thing)

    # What stands against it, empty where nothing does.

    def _against(self, thing: calls.Thing, verb: str) -> str:
        plant_id = thing.id if isinstance(thing, PlantAnswer) else thing.plant_id
        plant = next((one for one in self._plants if one.id == plant_id), None)
        return against(self.desk.session, f"{_TOPICS[type(thing)]}.{verb}", plant, ends=verb == "deactivate")

    def _against_end(self, thing: calls.Thing) -> str:
        return self._against(thing, "deactivate")

    def _against_edit(self) -> str:
        return self._against_change("update")

    def _against_ending(self) -> str:
        return self._against_change("deactivate")

    def _against_change(self, verb: str) -> str:
        """Of what is chosen; of nothing, whether there is anything at all that they may."""
        thing, rights = self._in_hand(), [f"{topic}.{verb}" for topic in _TOPICS.values()]
        return against_every_kind(self.desk.session, rights) if thing is None else self._against(thing, verb)

    def _against_new_plant(self) -> str:
        return against_new_plant(self.desk.session)

    def _against_new_center(self) -> str:
        return against_any(self.desk.session, "machines.work_center.create", self._plants)

    def _against_new_machine(self) -> str:
        return against_any(self.desk.session, "machines.machine.create", self._plants)

    def _against_copy(self) -> str:
        machine = self._chosen_machine()
        return self._against(machine, "create") if machine is not None else self._against_new_machine()

    def _in_hand(self) -> calls.Thing | None:
        return self._chosen_machine() or self._node(self.tree.current)

    def _open_returning(self) -> None:
        names = {str(one.id): one.name for one in self._plants} | {str(one.id): one.name for one in self._centers}
        ReturnDialog(self.desk, returnables(self._against_end), names, self).open()

    def _on_deactivated(self, thing: calls.Thing) -> None:
        self.desk.session.changes.announce(f"{_TOPICS[type(thing)]}.deactivated", [thing.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _chosen_machine(self) -> MachineAnswer | None:
        if self.tree.hasFocus():
            return None
        ids = self.table.view.selected_ids()
        return next((one for one in self._machines if one.id in ids), None) if len(ids) == 1 else None

    def _node(self, key: str) -> PlantAnswer | WorkCenterAnswer | None:
        kind, _slash, id_ = key.partition("/")
        things: list[PlantAnswer] | list[WorkCenterAnswer] = self._plants if kind == "plant" else self._centers
        return next((one for one in things if str(one.id) == id_), None)

    def _lay_out(self) -> None:
        self._splitter.addWidget(self.tree)
        self._splitter.addWidget(self.table)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(10)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([250, 750])
        self.set_content(self._splitter)
        self.table.remember(self.desk.layout, "plants.machines")
        self.desk.layout.restore_splitter(self._splitter, "plants")


_NO_PLANT = _("There is no plant yet. “New machine…” (Ctrl+N) begins with it.")
_NO_MACHINE = _("There is no machine here yet. “New machine…” (Ctrl+N) makes the first.")


def _machine_id(machine: MachineAnswer) -> UUID:
    return machine.id


def _plant_id(machine: MachineAnswer) -> UUID:
    return machine.plant_id


def _center_id(machine: MachineAnswer) -> UUID | None:
    return machine.work_center_id


def _nowhere(_machine: MachineAnswer) -> None:
    return None


def _cycle(machine: MachineAnswer) -> str:
    return "" if machine.ideal_cycle_seconds is None else f"{short_text(machine.ideal_cycle_seconds)} s"


_COLUMNS: tuple[Column[MachineAnswer], ...] = (
    Column("code", _("Code"), lambda one: one.machine_code, width=14, always_visible=True),
    Column("name", _("Name"), lambda one: one.name, width=22),
    Column("center", _("Work center"), lambda one: one.work_center_name, width=18),
    Column("type", _("Kind"), lambda one: one.machine_type, width=14),
    Column("cycle", _("Ideal cycle"), _cycle, align=Align.RIGHT, width=10),
    Column("life", _("Life"), lambda one: LIFE_CYCLES[one.life_cycle], width=14),
    Column("maker", _("Maker"), lambda one: one.manufacturer, width=16, visible=False),
    Column("serial", _("Serial number"), lambda one: one.serial_number, width=16, visible=False),
)
