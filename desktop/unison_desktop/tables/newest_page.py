"""What every page of happenings is: the newest of a chosen time and place, by the clocks of their plants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.place_scope import PlaceScope
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.client import Call, ListCall
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_of, zones_of
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

_TOGETHER_MS = 250
"""A scanner that works fast, or ten of them, make one request in this time."""


class NewestPage(Page):
    """A list that is read as far as its newest rows, and read anew when something happened.

    A subclass makes its scope and table and calls `begin`; it asks for the plants in `load`, and the list is read when
    `show_plants` has them; it shows in `show_newest` what was read.

    Attributes:
        scope: what the list is narrowed by.
        table: the list.
        newest: what was read last, newest first.
    """

    scope: PlaceScope
    table: Table

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.newest: list[Any] = []
        self._plants: dict[UUID, PlantAnswer] = {}
        self._zones: dict[UUID, tzinfo] = {}
        self._soon = QTimer(self, singleShot=True, interval=_TOGETHER_MS)
        self._soon.timeout.connect(self.read)

    # What a subclass says.

    def show_newest(self) -> None:
        """Fill the table, and say how many there are."""
        raise NotImplementedError

    # What a subclass uses.

    def begin(self, send: Callable[..., Call | ListCall], about: str) -> None:
        """`send` reads the list, as `OneAtATime` wants it; `about` names it where it can't be read."""
        self._reading = OneAtATime(partial(send, self.desk.session.client), self)
        self.follow(self._reading, self._take, about)
        self.scope.changed.connect(self.read)
        ExportNotice(self.table, self.desk.messages)

    def show_plants(self, known: list[PlantAnswer]) -> None:
        """Offer them, and read by their clocks."""
        self.scope.show_plants(known)
        self._plants = {one.id: one for one in known}
        self._zones = zones_of(known)
        self.read()

    def stack(self, *widgets: QWidget, tall: QWidget, layout: str) -> None:
        """Lay these out one below the other; `tall` gets the room, and the table is remembered as `layout`."""
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in widgets:
            column.addWidget(widget, 1 if widget is tall else 0)
        self.set_content(content)
        self.table.remember(self.desk.layout, layout)

    def query(self) -> dict[str, object]:
        """What is asked for."""
        return self.scope.query(self.desk.session.clock.now())

    def clock_of(self, plant_id: UUID | None) -> tzinfo | None:
        """The clock of a plant; of the page where the plant is none, or not known."""
        return self.head.zone if plant_id is None else self._zones.get(plant_id, self.head.zone)

    def paper(self, look: Look, _parent: QWidget) -> Paper:
        """The list as it is printed."""
        notes = (*self.scope.words(), self.head.subtitle)
        return Paper(self.title, notes, (PrintedTable(self.table),), look)

    # How a page behaves.

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def on_change(self, change: Change) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def save_layout(self) -> None:
        self.table.save_layout()

    def read(self) -> None:
        """Read what the scope asks for now."""
        now = self.desk.session.clock.now()
        # The clock of the plants that are looked at; this PC's where their clocks differ.
        self.set_zone(zone_of(self._zones, self.scope.plant.currentData(), now))
        self.scope.show_zone(self.head.zone)
        self._reading.ask(self.query())

    def _take(self, newest: list[Any]) -> None:
        self.newest = newest
        self.head.set_as_of(self.desk.session.clock.now())
        self.show_newest()
        self.loaded.emit()


def newest_rows(count: int, most: int) -> str:
    """How many rows there are, in words; of `most` there may be more."""
    if count >= most:
        return _("only the newest {n} rows of this time; export all to a file (Ctrl+E)").format(n=count)
    return _("1 row") if count == 1 else _("{n} rows").format(n=count)
