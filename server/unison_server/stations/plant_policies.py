"""Row level security of what belongs to plants by its station, for migrations.

Agents, devices and tags have no plant of their own: it is derived from their stations. Who reads and writes all plants
(administrators, agents, the server itself) is let pass before anything is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator

from unison_server.kernel.rls import RUNTIME

_OF_DEVICE = "from stations as s where s.organization_id = devices.organization_id and s.id = devices.station_id"
_DEVICE_OF_TAG = "from devices as d where d.organization_id = tags.organization_id and d.id = tags.device_id"
_OF_TAG = (
    "from devices as d join stations as s on s.organization_id = d.organization_id and s.id = d.station_id "
    "where d.organization_id = tags.organization_id and d.id = tags.device_id"
)
_ALL = "(select current_setting('app.{}', true)) = '*'"
_WRITABLE = (
    "s.plant_id = any((select nullif(nullif(current_setting('app.write_plants', true), ''), '*')::uuid[])::uuid[])"
)

SEE_ALL_PLANTS = "perform set_config('app.read_plants', '*', true)"
SEE_AS_BEFORE = "perform set_config('app.read_plants', coalesce(seen, ''), true)"
"""Around what a function reads in plants its caller may not read; `seen` is the setting before. Other organizations
stay out of reach, as they would not with SECURITY DEFINER, and an error rolls the setting back.
"""

AGENT_PLANTS = f"""
    create function agent_plants(agent uuid) returns table (plant_id uuid, code text) language plpgsql as $$
    declare
        seen text := current_setting('app.read_plants', true);
    begin
        {SEE_ALL_PLANTS};
        return query select distinct p.id, p.code::text from stations as s
            join plants as p on p.organization_id = s.organization_id and p.id = s.plant_id where s.agent_id = agent;
        {SEE_AS_BEFORE};
    end
    $$
"""  # noqa: S608 - constants
"""All plants an agent serves, those the caller may not read too: whoever changes an agent changes it for them all."""


def agent_statements() -> Iterator[str]:
    """An agent is seen by who reads a plant of its stations; one without stations, of few plants, by who made it."""
    yield AGENT_PLANTS
    served = (
        "exists (select from stations as s where s.organization_id = agents.organization_id and s.agent_id = agents.id)"
    )
    made = "created_by = (select nullif(current_setting('app.actor_id', true), '')::uuid)"
    visible = (
        f"{_ALL.format('read_plants')} or {served} or ({made} and not exists (select from agent_plants(agents.id)))"
    )
    yield f"create policy plant_read on agents as restrictive for select to {RUNTIME} using ({visible})"


def device_statements() -> Iterator[str]:
    """Devices are seen and changed where their station is."""
    yield from _held("devices", _OF_DEVICE, f"{_OF_DEVICE} and {_WRITABLE}")


def tag_statements() -> Iterator[str]:
    """Tags are seen and changed where the station of their device is."""
    yield from _held("tags", _DEVICE_OF_TAG, f"{_OF_TAG} and {_WRITABLE}")


def _held(table: str, visible: str, writable: str) -> Iterator[str]:
    """What is visible is left to the policies of the tables that are looked up.

    Updates are held by their check alone: a lock to find out who may write would find no row.
    """
    read = f"{_ALL.format('read_plants')} or exists (select {visible})"
    write = f"{_ALL.format('write_plants')} or exists (select {writable})"
    yield f"create policy plant_read on {table} as restrictive for select to {RUNTIME} using ({read})"
    yield f"create policy plant_insert on {table} as restrictive for insert to {RUNTIME} with check ({write})"
    yield (
        f"create policy plant_update on {table} as restrictive for update to {RUNTIME} "
        f"using (true) with check ({write})"
    )
    yield f"create policy plant_delete on {table} as restrictive for delete to {RUNTIME} using ({write})"
