"""The machine board: every machine at a glance, alive."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget
from unison_domain.machines.calls import CallAnswer
from unison_domain.machines.contracts import Live, MachineAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.contact import Contact, ContactBar
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.machines.board_filter import BoardFilter
from unison_desktop.machines.board_menu import BoardMenu
from unison_desktop.machines.board_view import BoardView
from unison_desktop.machines.empty_board import EmptyBoard
from unison_desktop.machines.fleet import Fleet
from unison_desktop.machines.help_calls import CALLED_TEXTS, HelpCalls
from unison_desktop.machines.help_strip import HelpStrip
from unison_desktop.machines.search_field import SearchField
from unison_desktop.machines.set_state import SET_STATE, StateCommand, UndoCommand
from unison_desktop.machines.states import shown_state
from unison_desktop.machines.summary import SummaryStrip
from unison_desktop.machines.tile import Density
from unison_desktop.machines.wall import Wall
from unison_desktop.sites.calls import plants

_DENSITIES = {
    Density.FIT: _("Fit"),
    Density.COMPACT: _("Compact"),
    Density.NORMAL: _("Normal"),
    Density.LARGE: _("Large"),
}
_FLEET, _HELP = "fleet", "help"


class BoardPage(Page):
    """The board with its filters. It keeps current by its own `Fleet`, which also feeds the wall when that is open."""

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.set_title(_("Machines"))
        self.fleet = Fleet(desk.session, self)
        self.board = BoardView(self.fleet, desk.theme, self)
        self.empty = EmptyBoard(desk.theme, self)
        self.summary = SummaryStrip(desk.theme, self)
        self.contact = Contact(desk.session, self)
        self.help = HelpCalls(desk.session, self)
        self.help_strip = HelpStrip(self.help, desk.session, self)
        self.search = SearchField(self)
        self.plants = QComboBox(self)
        self.plants.setAccessibleName(_("Plant"))
        self.densities = QComboBox(self)
        self.densities.setAccessibleName(_("Size of the tiles"))
        self._wall: Wall | None = None
        self._places: set[UUID] = set()
        self._lay_out()
        self._fill_choices()
        self.add_command("board.wall", _("Wall mode"), self.open_wall, icon="machines", shortcuts="Shift+F11")
        self.add_command("board.search", _("Search the board"), self._begin_search, shortcuts="Ctrl+F", in_head=False)
        self.set_state = StateCommand(
            self, "board", self.board.chosen, _("No machine is chosen."), live=self._live, in_head=False
        )
        self.undo = UndoCommand(self, "board.undo").command
        BoardMenu(self.board, self, [self.set_state.command, self.set_state.taking_back])
        self._order_tabs()
        self._connect()

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        (self.empty if self.empty.isVisible() else self.board).setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (_("From tile to tile"), _("Arrow keys")),
            (_("Open the machine"), _("Enter, double click")),
            (_("What can be done with a machine"), _("Menu key, right click")),
            (_("From the search to the tiles"), _("Enter, Down")),
            (_("Clear the search"), _("Esc")),
        ]

    def load(self) -> None:
        """Read all machines."""
        self.fleet.load()
        self.help.load()

    def save_layout(self) -> None:
        self.desk.layout.save_text("board.density", self.board.density.value)
        if self.plants.count():  # else the plants are not known yet and the choice of last time holds
            self.desk.layout.save_text("board.plant", str(self.plants.currentData() or ""))

    def open_wall(self) -> None:
        """The board alone on the whole screen, everything in sight at once; Shift+F11 or Escape ends it."""
        if self._wall is None:
            self._wall = Wall(self.fleet, self.desk.theme, self.contact, self._filter(), self)
            self._wall.closed.connect(self._on_wall_closed)
            self._wall.machine_opened.connect(self._open_from_wall)
        self._wall.showFullScreen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fleet.listen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.fleet.listen(self._wall is not None)

    def _lay_out(self) -> None:
        self.head.add_widget(self.densities)
        self.head.add_widget(self.plants)
        self.head.add_widget(self.search)
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(ContactBar(self.contact, self.desk.theme, self))
        column.addWidget(self.help_strip)
        column.addWidget(self.summary)
        column.addWidget(self.board, 1)
        column.addWidget(self.empty, 1)
        self.set_content(content)

    def _order_tabs(self) -> None:
        """The keyboard goes as the eye does."""
        stops = [self.search, self.plants, self.densities, *self.head.findChildren(QPushButton)]
        stops += [*self.summary.buttons(), self.board]
        for one, next_ in pairwise(stops):
            QWidget.setTabOrder(one, next_)

    def _fill_choices(self) -> None:
        for density, text in _DENSITIES.items():
            self.densities.addItem(text, density.value)
        kept = self.desk.layout.text("board.density", Density.FIT.value)
        self.densities.setCurrentIndex(max(0, self.densities.findData(kept)))
        self.board.set_density(Density(self.densities.currentData()))
        self.plants.hide()

    def _connect(self) -> None:
        self.fleet.listed.connect(self.contact.renewed)
        self.fleet.changed.connect(self.contact.renewed)
        self.fleet.listed.connect(self._on_listed)
        self.fleet.changed.connect(self._on_changed)
        self.fleet.failed.connect(self._on_failed)
        self.help.failed.connect(self._on_help_failed)
        self.help.came.connect(self._on_call_came)
        self.board.machine_opened.connect(self._open)
        self.empty.begun.connect(self._begin_setup)
        self.board.states_aged.connect(self._show_machines)
        self.summary.chosen_changed.connect(self._show_machines)
        self.contact.changed.connect(self._show_machines)
        self.search.left.connect(self._go_to_tiles)
        self.search.textChanged.connect(self._show_machines)
        self.plants.currentIndexChanged.connect(self._show_machines)
        self.densities.currentIndexChanged.connect(self._on_density)

    def _filter(self) -> BoardFilter:
        return BoardFilter(self.plants.currentData(), self.summary.chosen, self.search.text())

    def _on_listed(self) -> None:
        self._fill_plants()
        if self.fleet.machines:
            self.empty.hide()
        else:
            self.empty.show_to(self.desk.session)
        self.board.setVisible(self.empty.isHidden())
        self._show_machines()
        self._show_as_of()
        self._read_plants()
        self.tell(None, _FLEET)
        self.loaded.emit()

    def _on_failed(self, error: ApiError) -> None:
        self.tell(error, _FLEET)

    def _read_plants(self) -> None:
        """For who may set states somewhere: whether they may there is judged by the plant."""
        places, session = {one.plant_id for one in self.fleet.machines.values()}, self.desk.session
        if places != self._places and session.may(SET_STATE) and session.may("sites.plant.read"):
            self._places = places
            self.ask(plants(session.client, owner=self), self.set_state.know_plants)

    def _live(self, machine: MachineAnswer) -> Live:
        return self.fleet.live(machine.id)

    def _on_help_failed(self, error: ApiError | None) -> None:
        self.tell(error, _HELP)

    def _on_call_came(self, call: CallAnswer) -> None:
        text = _("{code} {name} calls: {who}").format(
            code=call.machine_code, name=call.machine_name, who=CALLED_TEXTS[call.called]
        )
        self.desk.messages.say(text, Tone.WARNING)

    def _on_changed(self, ids: Iterable[UUID]) -> None:
        del ids
        self._show_as_of()
        self._show_machines()

    def _show_as_of(self) -> None:
        if self.fleet.read_at is not None:
            self.head.set_as_of(self.fleet.read_at)

    def _show_machines(self) -> None:
        as_of, wanted = self.contact.as_of, self._filter()
        self.board.set_as_of(as_of)
        self.summary.set_quiet(as_of is not None)
        now = as_of or self.fleet.now()
        candidates = wanted.candidates(self.fleet, now)
        self.summary.show_states(shown_state(self.fleet.live(m.id), now) for m in candidates)
        shown = wanted.shown(candidates, self.fleet, now)
        self.board.set_notice(_("No machine passes the filter."))
        self.board.show_machines(shown)

    def _fill_plants(self) -> None:
        names = {m.plant_id: m.plant_name or str(m.plant_id) for m in self.fleet.machines.values()}
        known = {self.plants.itemData(n): self.plants.itemText(n) for n in range(1, self.plants.count())}
        if known == names:
            return
        kept = str(self.plants.currentData() or self.desk.layout.text("board.plant"))
        self.plants.blockSignals(True)
        self.plants.clear()
        self.plants.addItem(_("All plants"), None)
        for plant_id, name in names.items():
            self.plants.addItem(name, plant_id)
        places = [n for n in range(1, self.plants.count()) if str(self.plants.itemData(n)) == kept]
        self.plants.setCurrentIndex(places[0] if places else 0)
        self.plants.blockSignals(False)
        self.plants.setVisible(len(names) > 1)

    def _on_density(self) -> None:
        self.board.set_density(Density(self.densities.currentData()))

    def _begin_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _go_to_tiles(self) -> None:
        self.board.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _begin_setup(self) -> None:
        self.go.emit(Place("equipment"))

    def _open(self, machine_id: UUID) -> None:
        self.go.emit(Place("machine", str(machine_id)))

    def _open_from_wall(self, machine_id: UUID) -> None:
        """The wall covers the window the machine is shown in."""
        if self._wall is not None:
            self._wall.close()
        self._open(machine_id)

    def _on_wall_closed(self) -> None:
        self._wall = None
        self.fleet.listen(self.isVisible())
