"""What is measured: characteristics with their limits."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against, against_any
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.texts import _
from unison_desktop.quality import calls
from unison_desktop.quality.characteristic_form import CharacteristicDialog
from unison_desktop.quality.columns import characteristic_columns
from unison_desktop.sites.calls import plants
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "quality.characteristic"


class CharacteristicsPage(Page):
    """A table; Enter on a row shows its values."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._plants: dict[UUID, PlantAnswer] = {}
        self._known: list[CharacteristicAnswer] = []
        self.table = Table(
            characteristic_columns(self._plant_name),
            _id_of,
            desk.theme,
            title=_("Characteristics"),
            nothing=_("Nothing is measured yet: “New characteristic…” says what is to be."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "quality.characteristics")
        self.table.row_opened.connect(self._open)
        self.table.selection_told.connect(self.guard)
        self.set_content(self.table)
        self.add_command("characteristic.values", _("Show values"), self._open_chosen, shortcuts="Ctrl+Return")
        self.add_command("characteristic.edit", _("Edit…"), self._edit, shortcuts="F2", against=self._against_edit)
        self.add_command(
            "characteristic.new",
            _("New characteristic…"),
            self._new,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            against=self._against_new,
        )
        PrintCommands(self, self._paper)
        self.set_title(_("Characteristics"), _("What is measured, and within which limits it is good"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("Measurements"), Place("measurements"))]

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(plants(client, owner=self), self._show_plants)
        self.ask(calls.characteristics(client, owner=self), self._show)

    def save_layout(self) -> None:
        self.table.save_layout()

    def _plant_name(self, one: CharacteristicAnswer) -> str:
        plant = self._plants.get(one.plant_id)
        return plant.name if plant else ""

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self._plants = {one.id: one for one in known}
        self.table.set_rows(self._known)
        self.guard()

    def _show(self, known: list[CharacteristicAnswer]) -> None:
        self._known = known
        self.table.set_rows(known)
        self.guard()

    def _chosen(self) -> CharacteristicAnswer | None:
        ids = self.table.view.selected_ids()
        return next((one for one in self._known if one.id in ids), None)

    def _open(self, one: CharacteristicAnswer) -> None:
        self.go.emit(Place("measurements", str(one.id)))

    def _open_chosen(self) -> None:
        if (one := self._demand_chosen()) is not None:
            self._open(one)

    def _edit(self) -> None:
        if (one := self._demand_chosen()) is not None:
            self._open_form(one)

    def _demand_chosen(self) -> CharacteristicAnswer | None:
        one = self._chosen()
        if one is None:
            self.desk.messages.say(_("Choose a characteristic first."))
        return one

    def _against_edit(self) -> str:
        one = self._chosen()
        return against(self.desk.session, f"{TOPIC}.update", self._plants.get(one.plant_id)) if one is not None else ""

    def _against_new(self) -> str:
        return against_any(self.desk.session, f"{TOPIC}.create", list(self._plants.values()))

    def _new(self) -> None:
        self._open_form(None)

    def _open_form(self, one: CharacteristicAnswer | None) -> None:
        dialog = CharacteristicDialog(self.desk, list(self._plants.values()), one, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, one: CharacteristicAnswer) -> None:
        self.desk.messages.say(_("{name} is saved.").format(name=one.characteristic_name), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", [one.id])

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Characteristics"), (), (PrintedTable(self.table),), look)


def _id_of(one: CharacteristicAnswer) -> UUID:
    return one.id
