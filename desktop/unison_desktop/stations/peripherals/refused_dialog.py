"""What a gauge sent that became no reading: when, what exactly, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.peripheral_reports import REFUSED_KEPT, RefusedValue

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible
from unison_desktop.tables.columns import Column
from unison_desktop.tables.table import Table

_NOTHING = _("It sent nothing that was refused since the program of its PC was started.")
_WHICH = _("The last {count} at most, as its PC told them; a restart of its program there forgets them.")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    value: RefusedValue


class RefusedDialog(QDialog):
    """The refused values of one gauge, newest first.

    Attributes:
        table: the values.
    """

    def __init__(self, desk: Desk, gauge: PeripheralAnswer, zone: tzinfo | None, parent: QWidget) -> None:
        """`zone` is the clock of its plant; None: of this PC."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Refused values - Unison"))
        self.setMinimumSize(720, 360)
        self.resize(960, 460)
        self._id = gauge.id
        heading = QLabel(_("What {name} sent that was refused").format(name=gauge.name), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        which = QLabel(_WHICH.format(count=REFUSED_KEPT), self)
        which.setWordWrap(True)
        title = _("Refused values")
        self.table = Table(_columns(zone), _number, desk.theme, title=title, nothing=_NOTHING, parent=self)
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.addWidget(heading)
        column.addWidget(which)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self._show(gauge)
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self, peripherals: Sequence[PeripheralAnswer]) -> None:
        """Show what the PC told meanwhile."""
        if gauge := next((one for one in peripherals if one.id == self._id), None):
            self._show(gauge)

    def _show(self, gauge: PeripheralAnswer) -> None:
        self.table.set_rows([_Row(n, value) for n, value in enumerate(gauge.refused)][::-1])


def _columns(zone: tzinfo | None) -> tuple[Column[_Row], ...]:
    return (
        Column(
            "at",
            _("At"),
            lambda row: row.value.at.astimezone(zone),
            text=lambda row: zoned_text(row.value.at.astimezone(zone)),
            width=18,
            always_visible=True,
        ),
        Column("raw", _("What it sent"), lambda row: visible(row.value.raw), width=26, always_visible=True),
        Column("reason", _("Why it is no reading"), lambda row: row.value.reason, width=40, stretch=True),
    )


def _number(row: _Row) -> int:
    return row.number
