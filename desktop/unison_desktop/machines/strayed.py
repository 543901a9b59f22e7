"""Counters that went back or leapt on a machine's day: a person looks at them, and puts their counts right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.machines.contracts import CounterIncident
from unison_domain.machines.timescale import Window
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table

_CORRECT = "machines.count.correct"
_LEAPT = "counter_jumped"
_KINDS = {"counter_reset": _("went back"), _LEAPT: _("leapt")}


def strayed_columns(zone: tzinfo | None) -> tuple[Column[CounterIncident], ...]:
    """The table of them, by the clock of the plant."""
    return (
        Column(
            "at",
            _("When"),
            lambda one: one.at.astimezone(zone),
            text=lambda one: zoned_text(one.at.astimezone(zone)),
            width=25,
            always_visible=True,
        ),
        Column("counter", _("Counter"), _counter, width=24),
        Column("what", _("What"), lambda one: _KINDS.get(one.kind, one.kind), width=14),
        Column("from", _("From"), lambda one: one.raw_from, align=Align.RIGHT, width=11),
        Column("to", _("To"), lambda one: one.raw_to, align=Align.RIGHT, width=11),
        Column(
            "added",
            _("Parts taken as made"),
            lambda one: 0 if one.added is None else one.added,
            align=Align.RIGHT,
            width=17,
            explain=_("Since it went back; of a leap none, because nobody knows how many were made"),
        ),
    )


class StrayedBar(QWidget):
    """Says how many strayed on the day that is shown, and leads to them; hidden where none did.

    Attributes:
        told: how many. look: the button that lists them. plant: whose they are, as far as it is known.

    Signals:
        go: a `Place` to go to.
    """

    go = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._reading: _Reading | None = None
        self._incidents: Sequence[CounterIncident] = ()
        self._zone: tzinfo | None = None
        self.plant: PlantAnswer | None = None
        self.told = ToneLabel(desk.theme, self)
        self.look = QPushButton(_("Look at them…"), self)
        self.look.clicked.connect(self._open)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.told, 1)
        row.addWidget(self.look)
        self.hide()

    def show_day(self, machine_id: UUID, day: Window, zone: tzinfo) -> None:
        """Read those of this day; what is shown of the same day stays until then."""
        self._zone = zone
        if self._reading is None or self._reading.about != (machine_id, day):
            if self._reading is not None:
                self._reading.drop()
            self._show(())
            self._reading = _Reading(self._desk, machine_id, day, self)
            self._reading.incidents.read.connect(self._show)
            self._reading.incidents.failed.connect(self._on_failed)
        self._reading.incidents.ask()

    def _show(self, incidents: Sequence[CounterIncident]) -> None:
        self._incidents = incidents
        leapt = any(one.kind == _LEAPT for one in incidents)
        text = counted(
            len(incidents), _("A counter strayed on this day."), _("Counters strayed {n} times on this day.")
        )
        if leapt:
            text = _("{counters} What a leap stands for is in no count: a person decides.").format(counters=text)
        self.told.say(text, Tone.WARNING if leapt else Tone.INFO)
        self.look.setEnabled(True)
        self.setVisible(bool(incidents))

    def _on_failed(self, error: ApiError) -> None:
        """Older servers tell none; of another failure the rest of the page tells too."""
        if error.status != 404:
            self.told.say(_("Whether counters strayed is not known: {why}").format(why=error.message), Tone.WARNING)
            self.look.setEnabled(False)
            self.show()

    def _open(self) -> None:
        dialog = StrayedDialog(self._desk, self._incidents, self._zone, self.plant, self)
        dialog.go.connect(self.go)
        dialog.open()


class _Reading(QObject):
    """Of one day of one machine, so that an answer that comes late can't be taken for another day's."""

    def __init__(self, desk: Desk, machine_id: UUID, day: Window, parent: QObject) -> None:
        super().__init__(parent)
        self.about = machine_id, day
        self.incidents = OneAtATime(partial(calls.counter_incidents, desk.session.client, machine_id, day), self)

    def drop(self) -> None:
        self.incidents.blockSignals(True)
        self.deleteLater()


class StrayedDialog(QDialog):
    """Lists them; the chosen one's counter is put right under Configuration.

    Attributes:
        table: the list. correct: the button.

    Signals:
        go: a `Place` to go to.
    """

    go = Signal(object)

    def __init__(
        self,
        desk: Desk,
        incidents: Sequence[CounterIncident],
        zone: tzinfo | None,
        plant: PlantAnswer | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        title = _("Counters that strayed")
        self._desk, self._plant = desk, plant
        self.setWindowTitle(f"{title} - Unison")
        self.resize(1020, 420)
        self.table = Table(
            strayed_columns(zone), _id_of, desk.theme, title=title, nothing=_("No counter strayed."), parent=self
        )
        self.correct = QPushButton(_("Correct counts…"), self)
        self.correct.setProperty("role", "primary")
        self.correct.clicked.connect(self._correct)
        self.table.row_opened.connect(self._correct)
        self.table.selection_told.connect(self._offer)
        heading = QLabel(title, self)
        heading.setFont(desk.theme.font(Type.TITLE))
        foot = QHBoxLayout()
        foot.addStretch(1)
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.reject)
        foot.addWidget(close)
        foot.addWidget(self.correct)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self.finished.connect(self.deleteLater)
        self.table.set_rows(incidents)
        if incidents:
            self.table.view.select_ids([incidents[0].id])
        self.table.view.setFocus()
        self._offer()

    def _chosen(self) -> CounterIncident | None:
        ids = self.table.view.selected_ids()
        return next((one for one in self.table.model.rows() if one.id in ids), None) if len(ids) == 1 else None

    def _offer(self) -> None:
        why = self._against(self._chosen())
        self.correct.setEnabled(not why)
        self.correct.setToolTip(why)

    def _against(self, chosen: CounterIncident | None) -> str:
        if chosen is None:
            return _("Choose the counter whose counts are to be put right.")
        if why_not := against(self._desk.session, _CORRECT, self._plant):
            return why_not
        return "" if chosen.device_id is not None else _("Its device is out of sight.")

    def _correct(self) -> None:
        chosen = self._chosen()
        if chosen is not None and not self._against(chosen):
            self.accept()
            self.go.emit(Place("configuration", f"device/{chosen.device_id}/correct/{chosen.tag_id}"))


def _counter(one: CounterIncident) -> str:
    return ", ".join(part for part in (one.device_name, one.tag_name) if part) or str(one.tag_id)


def _id_of(one: CounterIncident) -> UUID:
    return one.id
