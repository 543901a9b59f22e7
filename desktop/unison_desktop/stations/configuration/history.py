"""Who changed what a PC is told to do, or a station that no PC serves, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.stations.configuration_changes import ConfigurationChange, FieldChange
from unison_domain.stations.contracts import AgentAnswer, DeviceAnswer, StationAnswer, TagAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.identity.audit.words import who
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.history_words import after, before, label, summary, taken_up, what
from unison_desktop.stations.configuration.holding import version_words
from unison_desktop.tables.columns import Column
from unison_desktop.tables.table import Table


class _Row(NamedTuple):
    """A field of the chosen change, in words."""

    field: str
    label: str
    before: str
    after: str


class HistoryDialog(QDialog):
    """Changes of a PC's configuration, or of one thing in it, newest first; what the chosen one changed below."""

    def __init__(
        self,
        desk: Desk,
        of: AgentAnswer | StationAnswer,
        thing: TagAnswer | DeviceAnswer | StationAnswer | PeripheralAnswer | None,
        names: Mapping[str, str],
        parent: QWidget,
    ) -> None:
        """`of` is the PC, or the station where none serves it; `names` are what people call things, by their ids."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("History - Unison"))
        self.setMinimumSize(720, 460)
        self.resize(1180, 640)
        self._desk, self._of, self._thing, self._names = desk, of, thing, names
        heading = QLabel(_("What was changed of {name}").format(name=(thing or of).name), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        self.changes = Table(
            _columns(of), _change_id, desk.theme, title=_("Changes"), nothing=_("Nothing was changed."), parent=self
        )
        self.fields = Table(
            _FIELD_COLUMNS,
            _field_id,
            desk.theme,
            title=_("Fields"),
            nothing=_("Choose a change above."),
            parent=self,
        )
        self.fields.set_rows([])
        self.changes.selection_told.connect(self._show_fields)
        self.changes.retry_asked.connect(self.load)
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.accept)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.addWidget(self.changes)
        splitter.addWidget(self.fields)
        splitter.setSizes([340, 220])
        self.cut = QLabel(self)
        self.cut.setProperty("role", "muted")
        foot = QHBoxLayout()
        foot.addWidget(self.cut)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.addWidget(heading)
        column.addWidget(splitter, 1)
        column.addLayout(foot)
        self.load()

    def load(self) -> None:
        """Ask for the newest changes; of a station that no PC serves those of all its things."""
        entity = self._thing.id if self._thing is not None and self._thing.id != self._of.id else None
        call = calls.changes(self._desk.session.client, self._of, entity, owner=self)
        call.done.connect(self._show)
        call.failed.connect(self._on_failed)

    def _show(self, page: Page[ConfigurationChange]) -> None:
        self.changes.set_rows(page.items)
        words = _("Only the newest {n} changes; all are in the audit log.").format(n=len(page.items))
        self.cut.setText(words if page.next_cursor else "")
        if page.items:
            self.changes.view.selectRow(0)
            self.changes.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_failed(self, error: ApiError) -> None:
        self.changes.show_error(error.message)

    def _show_fields(self, ids: list[object]) -> None:
        chosen = [change for change in self.changes.model.rows() if change.id in ids]
        self.fields.set_rows([self._row(chosen[0], field) for field in chosen[0].fields] if chosen else [])

    def _row(self, change: ConfigurationChange, field: FieldChange) -> _Row:
        thing, names = change.thing, self._names
        return _Row(field.field, label(thing, field.field), before(thing, field, names), after(thing, field, names))


def _change_id(change: ConfigurationChange) -> object:
    return change.id


def _field_id(row: _Row) -> object:
    return row.field


def _at(change: ConfigurationChange) -> datetime:
    return change.at.astimezone()


def _version(change: ConfigurationChange) -> str:
    return "" if change.version is None else version_words(change.version)


def _columns(of: AgentAnswer | StationAnswer) -> tuple[Column[ConfigurationChange], ...]:
    has_pc = isinstance(of, AgentAnswer)
    running = of.configuration_running if isinstance(of, AgentAnswer) else None
    return (
        Column("at", _("When"), _at, width=18, always_visible=True),
        Column("person", _("Who"), who, width=22),
        Column("what", _("What"), what, width=18),
        Column("name", _("Name"), lambda one: one.name, width=14),
        Column("fields", _("Fields"), summary, width=24, stretch=True, least=16),
        Column("reason", _("At once because"), lambda one: one.reason, width=18),
        Column(
            "taken_up",
            _("At the PC"),
            lambda one: taken_up(one, running),
            width=10,
            visible=has_pc,
            explain=_("Whether the PC took it up already; until then it works as before"),
        ),
        Column("version", _("Configuration"), _version, width=24, visible=False),
    )


_FIELD_COLUMNS: tuple[Column[_Row], ...] = (
    Column("field", _("Field"), lambda row: row.label, width=22, always_visible=True),
    Column("old", _("Before"), lambda row: row.before, width=40),
    Column("new", _("After"), lambda row: row.after, width=40),
)
