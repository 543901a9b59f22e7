"""What changed in an agent's configuration, and who changed it, read from the audit.

The audit has every change of every row already, made by a trigger that no way of writing can forget; the version it
made is the one that the same request gave the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from unison_domain.stations.configuration_changes import (
    ChangeAction,
    ConfigurationChange,
    ConfiguredThing,
    FieldChange,
)

from unison_server.kernel.database import TenantSession

_CHANGES = text(
    """
    with own_stations as (
        select id from stations where organization_id = :organization and agent_id = :agent
        union
        select s.id from stations as s where s.organization_id = :organization and exists (
            select from audit_logs as a where a.organization_id = s.organization_id and a.entity_id = s.id
                and a.table_name = 'stations' and cast(:agent as text)
                in (a.old_values ->> 'agent_id', a.new_values ->> 'agent_id'))
    ), own_devices as (
        select d.id from devices as d join stations as s on s.organization_id = d.organization_id
            and s.id = d.station_id where d.organization_id = :organization and s.agent_id = :agent
    ), own_tags as (
        select t.id, t.machine_id from tags as t join own_devices as d on d.id = t.device_id
        where t.organization_id = :organization
    ), own_peripherals as (
        select p.id from peripherals as p join stations as s on s.organization_id = p.organization_id
            and s.id = p.station_id where p.organization_id = :organization and s.agent_id = :agent
    ), own as (
        select id from own_stations union select id from own_devices union select id from own_tags
        union select id from own_peripherals
        union select machine_id from own_tags where machine_id is not null
        union select m.id from machines as m join own_stations as s on s.id = m.station_id
            where m.organization_id = :organization
        union select cast(:agent as uuid)
    )
    select a.id, a.at, a.table_name, a.entity_id, a.action, a.old_values, a.new_values, a.changed_fields, a.actor_kind,
        a.actor_id, a.request_id, u.full_name
    from audit_logs as a left join users as u on u.organization_id = a.organization_id and u.id = a.actor_id
    where a.organization_id = :organization and a.entity_id in (select id from own)
        and a.table_name in ('agents', 'stations', 'devices', 'peripherals', 'tags', 'machines')
        and a.action in ('insert', 'update')
        and (cast(:entity as uuid) is null or a.entity_id = :entity)
        and (a.table_name <> 'agents' or a.action = 'insert' or a.changed_fields ?| array['name', 'note'])
        and (cast(:before as timestamptz) is null or (a.at, a.id) < (:before, cast(:before_id as uuid)))
    order by a.at desc, a.id desc limit :limit
    """
)
_VERSIONS = text(
    """
    select request_id, max((new_values ->> 'configuration_version')::bigint) as version
    from audit_logs where organization_id = :organization and entity_id = :agent and table_name = 'agents'
        and request_id = any(:requests) and changed_fields ? 'configuration_version'
    group by request_id
    """
)
_THINGS = {
    "agents": ConfiguredThing.AGENT,
    "stations": ConfiguredThing.STATION,
    "devices": ConfiguredThing.DEVICE,
    "peripherals": ConfiguredThing.PERIPHERAL,
    "tags": ConfiguredThing.TAG,
    "machines": ConfiguredThing.MACHINE,
}
_NOT_TOLD = frozenset(
    {
        "organization_id",
        "id",
        "version",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "forced_reason",
        "forced_at",
    }
)


def changes_of(
    session: TenantSession,
    agent_id: UUID,
    *,
    entity_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ConfigurationChange]:
    """Changes of the agent and of all it is told to do with, now or once, newest first.

    Args:
        entity_id: only those of this thing.
        before: time and id of the last one that was told.
    """
    said = {
        "organization": session.organization_id,
        "agent": agent_id,
        "entity": entity_id,
        "before": before and before[0],
        "before_id": before and before[1],
        "limit": limit,
    }
    rows = session.execute(_CHANGES, said).all()
    requests = [row.request_id for row in rows if row.request_id]
    made = session.execute(
        _VERSIONS, {"organization": session.organization_id, "agent": agent_id, "requests": requests}
    )
    versions = {row.request_id: row.version for row in made}
    return [_change(row, versions) for row in rows]


def _change(row: Row[Any], versions: Mapping[str, int]) -> ConfigurationChange:
    old, new = _told(row.old_values), _told(row.new_values)
    names = [name for name in {**new, **old} if name not in _NOT_TOLD and old.get(name) != new.get(name)]
    if not names and "settings" in (row.changed_fields or []):
        names = ["source"]  # of an address only its password changed, and that the log does not hold
    fields = [FieldChange(field=_field(name), old=old.get(name), new=new.get(name)) for name in sorted(names)]
    return ConfigurationChange(
        id=row.id,
        at=row.at,
        version=versions.get(row.request_id),
        thing=_THINGS[row.table_name],
        entity_id=row.entity_id,
        name=new.get("name") or "",
        action=_action(row, old, new),
        person_id=row.actor_id if row.actor_kind == "user" else None,
        person=row.full_name if row.actor_kind == "user" else None,
        reason=None if "is_active" in (row.changed_fields or []) else new.get("forced_reason"),
        fields=fields,
    )


def _told(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The columns of a row; the settings of a peripheral as fields of their own, e.g. `serial.port`."""
    columns = dict(values or {})
    settings = columns.pop("settings", None)
    if settings is None:
        return columns
    columns.pop("place")
    return {**columns, **_flat(settings)}


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        inner = (
            {f"{name}.{key}": one for key, one in _flat(value).items()} if isinstance(value, dict) else {name: value}
        )
        flat |= inner
    return flat


def _action(row: Row[Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> ChangeAction:
    if row.action == "insert":
        return ChangeAction.CREATED
    is_put_away = old.get("is_active") is True and new.get("is_active") is False
    return ChangeAction.DEACTIVATED if is_put_away else ChangeAction.UPDATED


def _field(column: str) -> str:
    return "table" if column == "register_table" else column
