"""What changed in an agent's configuration, and who changed it, read from the audit.

The audit has every change of every row already, made by a trigger that no way of writing can forget. What the request
changed that gave the agent a new version is what that version is made of: also of a thing that went to another PC
since, and of what all stations of a plant or an organization share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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

from unison_server.identity.queries import KeyNames
from unison_server.kernel.database import TenantSession
from unison_server.kernel.scope import ActorKind
from unison_server.sites.queries import names_of
from unison_server.stations.queries import agent_names

_CHANGES = text(
    """
    with raised as materialized (
        select request_id, max((new_values ->> 'configuration_version')::bigint) as version
        from audit_logs where organization_id = :organization and entity_id = :agent and table_name = 'agents'
            and action = 'update' and changed_fields ? 'configuration_version'
        group by request_id
    ), served as (
        select s.id, coalesce(s.agent_id = :agent or s.id = cast(:station as uuid), false) as is_now from stations as s
        where s.organization_id = :organization and (s.agent_id = :agent or s.id = cast(:station as uuid) or exists (
            select from audit_logs as a where a.organization_id = s.organization_id and a.entity_id = s.id
                and a.table_name = 'stations' and cast(:agent as text)
                in (a.old_values ->> 'agent_id', a.new_values ->> 'agent_id')))
    ), read_tags as (
        select t.id, t.machine_id, t.device_id, served.is_now from served
        join devices as d on d.organization_id = :organization and d.station_id = served.id
        join tags as t on t.organization_id = :organization and t.device_id = d.id
    ), things as (
        select id, bool_or(is_now) as is_now from (
            select cast(:agent as uuid) as id, true as is_now union all
            select id, is_now from served union all
            select d.id, is_now from served join devices as d on d.station_id = served.id union all
            select p.id, is_now from served join peripherals as p on p.station_id = served.id union all
            select id, is_now from read_tags union all
            select machine_id, is_now from read_tags where machine_id is not null union all
            select m.id, is_now from served join machines as m on m.station_id = served.id union all
            select id, false from plants union all
            select id, false from downtime_reasons union all
            select id, false from inspection_characteristics union all
            select id, false from item_code_patterns
        ) as each where cast(:entity as uuid) is null or id = :entity group by id
    )
    select a.id, a.at, a.table_name, a.entity_id, a.action, a.old_values, a.new_values, a.changed_fields, a.actor_kind,
        a.actor_id, raised.version
    from things join audit_logs as a on a.organization_id = :organization and a.entity_id = things.id
    left join raised on raised.request_id = a.request_id
    where a.table_name = any(:tables) and a.action in ('insert', 'update')
        and (things.is_now or raised.version is not null)
        and (a.table_name <> 'agents' or a.action = 'insert' or a.changed_fields ?| cast(:of_agents as text[]) or (
            a.changed_fields ? 'configuration_version' and not exists (
                select from audit_logs as b where b.organization_id = a.organization_id
                    and b.at between a.at - interval '10 seconds' and a.at + interval '10 seconds'
                    and b.request_id is not distinct from a.request_id and b.table_name = any(:tables)
                    and (b.table_name <> 'agents' or b.changed_fields ?| cast(:of_agents as text[])))))
        and (cast(:before as timestamptz) is null or (a.at, a.id) < (:before, cast(:before_id as uuid)))
    order by a.at desc, a.id desc limit :limit
    """
)
"""Of what it serves now all that was ever done to it; of all else what gave this agent a version. A version nothing
accounts for (counters handed over to a PC whose memory is another) is told by itself."""
_NAMES = text(
    """
    select id, name from stations where id = any(:ids) union all select id, name from devices where id = any(:ids)
    union all select id, name from agents where id = any(:ids)
    union all select id, name from plants where id = any(:ids)
    union all select id, machine_code || ' ' || name from machines where id = any(:ids)
    union all select id, name from work_centers where id = any(:ids)
    union all select id, name from downtime_reasons where id = any(:ids)
    """
)
_THINGS = {
    "agents": ConfiguredThing.AGENT,
    "stations": ConfiguredThing.STATION,
    "devices": ConfiguredThing.DEVICE,
    "peripherals": ConfiguredThing.PERIPHERAL,
    "tags": ConfiguredThing.TAG,
    "machines": ConfiguredThing.MACHINE,
    "plants": ConfiguredThing.PLANT,
    "downtime_reasons": ConfiguredThing.REASON,
    "inspection_characteristics": ConfiguredThing.CHARACTERISTIC,
    "item_code_patterns": ConfiguredThing.PATTERN,
}
_OF_AGENTS = ("name", "note", "state", "hostname")
"""What is told of a PC itself; its versions are told by what made them, and the rest it says itself all day long."""
_NOT_TOLD = frozenset({"organization_id", "id", "version", "created_at", "created_by", "updated_at", "updated_by"})
_FORCE = frozenset({"forced_reason", "forced_at"})


def changes_of(
    session: TenantSession,
    agent_id: UUID | None,
    *,
    station_id: UUID | None = None,
    owned: KeyNames,
    entity_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ConfigurationChange]:
    """Changes of the agent and of all it is told to do with, now or once, newest first.

    Args:
        agent_id: None where no agent serves the station: what is told is of the station then, and made no version.
        station_id: the station that no agent serves.
        owned: what keys and superadministrators are called.
        entity_id: only those of this thing.
        before: time and id of the last one that was told.
    """
    said = {
        "organization": session.organization_id,
        "agent": agent_id,
        "station": station_id,
        "entity": entity_id,
        "before": before and before[0],
        "before_id": before and before[1],
        "limit": limit,
        "tables": list(_THINGS),
        "of_agents": list(_OF_AGENTS),
    }
    rows = session.execute(_CHANGES, said).all()
    fields = [_fields(row) for row in rows]
    called = _called(session, (field for of_row in fields for field in of_row))
    actors = _actors(session, rows, owned)
    return [
        _change(row, [_named(field, called) for field in of_row], actors, owned)
        for row, of_row in zip(rows, fields, strict=True)
    ]


def _change(
    row: Row[Any], fields: list[FieldChange], actors: Mapping[UUID, str], owned: KeyNames
) -> ConfigurationChange:
    new = row.new_values or {}
    return ConfigurationChange(
        id=row.id,
        at=row.at,
        version=row.version,
        thing=_THINGS[row.table_name],
        entity_id=row.entity_id,
        name=new.get("name") or new.get("characteristic_name") or "",
        action=_action(row),
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=actors.get(row.actor_id),
        actor_owner=owned[row.actor_id].owner if row.actor_id in owned else None,
        reason=new.get("forced_reason") if _is_forced(row) else None,
        fields=fields,
    )


def _is_forced(row: Row[Any]) -> bool:
    """Whether this very change was to hold at once; a row keeps the reason of its last change through others."""
    changed = row.changed_fields or []
    if "forced_at" in (row.new_values or {}):
        return "forced_at" in changed
    return "is_active" not in changed  # of before there were moments of forces


def _actors(session: TenantSession, rows: Sequence[Row[Any]], owned: KeyNames) -> Mapping[UUID, str]:
    by_kind: defaultdict[str | None, set[UUID]] = defaultdict(set)
    for row in rows:
        if row.actor_id is not None:
            by_kind[row.actor_kind].add(row.actor_id)
    return {
        **names_of(session, by_kind[ActorKind.USER]),
        **agent_names(session, by_kind[ActorKind.AGENT]),
        **{id_: one.name for id_, one in owned.items()},
    }


def _fields(row: Row[Any]) -> list[FieldChange]:
    old, new = _told(row.old_values), _told(row.new_values)
    names = [name for name in {**new, **old} if _is_told(row, name) and old.get(name) != new.get(name)]
    if not names and "settings" in (row.changed_fields or []):
        names = ["source"]  # of an address only its password changed, and that the log does not hold
    if not names and row.table_name == "agents":
        names = ["configuration_version"]
    return [FieldChange(field=_field(name), old=old.get(name), new=new.get(name)) for name in sorted(names)]


def _is_told(row: Row[Any], name: str) -> bool:
    if row.table_name == "agents":
        return name in _OF_AGENTS
    return name not in _NOT_TOLD and name not in _FORCE


def _called(session: TenantSession, fields: Iterable[FieldChange]) -> Mapping[str, str]:
    """What the things are called whose ids are among the values."""
    values = (value for field in fields if field.field.endswith("_id") for value in (field.old, field.new))
    ids = {UUID(value) for value in values if isinstance(value, str)}
    if not ids:
        return {}
    return {str(row.id): row.name for row in session.execute(_NAMES, {"ids": list(ids)})}


def _named(field: FieldChange, called: Mapping[str, str]) -> FieldChange:
    if not field.field.endswith("_id"):
        return field
    return field.model_copy(update={"old_name": called.get(str(field.old)), "new_name": called.get(str(field.new))})


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


def _action(row: Row[Any]) -> ChangeAction:
    if row.action == "insert":
        return ChangeAction.CREATED
    was, is_ = ((values or {}).get("is_active") for values in (row.old_values, row.new_values))
    if was is is_:
        return ChangeAction.UPDATED
    return ChangeAction.REACTIVATED if is_ else ChangeAction.DEACTIVATED


def _field(column: str) -> str:
    return "table" if column == "register_table" else column
