"""Which entries of the audit log are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from textwrap import shorten
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.identity.contracts import UserAnswer

from unison_desktop.frame.stretch import StretchField
from unison_desktop.identity.audit.offer_box import OfferBox
from unison_desktop.identity.audit.words import (
    ACTIONS,
    TABLES,
    field_words,
    short,
    table_words,
    what,
    which,
    who,
    written_field,
    written_table,
)
from unison_desktop.kernel.texts import _

_PERIODS = (
    (timedelta(days=1), _("Last 24 hours")),
    (timedelta(days=7), _("Last 7 days")),
    (timedelta(days=90), _("Last 90 days")),
    (None, _("All times")),
)
_WEEK, _ALWAYS = 1, 3
_MOST_LETTERS = 30


class AuditScope(QWidget):
    """Time, person, table, action, field, address, and perhaps one row.

    Attributes:
        row_button: names the one row whose life is shown, and leaves it.

    Signals:
        changed: the person chose otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._row: UUID | None = None
        self.period = StretchField(_PERIODS, _WEEK, self)
        self.person = OfferBox(_("Person"), _("Everybody"), _id_text, self)
        self.table = OfferBox(_("Table"), _("All tables"), written_table, self)
        self.field = OfferBox(_("Changed field"), _("All fields"), written_field, self)
        self.address = OfferBox(_("Address"), _("All addresses"), str.strip, self, width=10)
        self.table.offer({name: table_words(name) for name in TABLES})
        self.action = QComboBox(self)
        self.action.setAccessibleName(_("Action"))
        self.action.setToolTip(_("Action"))
        self.action.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.action.addItem(_("All actions"), None)
        for action, words in ACTIONS.items():
            self.action.addItem(words, action)
        self.row_button = QPushButton(self)
        self.row_button.hide()
        self.row_button.clicked.connect(self.leave_row)
        self.period.changed.connect(self.changed)
        self.action.activated.connect(self.changed)
        for box in self._boxes():
            box.chosen.connect(self.changed)
        self._lay_out()

    def show_people(self, people: Iterable[UserAnswer]) -> None:
        """Offer these, also those who left."""
        self.person.offer({str(one.id): one.full_name for one in people})

    def learn(self, entries: Iterable[AuditEntry]) -> None:
        """Offer who and what was seen."""
        seen = list(entries)
        if (own := next((one for one in seen if one.entity_id == self._row), None)) is not None:
            self._name_row(own)
        self.person.offer({str(one.actor_id): who(one) for one in seen if one.actor_id is not None})
        self.table.offer({one.table_name: table_words(one.table_name) for one in seen if one.table_name})
        self.field.offer({name: field_words(name) for one in seen for name in one.changed_fields or ()})
        self.address.offer({one.address: one.address for one in seen if one.address})

    def show_zone(self, zone: tzinfo | None) -> None:
        """Moments are of these clocks; None: of this PC's."""
        self.period.zone = zone

    def show_row(self, entry: AuditEntry) -> None:
        """All the life of this entry's row, whoever changed it."""
        if entry.entity_id is not None:
            self.begin_with(entry.entity_id)
            self._name_row(entry)
            self.changed.emit()

    def begin_with(self, row: UUID) -> None:
        """The same of a row of which nothing was read yet; tells nobody."""
        self._row = row
        self.period.choice.setCurrentIndex(_ALWAYS)
        self.action.setCurrentIndex(0)
        for box in self._boxes():
            box.choose(None)
        self._call_row(short(row))
        self.row_button.show()

    def leave_row(self) -> None:
        """Other rows are shown again."""
        self._row = None
        self.row_button.hide()
        self.changed.emit()

    def query(self, now: datetime) -> dict[str, object]:
        """The same as the server understands it."""
        stretch = self.period.stretch()
        begins = stretch.begins_at(now)
        return {
            "from": begins and begins.isoformat(),
            "to": stretch.ends and stretch.ends.isoformat(),
            "actor_id": self.person.value,
            "table": self.table.value,
            "action": self.action.currentData(),
            "field": self.field.value,
            "address": self.address.value,
            "entity_id": self._row,
        }

    def words(self) -> str:
        """The same as it stands on paper."""
        told = [self.period.words(), self.action.currentText(), *(box.words() for box in self._boxes())]
        if self._row is not None:
            told.append(self.row_button.accessibleName())
        return " · ".join(told)

    def _boxes(self) -> tuple[OfferBox, ...]:
        return (self.person, self.table, self.field, self.address)

    def _name_row(self, entry: AuditEntry) -> None:
        self._call_row(f"{what(entry)}: {which(entry)}")

    def _call_row(self, name: str) -> None:
        words = _("Only {row}").format(row=name)
        self.row_button.setText(f"{shorten(words, _MOST_LETTERS, placeholder='…')}  ✕")
        self.row_button.setAccessibleName(words)
        self.row_button.setToolTip(_("{row}: press to show other rows again").format(row=words))

    def _lay_out(self) -> None:
        when, what = QHBoxLayout(), QHBoxLayout()
        first: tuple[QWidget, ...] = (self.period, self.action)
        second: tuple[QWidget, ...] = (*self._boxes(), self.row_button)
        for row, widgets in ((when, first), (what, second)):
            for widget in widgets:
                row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for row in (when, what):
            row.addStretch(1)
            column.addLayout(row)


def id_in(text: str) -> UUID | None:
    """The id that is written there; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _id_text(text: str) -> str | None:
    id_ = id_in(text)
    return None if id_ is None else str(id_)
