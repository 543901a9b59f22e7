"""Who changed what a PC is told to do, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.stations.configuration_changes import ChangeAction, ConfigurationChange, ConfiguredThing, FieldChange
from unison_domain.stations.contracts import AgentAnswer, DeviceAnswer, StationAnswer, TagAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_fields import FORCED_REASON, device_fields, station_fields
from unison_desktop.stations.configuration.holding import version_words
from unison_desktop.stations.configuration.tag_fields import tag_fields
from unison_desktop.stations.peripherals.forms import peripheral_fields
from unison_desktop.stations.peripherals.shape import setting_path
from unison_desktop.stations.renaming import FIELDS as AGENT_FIELDS
from unison_desktop.tables.columns import Column
from unison_desktop.tables.table import Table

_THINGS = {
    ConfiguredThing.AGENT: _("PC"),
    ConfiguredThing.STATION: _("Station"),
    ConfiguredThing.DEVICE: _("Device"),
    ConfiguredThing.PERIPHERAL: _("Peripheral"),
    ConfiguredThing.TAG: _("Tag"),
    ConfiguredThing.MACHINE: _("Machine"),
}
_ACTIONS = {
    ChangeAction.CREATED: _("made"),
    ChangeAction.UPDATED: _("changed"),
    ChangeAction.DEACTIVATED: _("deactivated"),
}


class HistoryDialog(QDialog):
    """Changes of a PC's configuration, or of one thing in it, newest first; what the chosen one changed below."""

    def __init__(
        self,
        desk: Desk,
        agent: AgentAnswer,
        thing: TagAnswer | DeviceAnswer | StationAnswer | PeripheralAnswer | None,
        names: Mapping[str, str],
        parent: QWidget,
    ) -> None:
        """`names` are what people call things, by their ids."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("History - Unison"))
        self.setMinimumSize(720, 460)
        self.resize(960, 620)
        self._desk, self._agent, self._thing = desk, agent, thing
        heading = QLabel(_("What was changed of {name}").format(name=(thing or agent).name), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        self.changes = Table(
            _CHANGE_COLUMNS, _change_id, desk.theme, title=_("Changes"), nothing=_("Nothing was changed."), parent=self
        )
        self.fields = Table(
            _field_columns(names),
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
        """Ask for the newest changes."""
        entity = self._thing.id if self._thing is not None else None
        call = calls.changes(self._desk.session.client, self._agent.id, entity, owner=self)
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
        self.fields.set_rows(chosen[0].fields if chosen else [])


def _change_id(change: ConfigurationChange) -> object:
    return change.id


def _field_id(change: FieldChange) -> object:
    return change.field


def _at(change: ConfigurationChange) -> datetime:
    return change.at.astimezone()


def _what(change: ConfigurationChange) -> str:
    thing, action = _THINGS.get(change.thing, str(change.thing)), _ACTIONS.get(change.action, str(change.action))
    return f"{thing} {action}"


def _person(change: ConfigurationChange) -> str:
    return change.person or _("the server")


def _summary(change: ConfigurationChange) -> str:
    return ", ".join(map(_label, change.fields))


def _version(change: ConfigurationChange) -> str:
    return "" if change.version is None else version_words(change.version)


def _label(change: FieldChange) -> str:
    return _LABELS.get(change.field, change.field)


class _Words:
    """Values as people read them: names instead of ids."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def old(self, change: FieldChange) -> str:
        return self._words(change.old)

    def new(self, change: FieldChange) -> str:
        return self._words(change.new)

    def _words(self, value: Any) -> str:
        if value is None:
            return "-"
        named = self._named(value)
        return named if isinstance(named, str) else json.dumps(named, ensure_ascii=False)

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._named(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._named(one) for one in value]
        return self._names.get(value, value) if isinstance(value, str) else value


def _field_columns(names: Mapping[str, str]) -> tuple[Column[FieldChange], ...]:
    words = _Words(names)
    return (
        Column("field", _("Field"), _label, width=22, always_visible=True),
        Column("old", _("Before"), words.old, width=40),
        Column("new", _("After"), words.new, width=40),
    )


_LABELS = {setting_path(field.name): field.label for field in peripheral_fields()} | {
    field.name: field.label
    for field in (
        *AGENT_FIELDS,
        *station_fields({}, {}, is_new=True),
        *device_fields({}),
        *tag_fields({}),
        FORCED_REASON,
    )
}
_LABELS |= {"is_active": _("In use"), "device_id": _("Device"), "state": _("State"), "station_id": _("Station")}


_CHANGE_COLUMNS: tuple[Column[ConfigurationChange], ...] = (
    Column("at", _("When"), _at, width=20, always_visible=True),
    Column("person", _("Who"), _person, width=18),
    Column("what", _("What"), _what, width=18),
    Column("name", _("Name"), lambda one: one.name, width=20),
    Column("fields", _("Fields"), _summary, width=30),
    Column("reason", _("At once because"), lambda one: one.reason, width=20),
    Column("version", _("Configuration"), _version, width=24, visible=False),
)
