"""The role `station` is the system's, of PCs at stations: nobody is given it, and no organization has one of its own.

An organization's own role of that code goes on as `own-station`, or where that is taken with a few characters of its id
behind it; who has it, or is invited to it, keeps it.
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CHECKS = (
    ("roles", "code", "code <> 'station'"),
    ("user_roles", "role", "role <> 'station'"),
    ("invitations", "of_people", "NOT roles ? 'station' AND NOT placed_roles @> '[{\"role\": \"station\"}]'::jsonb"),
)


def upgrade() -> None:
    op.execute(
        """
        create temporary table own_stations on commit drop as
        select organization_id, case
            when exists (select from roles o where o.organization_id = r.organization_id and o.code = 'own-station')
            then 'own-station-' || left(md5(id::text), 8) else 'own-station' end as code
        from roles r where r.code = 'station'
        """
    )
    for table, column in (("user_roles", "role"), ("roles", "code")):
        op.execute(
            f"update {table} t set {column} = o.code from own_stations o "  # noqa: S608 - names of ours
            f"where t.organization_id = o.organization_id and t.{column} = 'station'"
        )
    op.execute("delete from user_roles where role = 'station'")
    op.execute("alter table invitations disable trigger user")
    op.execute(
        """
        update invitations t set
            roles = (select coalesce(jsonb_agg(case when r = '"station"' then to_jsonb(o.code) else r end), '[]')
                from jsonb_array_elements(t.roles) r),
            placed_roles = (select coalesce(jsonb_agg(case when r ->> 'role' = 'station'
                    then jsonb_set(r, '{role}', to_jsonb(o.code)) else r end), '[]')
                from jsonb_array_elements(t.placed_roles) r)
        from own_stations o
        where t.organization_id = o.organization_id
            and (t.roles ? 'station' or t.placed_roles @> '[{"role": "station"}]')
        """
    )
    op.execute("alter table invitations enable trigger user")
    for table, name, rule in _CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def downgrade() -> None:
    for table, name, _rule in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
