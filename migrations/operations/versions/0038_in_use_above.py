"""Nothing is made, or comes back into use, below what is out of use; what was there already stays, and rests."""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ABOVE = {
    "departments": {"plant_id": "plants"},
    "warehouses": {"plant_id": "plants"},
    "storage_locations": {"warehouse_id": "warehouses"},
    "stations": {"plant_id": "plants"},
    "devices": {"station_id": "stations"},
    "peripherals": {"station_id": "stations"},
    "tags": {"device_id": "devices"},
    "work_centers": {"plant_id": "plants"},
    "machines": {"plant_id": "plants", "work_center_id": "work_centers"},
    "inspection_characteristics": {"plant_id": "plants"},
}
"""What a row can't be made or come back below, by table: its columns and the tables they name."""
BESIDE = {"machines": {"station_id": "stations"}, "tags": {"machine_id": "machines"}}
"""What a row can't be given to anew, but may come back to."""


def upgrade() -> None:
    for table, above in ABOVE.items():
        beside = BESIDE.get(table, {})
        checks = [_check(column, named, " or not old.is_active") for column, named in above.items()]
        checks += [_check(column, named, "") for column, named in beside.items()]
        op.execute(f"""
            create function {table}_in_use_above() returns trigger language plpgsql as $$
            declare
                seen text := current_setting('app.read_plants', true);
                resting text;
            begin
                perform set_config('app.read_plants', '*', true);
                {" ".join(checks)}
                perform set_config('app.read_plants', coalesce(seen, ''), true);
                if resting is not null then
                    raise exception 'what a row of {table} belongs to in % is out of use', resting
                        using errcode = 'check_violation', constraint = 'in_use_above', table = '{table}';
                end if;
                return new;
            end
            $$
        """)
        columns = ", ".join(["is_active", *above, *beside])
        op.execute(
            f"create trigger in_use_above before insert or update of {columns} on {table} "
            f"for each row when (new.is_active) execute function {table}_in_use_above()"
        )


def _check(column: str, named: str, comes_back: str) -> str:
    return f"""
        if resting is null and (tg_op = 'INSERT' or new.{column} is distinct from old.{column}{comes_back}) then
            select '{named}' into resting from {named} as above
                where above.organization_id = new.organization_id and above.id = new.{column} and not above.is_active;
        end if;
    """  # noqa: S608 - constants


def downgrade() -> None:
    for table in ABOVE:
        op.execute(f"drop trigger in_use_above on {table}")
        op.execute(f"drop function {table}_in_use_above")
