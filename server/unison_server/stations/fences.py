"""The functions and triggers that raise fencing numbers, for migrations.

They stand where the agent of a tag can change, so no way of writing can forget it, and the number grows in the
transaction of the change. The rows of the leases are locked then: a batch that is being taken is waited for, so what it
counted is part of the baseline, and one that comes later meets the new number.
"""

from __future__ import annotations

from collections.abc import Iterator

from unison_server.stations.plant_policies import SEE_ALL_PLANTS, SEE_AS_BEFORE

FENCE = """
    create function fence_leases(tags_concerned uuid[], same_holder boolean) returns void language plpgsql as $$
    begin
        insert into tag_leases (organization_id, id)
        select organization_id, id from tags where id = any(tags_concerned) order by id
        on conflict (organization_id, id) do update set number = tag_leases.number;
        update tag_leases as lease set
            number = fence.number,
            held_since = case when same_holder then lease.held_since else fence.number end,
            counted_since = case
                when same_holder and lease.counted_raw is null then lease.counted_since else fence.number
            end,
            baseline_raw = lease.counted_raw,
            baseline_remainder = lease.counted_remainder,
            baseline_at = lease.counted_at
        from (
            select organization_id, id,
                greatest(tag_leases.number + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint) as number
            from tag_leases where id = any(tags_concerned)
        ) as fence
        where lease.organization_id = fence.organization_id and lease.id = fence.id;
    end
    $$
"""
"""Give these tags new numbers. What was counted up to now is the baseline of the new lease.

With the same holder its values and states go on, and its counts where nothing was counted yet to go on from.
"""

FENCE_AGENT = f"""
    create function fence_agent(agent uuid) returns void language plpgsql as $$
    declare
        seen text := current_setting('app.read_plants', true);
    begin
        {SEE_ALL_PLANTS};
        perform fence_leases(
            array(
                select t.id from tags as t
                join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
                join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
                where s.agent_id = agent
            ),
            true
        );
        perform raise_configuration(array[agent]);
        {SEE_AS_BEFORE};
    end
    $$
"""  # noqa: S608 - constants
"""New numbers for all that the agent holds: another PC, or another memory, goes on under its name."""

_CHANGED = "from rows_before as before join rows_after as after using (organization_id, id)"
OF_STATION = f"""
    select t.id {_CHANGED}
    join devices as d on d.organization_id = after.organization_id and d.station_id = after.id
    join tags as t on t.organization_id = d.organization_id and t.device_id = d.id
    where before.agent_id is not null and before.agent_id is distinct from after.agent_id
"""  # noqa: S608 - constants
OF_DEVICE = f"""
    select t.id {_CHANGED}
    join stations as former on former.organization_id = before.organization_id and former.id = before.station_id
    join stations as present on present.organization_id = after.organization_id and present.id = after.station_id
    join tags as t on t.organization_id = after.organization_id and t.device_id = after.id
    where former.agent_id is not null and former.agent_id is distinct from present.agent_id
"""  # noqa: S608 - constants
OF_TAG = f"""
    select after.id {_CHANGED}
    join devices as f on f.organization_id = before.organization_id and f.id = before.device_id
    join stations as former on former.organization_id = f.organization_id and former.id = f.station_id
    join devices as p on p.organization_id = after.organization_id and p.id = after.device_id
    join stations as present on present.organization_id = p.organization_id and present.id = p.station_id
    where former.agent_id is not null and former.agent_id is distinct from present.agent_id
"""  # noqa: S608 - constants
"""Which tags an agent loses by an update of a table. From nobody to an agent nothing is fenced: nobody held it."""


def fence_statements(table: str, tags: str) -> Iterator[str]:
    """Fence the tags that `tags` selects from the rows before and after an update of `table`."""
    yield f"""
        create function {table}_fence_leases() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
        begin
            {SEE_ALL_PLANTS};
            perform fence_leases(array({tags}), false);
            {SEE_AS_BEFORE};
            return null;
        end
        $$
    """
    yield (
        f"create trigger fence_update after update on {table} "
        f"referencing old table as rows_before new table as rows_after "
        f"for each statement execute function {table}_fence_leases()"
    )
