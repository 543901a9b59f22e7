"""Settings as the fields of a form hold them: what stands inside others gets names of its own, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unison_domain.stations.camera_settings import AS_IT_IS

GROUPS = ("serial", "framing", "region")
"""Settings with settings inside; `serial.port` is the field `serial_port`."""
CONNECTION, IS_PART, STATION = "connection", "is_part", "station_id"
SERIAL, KEYBOARD = "serial", "keyboard"
ONLY_SHOWN = frozenset({CONNECTION, IS_PART, STATION})
"""Fields that decide which others there are, or say where, and are no settings."""
_OF_GROUP = {"serial": "serial_port", "framing": "framing_suffix", "region": "region_width"}
"""The field to look at where settings inside don't fit one another."""
_EMPTY_TEXTS = ("framing_prefix", "framing_suffix")
GAMMA = "gamma"
"""Of a camera that does not say it, it is `AS_IT_IS`."""
TIMEOUT, IDLE = "timeout_seconds", "framing_idle_milliseconds"
"""Their defaults follow from the format and the connection: left empty, they are left out."""


def flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the form's fields."""
    values: dict[str, Any] = {GAMMA: AS_IT_IS} if settings.get("kind") == "camera" else {}
    for name, value in settings.items():
        values |= {f"{name}_{key}": one for key, one in (value or {}).items()} if name in GROUPS else {name: value}
    values[CONNECTION] = KEYBOARD if settings.get("keyboard") else SERIAL
    values[IS_PART] = settings.get("region") is not None
    return values


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that fields hold; a part of which no field is shown is left out."""
    settings: dict[str, Any] = {}
    for name, value in values.items():
        if name in ONLY_SHOWN or (name in (TIMEOUT, IDLE) and value is None):
            continue
        group, dot, rest = setting_path(name).partition(".")
        told = "" if name in _EMPTY_TEXTS and value is None else value
        if dot:
            settings.setdefault(group, {})[rest] = told
        else:
            settings[name] = told
    return settings


def field_name(path: str) -> str:
    """The field a path into the settings is about, e.g. of `settings.serial.port`."""
    plain = path.removeprefix("settings.")
    if plain in GROUPS:
        return _OF_GROUP[plain]
    group, dot, rest = plain.partition(".")
    return f"{group}_{rest}" if dot and group in GROUPS else plain


def setting_path(name: str) -> str:
    """The path into the settings a field is about, e.g. of `serial_port`."""
    group = next((one for one in GROUPS if name.startswith(f"{one}_")), None)
    return name if group is None else f"{group}.{name.removeprefix(f'{group}_')}"
