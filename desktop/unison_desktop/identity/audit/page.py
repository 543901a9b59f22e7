"""The audit log: who changed what, when and from where."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from unison_domain.identity.contracts import UserAnswer
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.identity.audit import calls
from unison_desktop.identity.audit.columns import AuditRow, audit_columns
from unison_desktop.identity.audit.comparison import Comparison
from unison_desktop.identity.audit.reading import AuditReading
from unison_desktop.identity.audit.scope import AuditScope, id_in
from unison_desktop.identity.calls import people
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.sites.calls import plants
from unison_desktop.tables.layout import TableLayout
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.row_model import RowModel
from unison_desktop.tables.view import GridView

_LAYOUT = "identity.audit"
_ABOUT = "audit"
_READ = "identity.audit.read"


class AuditPage(Page):
    """A list that goes on as one scrolls, and the chosen entry below it, before and after.

    It sorts and filters nothing itself: of a list that is read bit by bit only the server knows all.
    `Place("audit", row)` is the life of a row.
    """

    topics: ClassVar[tuple[str, ...]] = ()

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._reading = AuditReading(desk.session.client, self)
        self.scope = AuditScope(self)
        if (row := id_in(place.argument)) is not None:
            self.scope.begin_with(row)
        self.model = RowModel(audit_columns(desk.theme), _id, self)
        self.view = GridView(self.model, self)
        self.view.setSortingEnabled(False)
        self.view.setAccessibleName(_("Entries of the audit log"))
        self.view.set_notice(_("Loading…"))
        self.comparison = Comparison(desk.theme, self)
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._lay_out()
        self._connect()
        one = self.add_command
        self._history = one(
            "audit.history", _("All changes of this row"), self._show_history, icon="history", shortcuts="Ctrl+H"
        )
        one("audit.filter", _("Filter"), self._begin_filter, shortcuts="Ctrl+F", in_head=False)
        FileSaving(self, "audit", _("Audit log"), calls.FILE, self._query, against=self._against_reading)
        self._guard_history()
        PrintCommands(self, self._paper)
        self.set_title(_("Audit log"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.view.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (_("Read the values of an entry"), _("Enter; Tab or a click leads back")),
            (_("Older entries"), _("Scroll, Down, Page down, End")),
        ]

    def load(self) -> None:
        client, may = self.desk.session.client, self.desk.session.may
        if may("identity.user.read"):
            self.ask(people(client, owner=self), self._show_people)
        if may("sites.plant.read"):
            self.ask(plants(client, owner=self), self._show_plants)
        self._read()

    def awaits(self) -> bool:
        return super().awaits() or self._reading.is_open

    def save_layout(self) -> None:
        self.desk.layout.save_text(f"table.{_LAYOUT}", TableLayout.of(self.view, self.model).model_dump_json())
        self.desk.layout.save_splitter(self._splitter, _LAYOUT)

    # What was read.

    def _query(self) -> dict[str, object]:
        return self.scope.query(self.desk.session.clock.now())

    def _against_reading(self) -> str:
        """Why the log can't be read, which tells of every place; empty where it can."""
        session = self.desk.session
        if not session.may(_READ):
            return session.lacks(_READ)
        return "" if session.sees_all_places else session.lacks_sight()

    def _read(self) -> None:
        if self._against_reading():
            self._reading.forget()
        else:
            self._reading.begin(self._query())

    def _on_scope(self) -> None:
        """Other entries are shown from their beginning on."""
        self.model.set_rows([])
        self.view.set_notice(_("Loading…"))
        self._read()

    def _show_people(self, known: list[UserAnswer]) -> None:
        self.scope.show_people(known)

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        """One clock where all plants have the same; else this PC's."""
        zones = {plant.time_zone for plant in known}
        zone: tzinfo | None = ZoneInfo(zones.pop()) if len(zones) == 1 else None
        if zone != self.head.zone:
            self.set_zone(zone)
            self.scope.show_zone(zone)
            self._show()

    def _on_read(self) -> None:
        self.tell(None, _ABOUT)
        self.head.set_as_of(self.desk.session.clock.now())
        self.scope.learn(self._reading.entries)
        self._show()
        self.tell_loaded()

    def _show(self) -> None:
        entries = self._reading.entries
        self.model.set_rows([AuditRow(entry, self.head.zone) for entry in entries])
        why = self._against_reading()
        self.view.set_notice(why or _("Nothing was changed or refused in this time, as far as the filters go."))
        words = _("1 entry") if len(entries) == 1 else _("{n} entries")
        if self._reading.has_more:
            words = _("the newest {n}, older ones as you scroll")
        self.set_title(_("Audit log"), "" if why else words.format(n=QLocale().toString(len(entries))))
        self._show_chosen()

    def _on_failed(self, error: ApiError) -> None:
        self.view.set_notice(_("No entries could be read."))
        self.tell(error, _ABOUT)

    def _read_more(self) -> None:
        """Before the last screen is seen, the next entries are asked for."""
        bar = self.view.verticalScrollBar()
        if self.model.rowCount() and bar.value() >= bar.maximum() - bar.pageStep():
            self._reading.more()

    # What is done.

    def _chosen(self) -> AuditRow | None:
        current = self.view.currentIndex()
        ids = self.view.selected_ids()
        if current.isValid() and self.model.id_at(current.row()) in ids:
            return self._row_at(current.row())
        place = self.model.place_of(ids[0]) if ids else None
        return None if place is None else self._row_at(place)

    def _row_at(self, place: int) -> AuditRow:
        row = self.model.row_at(place)
        assert isinstance(row, AuditRow)  # noqa: S101 - the model holds nothing else
        return row

    def _show_chosen(self) -> None:
        self.comparison.show_row(self._chosen())
        self._guard_history()

    def _guard_history(self) -> None:
        chosen = self._chosen()
        has_row = chosen is not None and chosen.entry.entity_id is not None
        self._history.allow(has_row, _("Choose an entry that is about a row first."))

    def _show_history(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.scope.show_row(chosen.entry)

    def _begin_filter(self) -> None:
        self.scope.person.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.scope.person.line.selectAll()

    def _go_to_values(self) -> None:
        self.comparison.take_keyboard()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        """What was read so far, which may not be all, and the chosen entry."""
        zone = self.desk.session.clock.now().astimezone(self.head.zone).tzinfo
        told = self.head.subtitle
        if self._reading.has_more:
            words = _("The newest {n}. Older entries match too: scroll to print more of them, or export all to a file.")
            told = words.format(n=QLocale().toString(len(self._reading.entries)))
        notes = (self.scope.words(), told, _("Times of {zone}").format(zone=zone))
        return Paper(_("Audit log"), notes, (PrintedTable(self), *self.comparison.printed()), look)

    def _connect(self) -> None:
        self._reading.read.connect(self._on_read)
        self._reading.failed.connect(self._on_failed)
        self.scope.changed.connect(self._on_scope)
        self.view.selection_told.connect(self._show_chosen)
        self.view.row_opened.connect(self._go_to_values)
        bar = self.view.verticalScrollBar()
        bar.valueChanged.connect(self._read_more)
        bar.rangeChanged.connect(self._read_more)
        self.desk.theme.changed.connect(self._show)

    def _lay_out(self) -> None:
        self._splitter.addWidget(self.view)
        self._splitter.addWidget(self.comparison)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(10)
        for place, share in enumerate((3, 2)):
            self._splitter.setStretchFactor(place, share)
        self._splitter.setSizes([360, 240])
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.scope)
        column.addWidget(self._splitter, 1)
        self.set_content(content)
        if layout := TableLayout.from_text(self.desk.layout.text(f"table.{_LAYOUT}")):
            layout.apply(self.view, self.model)
        self.desk.layout.restore_splitter(self._splitter, _LAYOUT)


def _id(row: AuditRow) -> UUID:
    return row.entry.id
