"""What was taken out of use, in a list from which it comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import ApiClient, Call, ListCall
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.table import Table


class Asks(Protocol):
    """Asks for those of a kind that are out of use."""

    def __call__(self, client: ApiClient, /, *, owner: QObject) -> ListCall: ...


class BringsBack(Protocol):
    """Brings a thing back into use."""

    def __call__(self, client: ApiClient, thing: Any, /, *, owner: QObject) -> Call: ...


@dataclass(frozen=True)
class Returnable:
    """A kind of thing that comes back.

    Attributes:
        kind: what one of it is called. right: `room.thing`, of its permissions and topics.
        name_of: what a thing is called. above_of: the id of what it is in.
        against: why the person may not bring a thing back; empty where they may.
    """

    kind: str
    right: str
    ask: Asks
    bring_back: BringsBack
    name_of: Callable[[Any], str]
    above_of: Callable[[Any], UUID | None]
    against: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class _Row:
    of: Returnable
    thing: Any
    above: str


class ReturnDialog(QDialog):
    """Lists what is out of use and brings back what is chosen; what is below it rests no more.

    Attributes:
        table: the list. told: how it went. back: the button.
    """

    def __init__(self, desk: Desk, kinds: Sequence[Returnable], names: Mapping[str, str], parent: QWidget) -> None:
        """`names` are those of what is in use, by id."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._heading = _("Out of use")
        self.setWindowTitle(f"{self._heading} - Unison")
        self.resize(760, 480)
        self.desk, self._kinds, self._names = desk, kinds, dict(names)
        self._things: dict[str, list[Any]] = {}
        self.told = ToneLabel(desk.theme, self)
        self.table = Table(
            _COLUMNS, _row_id, desk.theme, title=self._heading, nothing=_("Nothing is out of use."), parent=self
        )
        self.back = QPushButton(_("Bring back into use"), self)
        self.back.setProperty("role", "primary")
        self.back.clicked.connect(self._bring_back)
        self.table.row_opened.connect(self._bring_row_back)
        self.table.selection_told.connect(self._offer)
        self._lay_out()
        self.table.view.setFocus()
        self._load()
        self._offer()

    def _load(self) -> None:
        for kind in self._kinds:
            call = kind.ask(self.desk.session.client, owner=self)
            call.done.connect(partial(self._show, kind.right))
            call.failed.connect(self._on_failed)

    def _show(self, right: str, things: list[Any]) -> None:
        self._things[right] = things
        resting = _("{name} (out of use)")
        resting_names = {
            str(thing.id): resting.format(name=kind.name_of(thing))
            for kind in self._kinds
            for thing in self._things.get(kind.right, ())
        }
        names = self._names | resting_names
        rows = [
            _Row(kind, thing, names.get(str(kind.above_of(thing)), ""))
            for kind in self._kinds
            for thing in self._things.get(kind.right, ())
        ]
        self.table.set_rows(rows)
        self._offer()

    def _chosen(self) -> _Row | None:
        ids = self.table.view.selected_ids()
        return next((row for row in self.table.model.rows() if row.thing.id in ids), None) if len(ids) == 1 else None

    def _offer(self) -> None:
        row = self._chosen()
        why = _("Choose what is to come back.") if row is None else row.of.against(row.thing)
        self.back.setEnabled(not why)
        self.back.setToolTip(why)

    def _bring_back(self) -> None:
        if (row := self._chosen()) is not None:
            self._bring_row_back(row)

    def _bring_row_back(self, row: _Row) -> None:
        if why := row.of.against(row.thing):
            self.told.say(why, Tone.BAD)
            return
        self.back.setEnabled(False)
        call = row.of.bring_back(self.desk.session.client, row.thing, owner=self)
        call.done.connect(partial(self._on_back, row.of))
        call.failed.connect(self._on_failed)

    def _on_back(self, kind: Returnable, thing: Any) -> None:
        text = _("{name} is in use again.").format(name=kind.name_of(thing))
        self.told.say(text, Tone.GOOD)
        self.desk.messages.say(text, Tone.GOOD)
        self._names[str(thing.id)] = kind.name_of(thing)
        self.desk.session.changes.announce(f"{kind.right}.reactivated", [thing.id])
        self._load()

    def _on_failed(self, error: ApiError) -> None:
        self.told.say(error.message, Tone.BAD)
        self._offer()

    def _lay_out(self) -> None:
        heading = QLabel(self._heading, self)
        heading.setFont(self.desk.theme.font(Type.TITLE))
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        self.told.say(_("What was taken out of use comes back as it was, with what belongs to it."))
        for widget in (heading, self.told):
            column.addWidget(widget)
        column.addWidget(self.table, 1)
        column.addLayout(foot)


def _row_id(row: _Row) -> UUID:
    found: UUID = row.thing.id
    return found


_COLUMNS: tuple[Column[_Row], ...] = (
    Column("kind", _("Kind"), lambda row: row.of.kind, width=16),
    Column("name", _("Name"), lambda row: row.of.name_of(row.thing), width=26, always_visible=True),
    Column("above", _("In"), lambda row: row.above, width=26, stretch=True),
)
