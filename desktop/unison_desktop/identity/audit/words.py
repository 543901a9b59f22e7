"""How an entry of the audit log reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.sentences import field_name, table_name
from unison_domain.sentences.german import FIELDS as FIELD_NAMES
from unison_domain.sentences.german import TABLES as TABLE_NAMES

from unison_desktop.frame.colours import Tone
from unison_desktop.identity.volume_words import more_refused
from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.refusals.values import with_own_clock
from unison_desktop.kernel.texts import ENGLISH, _, spoken

INSERT, UPDATE, DELETE, REFUSED, ELSEWHERE = "insert", "update", "delete", "refused", "elsewhere"
RECOMPUTED = "recomputed"
ACTIONS = {
    INSERT: _("made"),
    UPDATE: _("changed"),
    DELETE: _("removed"),
    REFUSED: _("refused"),
    ELSEWHERE: _("elsewhere"),
    RECOMPUTED: _("computed anew"),
}
MARKS = {
    INSERT: ("plus", Tone.GOOD),
    UPDATE: ("history", Tone.INFO),
    DELETE: ("close", Tone.BAD),
    REFUSED: ("warning", Tone.WARNING),
    ELSEWHERE: ("forward", Tone.INFO),
    RECOMPUTED: ("history", Tone.INFO),
}
DATABASES = {"identity": _("people and rights"), "operations": _("operations")}
TABLES = (
    *("agents", "alarm_reasons", "api_keys", "departments", "devices", "downtime_reasons"),
    *("inspection_characteristics", "item_code_patterns", "machine_calls", "machines", "organizations", "peripherals"),
    *("plants", "roles", "settings", "stations", "storage_locations", "tags", "user_plant_access", "user_roles"),
    *("user_warehouse_access", "users", "warehouses", "work_centers"),
)
"""Those that are offered before an entry of them was seen; any other can be typed."""

_NAMES = ("full_name", "name", "key", "characteristic_name", "username", "code", "machine_code")
"""Columns whose value tells a row from others, the best first."""
_ACTORS = {
    "agent": _("station PC"),
    "key": _("program"),
    "user": _("person"),
    "superadmin": _("superadministrator"),
    "system": _("server"),
}


def table_words(name: str) -> str:
    """A table as it is said: `storage_locations` is “Storage locations”."""
    return table_name(name, spoken())


def field_words(name: str) -> str:
    """A field as it is said: `time_zone` is “Time zone”."""
    return field_name(name, spoken())


def written_table(text: str) -> str:
    """The table as the server writes it, from how it is said."""
    return _written(text, TABLE_NAMES)


def written_field(text: str) -> str:
    """The field as the server writes it, from how it is said; of several that are said alike the first by alphabet."""
    return _written(text, FIELD_NAMES)


def _written(text: str, names: Mapping[str, str]) -> str:
    typed = text.strip().casefold()
    known = (name for name in sorted(names) if spoken() != ENGLISH and names[name].casefold() == typed)
    return next(known, typed.replace(" ", "_"))


def short(id_: UUID) -> str:
    """Enough of an id to tell it from its neighbours: ids of one hour begin alike."""
    return f"…{id_.hex[-8:]}"


class Acted(Protocol):
    """What names who did something."""

    @property
    def actor_kind(self) -> str | None: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def actor_name(self) -> str | None: ...
    @property
    def actor_owner(self) -> str | None: ...


def who(entry: Acted) -> str:
    """Who did it, as far as that is known: people by name, others by what they are and their name."""
    if entry.actor_name and entry.actor_kind == "user":
        return entry.actor_name
    kind = _ACTORS.get(entry.actor_kind or "system", entry.actor_kind or "")
    name = entry.actor_name or (short(entry.actor_id) if entry.actor_id else "")
    if entry.actor_owner:
        return _("{kind} {name} of {owner}").format(kind=kind, name=name, owner=entry.actor_owner)
    return f"{kind} {name}".strip()


def which(entry: AuditEntry) -> str:
    """Which row it was, by what people call it; of what was refused, what was tried."""
    values = {**(entry.old_values or {}), **(entry.new_values or {})}
    if entry.action == REFUSED:
        return f"{values.get('method', '')} {values.get('path', '')}".strip()
    named = next((str(values[name]) for name in _NAMES if values.get(name)), "")
    return named or (short(entry.entity_id) if entry.entity_id else "")


def what(entry: AuditEntry) -> str:
    """The table of the row."""
    return table_words(entry.table_name) if entry.table_name else _("Request")


def changed(entry: AuditEntry) -> str:
    """The fields an update changed; of what was refused, why or how many more; of what was done elsewhere, what."""
    values = entry.new_values or {}
    if entry.action == REFUSED and (times := values.get("times")) is not None:
        return more_refused(times, values.get("seconds"))
    if entry.action in (REFUSED, ELSEWHERE):
        return worded(str((entry.new_values or {}).get("done" if entry.action == ELSEWHERE else "detail", "")))
    return ", ".join(field_words(name) for name in entry.changed_fields or ())


def shown(value: Any) -> str:
    """A value as it was recorded."""
    match value:
        case None:
            return "\N{EN DASH}"
        case bool():
            return _("yes") if value else _("no")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, indent=2)
    return with_own_clock(number_text(value)) if isinstance(value, str | int | float) else str(value)
