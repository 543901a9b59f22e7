"""Where the time went: downtime of a period by class and by reason, the greatest first (Pareto)."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QTabBar, QVBoxLayout, QWidget
from unison_domain.machines.contracts import MachineAnswer, StopClass
from unison_domain.machines.downtime_contracts import DowntimeCategory, DowntimeSummary, DowntimeTotal
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Drawing, Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls as machine_calls
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import CATEGORIES
from unison_desktop.machines.downtime.editing import TOPIC
from unison_desktop.machines.downtime.loading import ALARM_TOPIC
from unison_desktop.machines.downtime.pareto import ParetoChart, total_name, without_reason
from unison_desktop.machines.downtime.scope import ScopeBar
from unison_desktop.machines.downtime.thresholds import TOPIC as LIMITS_TOPIC
from unison_desktop.machines.downtime.thresholds import ThresholdBar, Thresholds
from unison_desktop.machines.durations import total_text
from unison_desktop.machines.shares import share_text
from unison_desktop.sites.calls import plants
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

_BY_REASON, _BY_CLASS = range(2)
_ABOUT = "totals"
_EVERY_MS = 60_000
"""States change without a word about stops; so often a page that stays open counts them anew."""


class TotalsPage(Page):
    """Bars above, the same as a table below."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC, ALARM_TOPIC)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._summary: DowntimeSummary | None = None
        self._reading = OneAtATime(partial(calls.summary, desk.session.client), self)
        self.follow(self._reading, self._show, _ABOUT)
        self.scope = ScopeBar(self, desk.layout)
        self.scope.changed.connect(self._read)
        self.tabs = QTabBar(self)
        self.tabs.setUsesScrollButtons(False)  # what is in the same line gives way, and no name is cut
        self.tabs.addTab(_("By reason"))
        self.tabs.addTab(_("By class"))
        self.tabs.setAccessibleName(_("Totals by"))
        self.tabs.currentChanged.connect(self._show_totals)
        self.figures = QLabel(self)
        self.figures.setWordWrap(True)
        self.chart = ParetoChart(desk.theme, self)
        self.table = Table(
            _COLUMNS,
            _key,
            desk.theme,
            title=_("Downtime by cause"),
            nothing=_("Nothing stood in this time."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.limits = ThresholdBar(Thresholds.remembered(desk.layout), self)
        self.limits.changed.connect(self._on_limits)
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._minute = QTimer(self, interval=_EVERY_MS)
        self._minute.timeout.connect(self._on_minute)
        self._minute.start()
        self._lay_out()
        PrintCommands(self, self._paper)
        self.set_title(_("Totals"), _("Time lost, by cause"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("Downtime"), Place("downtime"))]

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.scope.recall()
        super().take_keyboard(reason)

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(machine_calls.machines(client, owner=self), self._show_machines)
        self.ask(plants(client, owner=self), self._show_plants)
        self._read()

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "downtime.totals")

    def _read(self) -> None:
        scope = self.scope.query(self.desk.session.clock.now())
        self._reading.ask({**scope, **self.limits.thresholds.of_summary()})

    def _on_minute(self) -> None:
        if not self.isVisible():
            self._stale = True
        elif self.desk.session.is_online:
            self._read()

    def _show(self, summary: DowntimeSummary) -> None:
        self.head.set_as_of(self.desk.session.clock.now())
        self._summary = summary
        self.figures.setText(_figures(summary))
        self._show_totals()
        self.loaded.emit()

    def _show_totals(self) -> None:
        totals = self._totals()
        self.chart.show_totals(totals)
        self.table.set_rows(totals)

    def _totals(self) -> list[DowntimeTotal]:
        if self._summary is None:
            return []
        by_class = self.tabs.currentIndex() == _BY_CLASS
        return self._summary.by_category if by_class else [without_reason(one) for one in self._summary.by_reason]

    def _show_machines(self, machines: list[MachineAnswer]) -> None:
        self.scope.show_machines(machines)

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self.scope.show_plants(known)

    def _on_limits(self, limits: Thresholds) -> None:
        limits.remember(self.desk.layout)
        self.desk.session.changes.announce(LIMITS_TOPIC, None)

    def _paper(self, look: Look, parent: QWidget) -> Paper:
        chart = ParetoChart(look, parent)
        chart.show_totals(self._totals())
        notes = (*self.scope.words(), self.figures.text(), *self.limits.words())
        title = _("Downtime by cause")
        return Paper(title, notes, (Drawing(chart), PrintedTable(self.table)), look)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        bar.addWidget(self.scope)
        self._splitter.addWidget(self.chart)
        self._splitter.addWidget(self.table)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self.table.remember(self.desk.layout, "downtime.totals")
        self.desk.layout.restore_splitter(self._splitter, "downtime.totals")
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(bar)
        column.addWidget(self.limits)
        column.addWidget(self.figures)
        column.addWidget(self._splitter, 1)
        self.set_content(content)


def _figures(summary: DowntimeSummary) -> str:
    """The line above the bars. Failures have a reason; faults that only the machine's state tells stand beside them."""
    of_class = (one for one in summary.by_reason if one.downtime_category is DowntimeCategory.FAILURE)
    faults = sum(one.events for one in of_class if one.downtime_reason_id is None)
    text = _("{time}; {events} stops began, of them {failures} failures, {micro} micro-stops")
    if faults > 0:
        text = _(
            "{time}; {events} stops began, of them {failures} failures, {micro} micro-stops; "
            "faults without a reason, which count as no failures: {faults}"
        )
    figures = {
        "events": summary.events,
        "failures": summary.failures,
        "faults": faults,
        "micro": summary.micro_stops,
    }
    shown = {name: QLocale().toString(number) for name, number in figures.items()}
    return text.format(time=total_text(summary.seconds), **shown)


def _key(total: DowntimeTotal) -> tuple[object, ...]:
    return total.downtime_category, total.downtime_reason_id, total.stop_class


_COLUMNS: tuple[Column[DowntimeTotal], ...] = (
    Column("cause", _("Cause"), total_name, width=24, always_visible=True, stretch=True),
    Column(
        "category", _("Class"), lambda t: CATEGORIES[t.downtime_category] if t.downtime_category else None, width=12
    ),
    Column(
        "stops",
        _("Stops"),
        lambda t: t.events,
        align=Align.RIGHT,
        width=8,
        explain=_("Those that began in this time; of those from before only the time counts"),
    ),
    Column(
        "micro",
        _("Micro-stops"),
        lambda t: t.events if t.stop_class is StopClass.MICRO_STOP else None,
        align=Align.RIGHT,
        visible=False,
    ),
    Column("hours", _("Hours"), lambda t: t.seconds / 3600, align=Align.RIGHT, width=9, unit="h"),
    Column("share", _("Share"), lambda t: t.share, text=lambda t: share_text(t.share), align=Align.RIGHT, width=8),
    Column(
        "cumulative",
        _("With those above"),
        lambda t: t.cumulative_share,
        text=lambda t: share_text(t.cumulative_share),
        align=Align.RIGHT,
    ),
)
