"""How a change of what a PC is told reads: its thing, its fields and their values, as forms and tables call them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from unison_domain.stations.configuration_changes import ChangeAction, ConfigurationChange, ConfiguredThing, FieldChange
from unison_domain.stations.contracts import AgentState

from unison_desktop.codes.pattern_form import PATTERN_FIELDS
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity.audit.words import field_words, short
from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.refusals.values import with_own_clock
from unison_desktop.kernel.texts import _
from unison_desktop.machines.setup.fields import machine_fields, plant_fields
from unison_desktop.quality.characteristic_form import FIELDS as CHARACTERISTIC_FIELDS
from unison_desktop.stations.configuration.device_fields import device_fields, station_fields
from unison_desktop.stations.configuration.holding import version_words
from unison_desktop.stations.configuration.tag_fields import tag_fields
from unison_desktop.stations.peripherals.forms import peripheral_fields
from unison_desktop.stations.peripherals.shape import setting_path
from unison_desktop.stations.renaming import FIELDS as AGENT_FIELDS

_THINGS = {
    ConfiguredThing.AGENT: _("PC"),
    ConfiguredThing.STATION: _("Station"),
    ConfiguredThing.DEVICE: _("Device"),
    ConfiguredThing.PERIPHERAL: _("Peripheral"),
    ConfiguredThing.TAG: _("Tag"),
    ConfiguredThing.MACHINE: _("Machine"),
    ConfiguredThing.PLANT: _("Plant"),
    ConfiguredThing.REASON: _("Stop reason"),
    ConfiguredThing.CHARACTERISTIC: _("Characteristic"),
    ConfiguredThing.PATTERN: _("Item pattern"),
}
_ACTIONS = {
    ChangeAction.CREATED: _("made"),
    ChangeAction.UPDATED: _("changed"),
    ChangeAction.DEACTIVATED: _("deactivated"),
    ChangeAction.REACTIVATED: _("back in use"),
}
_FIELDS: Mapping[ConfiguredThing, Iterable[Field]] = {
    ConfiguredThing.AGENT: AGENT_FIELDS,
    ConfiguredThing.STATION: station_fields({}, {}, is_new=True),
    ConfiguredThing.DEVICE: device_fields({}),
    ConfiguredThing.PERIPHERAL: peripheral_fields(),
    ConfiguredThing.TAG: tag_fields({}),
    ConfiguredThing.MACHINE: machine_fields({}, is_new=True),
    ConfiguredThing.PLANT: plant_fields(),
    ConfiguredThing.CHARACTERISTIC: CHARACTERISTIC_FIELDS,
    ConfiguredThing.PATTERN: PATTERN_FIELDS,
}
_VERSION = "configuration_version"
_ANYWHERE = {
    "is_active": _("In use"),
    "device_id": _("Device"),
    "state": _("State"),
    "station_id": _("Station"),
    "hostname": _("Name of the computer"),
    _VERSION: _("Counters handed over"),
}
_LABELS = {
    thing: _ANYWHERE | {setting_path(field.name): field.label for field in fields} | {"state": _("State")}
    for thing, fields in _FIELDS.items()
}
_STATES = {
    AgentState.WAITING: _("Waiting for its PC"),
    AgentState.ENROLLED: _("enrolled"),
    AgentState.CONFLICT: _("Two PCs use this identity"),
    AgentState.REVOKED: _("Revoked"),
}
_CHOICES = {
    (thing, setting_path(field.name)): field.choices for thing, fields in _FIELDS.items() for field in fields
} | {(ConfiguredThing.AGENT, "state"): {str(state): words for state, words in _STATES.items()}}
NONE = "-"


def what(change: ConfigurationChange) -> str:
    """What was done to what kind of thing."""
    thing, action = _THINGS.get(change.thing, str(change.thing)), _ACTIONS.get(change.action, str(change.action))
    return f"{thing} {action}"


def label(thing: ConfiguredThing, field: str) -> str:
    """What the form of the thing calls the field; where no form has it, what the audit log does."""
    return _LABELS.get(thing, _ANYWHERE).get(field) or field_words(field.rpartition(".")[2])


def summary(change: ConfigurationChange) -> str:
    """What was changed of it, in a line."""
    if not change.fields and change.reason is not None:
        return _("what had changed before holds at once")
    return ", ".join(label(change.thing, one.field) for one in change.fields)


def before(thing: ConfiguredThing, change: FieldChange, names: Mapping[str, str]) -> str:
    """The value before; `names` are what people call things, by their ids."""
    return change.old_name or _value(thing, change.field, change.old, names)


def after(thing: ConfiguredThing, change: FieldChange, names: Mapping[str, str]) -> str:
    """The value after."""
    return change.new_name or _value(thing, change.field, change.new, names)


def taken_up(change: ConfigurationChange, running: int | None) -> str:
    """Whether the PC does it yet, by the configuration it runs; of what made none nothing is said."""
    if change.version is None:
        return ""
    return _("yes") if running is not None and running >= change.version else _("not yet")


def _value(thing: ConfiguredThing, field: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, str) and (words := _CHOICES.get((thing, field), {}).get(value)):
        return words
    if field == _VERSION and isinstance(value, int):
        return version_words(value)
    return _text(value, names)


def _text(value: Any, names: Mapping[str, str]) -> str:
    match value:
        case _ if value in (None, "", [], {}):
            return NONE
        case bool():
            return _("yes") if value else _("no")
        case int() | float():
            return number_text(value)
        case str():
            return names.get(value) or _plain(value)
        case list() if not any(isinstance(one, dict | list) for one in value):
            return ", ".join(_text(one, names) for one in value)
        case dict() if not any(isinstance(one, dict | list) for one in value.values()):
            return ", ".join(f"{key} = {_text(one, names)}" for key, one in value.items())
    return json.dumps(_named(value, names), ensure_ascii=False)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """The same with names instead of ids, however deep they stand."""
    if isinstance(value, dict):
        return {key: _named(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    try:
        return short(UUID(text))
    except ValueError:
        return with_own_clock(number_text(text))
