"""A default warehouse is one that is in use: the database refuses another, and one that goes out of use ends to be it.

`idle_warehouses` is a copy of what operations says, made by the server; empty until it first runs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_KEY = "hashtextextended('warehouse ' || {0}.organization_id || ' ' || {0}.{1}, 0)"
"""Who makes one the default and who takes it out of use take turns."""

_REFUSE = f"""
create function refuse_idle_default() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared({_KEY.format("new", "warehouse_id")});
    if exists (
        select from idle_warehouses i where i.organization_id = new.organization_id and i.id = new.warehouse_id
    ) then
        raise exception 'the default warehouse % is out of use', new.warehouse_id
            using errcode = 'check_violation', constraint = 'default_in_use', table = 'user_warehouse_access';
    end if;
    return new;
end $$
"""
_END = f"""
create function end_idle_defaults() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock({_KEY.format("new", "id")});
    update user_warehouse_access a set is_default = false
        where a.organization_id = new.organization_id and a.warehouse_id = new.id and a.is_default;
    return new;
end $$
"""  # noqa: S608 - constants


def upgrade() -> None:
    tenant_table(
        "idle_warehouses",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_idle_warehouses")),
    )
    op.execute(_REFUSE)
    op.execute(_END)
    op.execute(
        "create trigger default_in_use before insert or update of is_default, warehouse_id on user_warehouse_access "
        "for each row when (new.is_default) execute function refuse_idle_default()"
    )
    op.execute(
        "create trigger end_defaults after insert on idle_warehouses for each row execute function end_idle_defaults()"
    )


def downgrade() -> None:
    op.execute("drop trigger default_in_use on user_warehouse_access")
    op.drop_table("idle_warehouses")
    op.execute("drop function refuse_idle_default()")
    op.execute("drop function end_idle_defaults()")
