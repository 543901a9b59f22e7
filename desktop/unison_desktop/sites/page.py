"""Plants, departments, warehouses and storage locations, each a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget
from unison_domain.identity.contracts import UserAnswer
from unison_domain.sites.contracts import DepartmentAnswer, PlantAnswer, WarehouseAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity.calls import people
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_name_here
from unison_desktop.sites import calls
from unison_desktop.sites.book import PEOPLE, Book
from unison_desktop.sites.columns import columns_of
from unison_desktop.sites.forms import PlaceDialog
from unison_desktop.sites.kinds import DEPARTMENT, KINDS, LOCATION, PLANT, WAREHOUSE, Kind, Thing, kind_of, name_of
from unison_desktop.sites.locations import LocationsPart
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

_PLACES = "places"
_AUDIT = "identity.audit.read"


class PlacesPage(Page):
    """A tab for each kind. What is not assigned to the person is seen, and its commands say why they are off."""

    topics: ClassVar[tuple[str, ...]] = tuple(kind.right for kind in KINDS)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.book = Book(desk.session)
        self.tabs = QTabBar(self)
        self.tabs.setUsesScrollButtons(False)  # what is in the same line gives way, and no name is cut
        self.tabs.setAccessibleName(_("Which places"))
        self.unused = QCheckBox(_("Out of use too"), self)
        columns = columns_of(self.book)
        self.tables = {kind.key: self._table(kind, columns[kind.key]) for kind in KINDS}
        self.locations = LocationsPart(desk, self.book, self.tables[LOCATION.key], self)
        self._stack = QStackedWidget(self)
        self._make_commands()
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab)
        self.unused.toggled.connect(self._show)
        self.locations.chosen.connect(self._show_places)
        self.locations.read.connect(self._show_places)
        self.locations.failed.connect(self._tell_places)
        desk.session.events.link_changed.connect(self._guard_places)
        self.set_title(_("Plants and stores"))
        self._on_tab()

    @property
    def kind(self) -> Kind:
        """What the list in front shows."""
        return KINDS[max(0, self.tabs.currentIndex())]

    @property
    def table(self) -> Table:
        """The list in front."""
        return self.tables[self.kind.key]

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        (self.locations.tree if self.kind is LOCATION else self.table.view).setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (_("Edit what is chosen"), _("Enter, F2, double click")),
            (_("Another list"), _("Left, Right in the tabs")),
        ]

    def load(self) -> None:
        client, may = self.desk.session.client, self.desk.session.may
        self.ask(calls.everything(client, PLANT, owner=self), self._show_plants)
        if may(f"{DEPARTMENT.right}.read"):
            self.ask(calls.everything(client, DEPARTMENT, owner=self), self._show_departments)
        if may(f"{WAREHOUSE.right}.read"):
            self.ask(calls.everything(client, WAREHOUSE, owner=self), self._show_warehouses)
        if may(PEOPLE):
            self.ask(people(client, owner=self), self._show_people)
        self.locations.load()

    def on_change(self, change: Change) -> None:
        if change.topic.startswith(LOCATION.right):
            self.locations.load()
        else:
            self.reload()

    def save_layout(self) -> None:
        for table in self.tables.values():
            table.save_layout()
        self.locations.save_layout()

    # What was read.

    def _show_plants(self, plants: list[PlantAnswer]) -> None:
        self.book.know(PLANT, plants)
        self._show()

    def _show_departments(self, departments: list[DepartmentAnswer]) -> None:
        self.book.know(DEPARTMENT, departments)
        self._show()

    def _show_warehouses(self, warehouses: list[WarehouseAnswer]) -> None:
        self.book.know(WAREHOUSE, warehouses)
        self._show()

    def _show_people(self, known: list[UserAnswer]) -> None:
        self.book.know_people(one for one in known if one.is_active)
        self._show()

    def _show(self) -> None:
        also_unused = self.unused.isChecked()
        for kind in KINDS:
            if self.book.knows(kind):
                self.tables[kind.key].set_rows(self.book.things(kind, also_unused=also_unused))
        self.locations.show_warehouses(also_unused=also_unused)
        self._guard_places()

    def _show_places(self) -> None:
        table = self.tables[LOCATION.key]
        table.name_file(f"{LOCATION.many} {self.book.warehouse.code}" if self.book.warehouse else LOCATION.many)
        if self.book.knows(LOCATION):
            table.set_rows(self.book.things(LOCATION, also_unused=self.unused.isChecked()))
        self._guard_places()

    def _tell_places(self, error: ApiError | None) -> None:
        self.tell(error, _PLACES)

    # Commands.

    def _make_commands(self) -> None:
        one = self.add_command
        self._places = one(
            "place.locations", _("Storage locations"), self._go_to_places, shortcuts="Ctrl+Return", in_head=False
        )
        self._end = one("place.deactivate", _("Deactivate…"), self._ask_deactivate, shortcuts="Del", in_head=False)
        self._back = one(
            "place.reactivate", _("Bring back into use"), self._reactivate, shortcuts="Ctrl+R", in_head=False
        )
        history = one(
            "place.history", _("History"), self._go_to_history, shortcuts="Ctrl+H", needs=_AUDIT, in_head=False
        )
        self.head.add_widget(
            CommandMenu(_("More"), [self._places, history, self._end, self._back], self.desk.theme, self)
        )
        self._change = one("place.edit", _("Edit…"), self._edit, shortcuts="F2")
        self._new = one("place.new", PLANT.new, self._begin, icon="plus", shortcuts="Ctrl+N", primary=True)
        PrintCommands(self, self._paper)

    def _guard_places(self) -> None:
        """What can't be done with what is chosen is off, and says why."""
        chosen = self._chosen()
        against = {
            self._new: self.book.against_new(self.kind),
            self._change: self.book.against_change(chosen) if chosen else self._against_any("update"),
            self._end: self.book.against_end(chosen) if chosen else self._against_any("deactivate"),
            self._back: self.book.against_return(chosen) if chosen else self._against_any("deactivate"),
        }
        away = "" if self.desk.session.is_online else _("Not while the server is away.")
        for command, reason in against.items():
            command.allow(not (reason or away), reason or away)
        self._places.allow(self.kind is WAREHOUSE, _("Choose a warehouse among the warehouses first."))

    def _against_any(self, verb: str) -> str:
        right = f"{self.kind.right}.{verb}"
        if not self.desk.session.may(right):
            return self.desk.session.lacks(right)
        if self.kind is LOCATION and self.book.warehouse is not None:
            return self.book.against_places(self.book.warehouse, ends=verb == "deactivate")
        return ""

    def _chosen(self) -> Thing | None:
        ids = self.table.view.selected_ids()
        things = self.book.things(self.kind, also_unused=True)
        return next((one for one in things if one.id in ids), None) if len(ids) == 1 else None

    def _begin(self) -> None:
        begin: dict[str, Any] = {}
        if self.kind is PLANT:
            begin["time_zone"] = zone_name_here(self.desk.session.zone)
        elif self.kind is LOCATION and self.book.warehouse is not None:
            begin["warehouse_id"] = str(self.book.warehouse.id)
        else:
            begin["plant_id"] = next(iter(self.book.plants_to_choose(self.kind)), None)
        self._open(begin)

    def _edit(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.desk.messages.say(self.kind.choose)
        else:
            self._edit_row(chosen)

    def _edit_row(self, thing: Thing) -> None:
        if refusal := self.book.against_change(thing):
            self.desk.messages.say(refusal)
        else:
            self._open(thing)

    def _open(self, given: Thing | Mapping[str, Any]) -> None:
        dialog = PlaceDialog(self.desk, self.book, self.kind, given, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, thing: Thing) -> None:
        self.desk.messages.say(_("{name} is saved.").format(name=name_of(thing)), Tone.GOOD)
        self.desk.session.changes.announce(f"{kind_of(thing).right}.updated", [thing.id])

    def _ask_deactivate(self) -> None:
        thing = self._chosen()
        if thing is None:
            self.desk.messages.say(self.kind.choose)
            return
        below = self.book.in_use_below(thing)
        explains = _("It is not offered any more. What was recorded of it stays.")
        if below:
            names = ", ".join(one.code for one in below)
            explains += "\n" + _("In use there, and stays so: {names}.").format(names=names)
        question = Question(
            thing,
            self.desk.theme,
            self,
            asks=_("Deactivate {name}?").format(name=name_of(thing)),
            explains=explains,
            yes=_("Deactivate"),
        )
        question.confirmed.connect(self._deactivate)
        question.open()

    def _deactivate(self, thing: Thing) -> None:
        call = calls.deactivate(self.desk.session.client, thing, owner=self)
        call.done.connect(self._on_deactivated)
        call.failed.connect(self._on_failed)

    def _on_deactivated(self, thing: Thing) -> None:
        self.desk.messages.say(_("{name} is out of use.").format(name=name_of(thing)), Tone.GOOD)
        self.desk.session.changes.announce(f"{kind_of(thing).right}.deactivated", [thing.id])

    def _reactivate(self) -> None:
        thing = self._chosen()
        if thing is None:
            self.desk.messages.say(_("{choose} “Out of use too” shows them.").format(choose=self.kind.choose))
            return
        call = calls.reactivate(self.desk.session.client, thing, owner=self)
        call.done.connect(self._on_reactivated)
        call.failed.connect(self._on_failed)

    def _on_reactivated(self, thing: Thing) -> None:
        self.desk.messages.say(_("{name} is in use again.").format(name=name_of(thing)), Tone.GOOD)
        self.desk.session.changes.announce(f"{kind_of(thing).right}.reactivated", [thing.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _go_to_places(self) -> None:
        if self._chosen() is None:
            self.desk.messages.say(WAREHOUSE.choose)
        else:
            self.tabs.setCurrentIndex(KINDS.index(LOCATION))

    def _go_to_history(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.desk.messages.say(self.kind.choose)
        else:
            self.go.emit(Place("audit", str(chosen.id)))

    def _on_tab(self) -> None:
        """Who comes from a warehouse sees its places."""
        before = KINDS[self._stack.currentIndex()]
        if self.kind is LOCATION and before is WAREHOUSE:
            ids = self.tables[WAREHOUSE.key].view.selected_ids()
            chosen = next((one for one in self.book.warehouses() if [one.id] == ids), None)
            if chosen is not None:
                self.locations.go_to(chosen)
        self._stack.setCurrentIndex(KINDS.index(self.kind))
        if self.isVisible() and not self.tabs.hasFocus():
            self.take_keyboard(Qt.FocusReason.OtherFocusReason)
        self._new.rename(self.kind.new)
        self._guard_places()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        warehouse = self.book.warehouse if self.kind is LOCATION else None
        notes = (f"{warehouse.code} {warehouse.name}",) if warehouse else ()
        return Paper(self.kind.many, notes, (PrintedTable(self.table),), look)

    def _table(self, kind: Kind, columns: Any) -> Table:
        table = Table(columns, _id_of, self.desk.theme, title=kind.many, nothing=kind.nothing, parent=self)
        table.remember(self.desk.layout, f"sites.{kind.key}")
        table.row_opened.connect(self._edit_row)
        table.selection_told.connect(self._guard_places)
        ExportNotice(table, self.desk.messages)
        return table

    def _lay_out(self) -> None:
        for place, kind in enumerate(KINDS):
            self.tabs.addTab(kind.many)
            right = f"{kind.right}.read"
            if not self.desk.session.may(right):
                self.tabs.setTabEnabled(place, False)
                self.tabs.setTabToolTip(place, self.desk.session.lacks(right))
            self._stack.addWidget(self.locations if kind is LOCATION else self.tables[kind.key])
        bar = QHBoxLayout()
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        bar.addWidget(self.unused)
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(bar)
        column.addWidget(self._stack, 1)
        self.set_content(content)


def _id_of(thing: Thing) -> UUID:
    return thing.id
