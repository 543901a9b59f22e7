"""What scanners, gauges and cameras brought that became no scan and no reading: when, what exactly, why, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.peripheral_reports import REFUSED_KEPT, RefusedValue

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.table import Table

_NOTHING = _("Nothing was refused since the programs of the PCs were started.")
_WHICH = _(
    "The last {count} of each at most, as its PC told them; a restart of the program there forgets them. What may be "
    "a badge has its letters and digits hidden."
)


@dataclass(frozen=True, slots=True)
class RefusedSource:
    """A scanner, gauge or camera with the name of its station and the clock of its plant; None: of this PC."""

    peripheral: PeripheralAnswer
    station: str
    zone: tzinfo | None


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    source: RefusedSource
    value: RefusedValue


class RefusedDialog(QDialog):
    """What was refused of some of them, newest first.

    Attributes:
        table: the values.
        whole: the chosen one without any cut.
    """

    def __init__(
        self, desk: Desk, heading: str, sources: Callable[[], Sequence[RefusedSource]], parent: QWidget
    ) -> None:
        """`sources` are those that are looked at, as they are known when it is asked."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Refused - Unison"))
        self.setMinimumSize(720, 360)
        self.resize(1120, 480)
        self._sources = sources
        head = QLabel(heading, self)
        head.setFont(desk.theme.font(Type.TITLE))
        which = QLabel(_WHICH.format(count=REFUSED_KEPT), self)
        which.setWordWrap(True)
        several = len(sources()) != 1
        title = _("Refused")
        self.table = Table(_columns(several), _number, desk.theme, title=title, nothing=_NOTHING, parent=self)
        ExportNotice(self.table, desk.messages)
        self.whole = QLabel(self)
        self.whole.setTextFormat(Qt.TextFormat.PlainText)
        self.whole.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.whole.setWordWrap(True)
        self.table.selection_told.connect(self._show_whole)
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.addWidget(head)
        column.addWidget(which)
        column.addWidget(self.table, 1)
        column.addWidget(self.whole)
        column.addLayout(foot)
        self.follow()
        if self.table.model.rowCount():
            self.table.view.selectRow(0)
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_whole(self, chosen: list[int]) -> None:
        row = next((row for row in self.table.model.rows() if [row.number] == chosen), None)
        value = row.value if row is not None else None
        facts = (visible(value.raw), worded(value.reason), worded(value.remedy or "")) if value is not None else ()
        self.whole.setText("\n".join(filter(None, facts)))

    def follow(self) -> None:
        """Show what the PCs told meanwhile."""
        told = sorted(_told(self._sources()), key=lambda one: one[1].at)
        rows = [_Row(number, source, value) for number, (source, value) in enumerate(told)]
        self.table.set_rows(rows[::-1])


def _told(sources: Iterable[RefusedSource]) -> list[tuple[RefusedSource, RefusedValue]]:
    return [(source, value) for source in sources for value in source.peripheral.refused]


def _columns(several: bool) -> tuple[Column[_Row], ...]:
    whose = (
        Column[_Row]("station", _("Station"), lambda row: row.source.station, width=10),
        Column[_Row]("device", _("Device"), lambda row: row.source.peripheral.name, width=12),
    )
    return (
        Column(
            "at",
            _("At"),
            lambda row: row.value.at.astimezone(row.source.zone),
            text=lambda row: zoned_text(row.value.at.astimezone(row.source.zone)),
            width=26,
            always_visible=True,
        ),
        *(whose if several else ()),
        Column("raw", _("What came"), lambda row: visible(row.value.raw), width=20, always_visible=True),
        Column("reason", _("Why it is refused"), lambda row: worded(row.value.reason), width=26, stretch=True),
        Column("remedy", _("What to do"), lambda row: worded(row.value.remedy or ""), width=26),
    )


def _number(row: _Row) -> int:
    return row.number
