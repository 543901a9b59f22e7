"""What was measured of a characteristic: its chart, live, the values below, and a field to type more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import tzinfo
from html import escape
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import Page as Listed
from unison_domain.quality.contracts import CharacteristicAnswer, IndividualsAnswer, MeasurementAnswer
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Drawing, Paper
from unison_desktop.frame.stretch import ALWAYS
from unison_desktop.frame.theme import Look
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.quality import calls
from unison_desktop.quality.acts import MeasurementActs
from unison_desktop.quality.chooser import Chooser
from unison_desktop.quality.columns import measurement_columns, measurement_text, value_text
from unison_desktop.quality.entry_bar import EntryBar
from unison_desktop.quality.individuals_view import IndividualsView
from unison_desktop.quality.names import whole_name
from unison_desktop.quality.notice import notice_of
from unison_desktop.quality.series import Series
from unison_desktop.quality.sources import EVERY
from unison_desktop.sites.calls import plants
from unison_desktop.stations.calls import PICTURE_RIGHT
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "quality.measurement"
_CHARACTERISTIC = "quality.characteristic"
_MINUTE_MS = 60_000
_MOST_LIVE = 500
"""When more changed at once than this, all is read again: a PC that was away sends what it measured meanwhile."""


class MeasurementsPage(Page):
    """Chart above, table below; the gauge's next value is on both as soon as the server has it."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC, _CHARACTERISTIC)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.series: Series | None = None
        self._plants: dict[UUID, PlantAnswer] = {}
        self._reading: Call | None = None
        self._stretch, self._source = ALWAYS, EVERY
        self._meanwhile: list[MeasurementAnswer] = []
        self._typed_last: MeasurementAnswer | None = None
        self._told: MeasurementAnswer | None = None
        self._types_next = False
        self.chooser = Chooser(desk.layout, place.argument, self)
        self.chooser.changed.connect(self._read)
        self.entry = EntryBar(desk, self)
        self.entry.saved.connect(self._on_typed)
        self.notice = ToneLabel(desk.theme, self)
        self.view = IndividualsView(desk.theme, self)
        self.view.pointed.connect(self._tell_of)
        self.view.opened.connect(self._select)
        self.facts = QLabel(self)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.facts.linkActivated.connect(self._show_picture)
        self.facts.setWordWrap(True)
        self.table = Table(
            measurement_columns(lambda _one: self._zone(), self._zone),
            _id_of,
            desk.theme,
            title=_("Measurements"),
            nothing=_("Nothing is measured yet, or nothing in this time."),
            parent=self,
        )
        self.acts = MeasurementActs(self, lambda _one: self._zone())
        self.acts.taken_back.connect(self._on_taken_back)
        self.table.selection_told.connect(self._on_selected)
        self.table.row_opened.connect(self._open)
        ExportNotice(self.table, desk.messages)
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._minutes = QTimer(self, interval=_MINUTE_MS)
        self._minutes.timeout.connect(self._move_on)
        self._minutes.start()
        self._lay_out()
        self._make_commands()
        desk.theme.changed.connect(self._show)
        self.set_title(_("Measurements"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self._types_next = not self.entry.line.isEnabled()
        (self.view if self._types_next else self.entry.line).setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (_("Type a value"), _("value, Enter, next value")),
            (_("Go through the points of the chart"), _("Left, Right, Home, End")),
        ]

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(plants(client, owner=self), self._show_plants)
        self.ask(calls.characteristics(client, owner=self), self._show_characteristics)

    def on_change(self, change: Change) -> None:
        """Only what is new is read: the chart stands while the gauge is pressed."""
        if not change.topic.startswith(TOPIC) or change.ids is None or len(change.ids) > _MOST_LIVE:
            self.reload()
        else:
            self._read_some(change.ids)

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "quality.measurements")
        if waiting := self.entry.waiting:
            text = _("Typed and not saved: {values}").format(values="; ".join(one.text for one in waiting))
            self.desk.messages.say(text, Tone.BAD)

    # What is read.

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self._plants = {one.id: one for one in known}
        self.chooser.show_plants(self._plants)
        self._say_what_is_typed()
        self._show()

    def _show_characteristics(self, known: list[CharacteristicAnswer]) -> None:
        self.chooser.show_characteristics(known)
        self._read()

    def _read(self) -> None:
        """The chosen characteristic anew; what comes while it is read is added to it."""
        chosen = self.chooser.chosen
        self._say_what_is_typed()
        if self._types_next and self.entry.line.isEnabled() and self.view.hasFocus():
            self.entry.line.setFocus()
        self._types_next = False
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        if chosen is None:
            self.series = None
            self._show()
            return
        if self.series is None or self.series.characteristic.id != chosen.id:
            self.series = None
            self._typed_last = None
            self.chooser.sources.reset()
            self._show()
        self._meanwhile = []
        self.chooser.times.zone = self._zone_of(chosen)
        self._stretch, self._source = self.chooser.times.stretch(), self.chooser.sources.source
        begins, ends = self._stretch.begins_at(self.desk.session.clock.now()), self._stretch.ends
        client = self.desk.session.client
        about = chosen.id, self.chooser.last, begins, ends
        self._reading = calls.individuals(client, *about, source=self._source, owner=self)
        self.ask(self._reading, self._show_series)

    def _say_what_is_typed(self) -> None:
        self.entry.set_characteristic(self.chooser.chosen, self._plant())
        self.guard()

    def _plant(self) -> PlantAnswer | None:
        chosen = self.chooser.chosen
        return self._plants.get(chosen.plant_id) if chosen is not None else None

    def _show_series(self, answer: IndividualsAnswer) -> None:
        self._reading = None
        now = self.desk.session.clock.now()
        self.series = Series.of(answer, self.chooser.last, now, self._stretch, self._source)
        self.series.take(self._meanwhile, now)
        self._show()

    def _read_some(self, ids: Iterable[UUID]) -> None:
        chosen = self.chooser.chosen
        if chosen is not None:
            listed = sorted(ids)
            for start in range(0, len(listed), calls.AT_ONCE):
                part = listed[start : start + calls.AT_ONCE]
                self.ask(calls.measurements(self.desk.session.client, chosen.id, part, owner=self), self._take_page)

    def _take_page(self, page: Listed[MeasurementAnswer]) -> None:
        self._take(page.items)

    def _take(self, measured: Collection[MeasurementAnswer]) -> None:
        if self._reading is not None:
            self._meanwhile += measured
        if self.series is not None and measured:
            self.series.take(measured, self.desk.session.clock.now())
            self._show()

    def _move_on(self) -> None:
        """The last 24 hours are other ones a minute later."""
        if self.series is not None and self.series.move(self.desk.session.clock.now()):
            self._show()

    # What is shown.

    def _zone(self) -> tzinfo | None:
        return None if self.series is None else self._zone_of(self.series.characteristic)

    def _zone_of(self, characteristic: CharacteristicAnswer) -> tzinfo | None:
        plant = self._plants.get(characteristic.plant_id)
        return None if plant is None else ZoneInfo(plant.time_zone)

    def _show(self) -> None:
        series, zone = self.series, self._zone()
        self.set_zone(zone)
        self.view.zone = zone
        self.view.show_series(series)
        self.table.set_rows(series.rows() if series else [])
        name = self._whole_name()
        if name != self.head.subtitle:
            self.set_title(_("Measurements"), name)
        for file in (self.table, self._saving):
            file.name_file(f"{_('Measurements')} {name}".rstrip())
        self._tell_how_many()
        self._tell_of(self._pointed())

    def _whole_name(self) -> str:
        chosen = self.chooser.chosen
        return whole_name(chosen, self._plants) if chosen else ""

    def _tell_how_many(self) -> None:
        self.chooser.sources.offer(self.series.values if self.series else ())
        text = notice_of(self.series)
        self.notice.say(text, Tone.INFO)
        self.notice.setVisible(bool(text))

    def _pointed(self) -> UUID | None:
        place = self.view.place
        return None if self.series is None or place is None else self.series.values[place].id

    def _tell_of(self, measurement_id: UUID | None) -> None:
        one = self._known(measurement_id)
        text = measurement_text(one, self._zone()) if one else ""
        accent = self.desk.theme.colours.accent  # Qt's own colour of links is for light grounds
        shown = f"  ·  <a href='picture' style='color: {accent}'>{_('Show picture')}</a>"
        link = shown if one and one.picture else ""
        self.facts.setText(f"{escape(text)}{link}")
        self.view.setAccessibleDescription(text)
        self._told = one

    def _known(self, measurement_id: object) -> MeasurementAnswer | None:
        rows = [*self.series.values, *self.series.undone] if self.series else []
        return next((one for one in rows if one.id == measurement_id), None)

    def _open(self, one: MeasurementAnswer) -> None:
        self._tell_of(one.id)
        self._show_picture()

    def _show_picture(self) -> None:
        """Of the value that the line below the chart tells."""
        self.acts.show_picture(self._told)

    def _select(self, measurement_id: UUID) -> None:
        self.table.view.select_ids([measurement_id])

    def _on_selected(self, ids: list[UUID]) -> None:
        if len(ids) == 1:
            self.view.point_at(ids[0])
            self._tell_of(ids[0])

    # What is done.

    def _make_commands(self) -> None:
        self.add_command("measurement.values", _("All measurements"), self._go_to_values, shortcuts="F7")
        self.add_command("measurement.characteristics", _("Characteristics…"), self._go_to_characteristics)
        one, undoing = self.add_command, self._against_undo
        one("measurement.undo_last", _("Take back the last"), self._undo_last, shortcuts="Ctrl+Z", against=undoing)
        choosing = "measurement.undo", _("Take back the chosen…"), self._ask_undo
        one(*choosing, shortcuts="Ctrl+Del", in_head=False, against=undoing)
        show = "measurement.picture", _("Show picture"), self._show_picture
        self.add_command(*show, shortcuts="Ctrl+I", in_head=False, needs=PICTURE_RIGHT)
        self._saving = FileSaving(self, "measurement", _("Measurements"), calls.FILE, self._query)
        PrintCommands(self, self._paper)

    def _against_undo(self) -> str:
        return against(self.desk.session, f"{TOPIC}.undo", self._plant())

    def _go_to_characteristics(self) -> None:
        self.go.emit(Place("characteristics"))

    def _go_to_values(self) -> None:
        self.go.emit(Place("measured-values"))

    def _on_typed(self, measurement: MeasurementAnswer) -> None:
        self._typed_last = measurement
        self._take([measurement])
        if not self._source.has(measurement):
            text = _("{value} is saved. It is of no station: the chart of all stations has it.")
            self.desk.messages.say(text.format(value=value_text(measurement)))

    def _undo_last(self) -> None:
        """What was typed here last; without any, the chosen one, after a question."""
        if self._typed_last is None:
            self._ask_undo()
        else:
            self.acts.take_back(self._typed_last)

    def _ask_undo(self) -> None:
        ids = self.table.view.selected_ids()
        self.acts.ask_take_back(self._known(ids[0] if len(ids) == 1 else self._pointed() if not ids else None))

    def _on_taken_back(self, one: MeasurementAnswer) -> None:
        if self._typed_last is not None and self._typed_last.id == one.id:
            self._typed_last = None
        self._take([one])

    def _query(self) -> dict[str, object]:
        """All that was measured of it in the time that is looked at, also what is older than the chart."""
        now, stretch = self.desk.session.clock.now(), self.chooser.times.stretch()
        begins, chosen = stretch.begins_at(now), self.chooser.chosen
        return {
            "characteristic_id": chosen and chosen.id,
            "from": begins and begins.isoformat(),
            "to": stretch.ends and stretch.ends.isoformat(),
            **self.chooser.sources.source.query(),
        }

    def _paper(self, look: Look, parent: QWidget) -> Paper:
        chart = IndividualsView(look, parent)
        chart.zone = self._zone()
        chart.show_series(self.series)
        name = self._whole_name() or _("Measurements")
        time = "" if self._stretch == ALWAYS else self.chooser.times.words()
        source = "" if self._source == EVERY else self.chooser.sources.currentText()
        notes = tuple(text for text in (time, source, notice_of(self.series)) if text)
        return Paper(name, notes, (Drawing(chart), PrintedTable(self.table)), look)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(24)
        bar.addWidget(self.chooser, 0, Qt.AlignmentFlag.AlignTop)
        bar.addWidget(self.entry, 1)
        chart = QWidget(self)
        column = QVBoxLayout(chart)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 1)
        column.addWidget(self.facts)
        self._splitter.addWidget(chart)
        self._splitter.addWidget(self.table)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.setSizes([600, 300])
        self.table.remember(self.desk.layout, "quality.measurements")
        self.desk.layout.restore_splitter(self._splitter, "quality.measurements")
        content = QWidget(self)
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addLayout(bar)
        whole.addWidget(self.notice)
        whole.addWidget(self._splitter, 1)
        self.set_content(content)


def _id_of(one: MeasurementAnswer) -> UUID:
    return one.id
