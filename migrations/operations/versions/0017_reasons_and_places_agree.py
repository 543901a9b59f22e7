"""What reasons, rules and machines must agree about, the database itself holds them to.

Rows from before are mended so that reports stay as they are: a reason that a rule still gives comes back into use, one
that is called as another beside it gets its number into its name, and a machine leaves a station or line of another
plant, which nobody there could have meant.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IN_USE_AGAIN = """
    update downtime_reasons as reason set is_active = true, version = version + 1, updated_at = now()
    where not is_active and exists (
        select from alarm_reasons as rule
        where rule.organization_id = reason.organization_id and rule.downtime_reason_id = reason.id and rule.is_active
    )
"""
TRIMMED = r"""
    update downtime_reasons set name = trimmed.name, version = version + 1, updated_at = now()
    from (
        select organization_id, id, btrim(name, e' \t\r\n\v\f\u00a0\u2003\u3000') as name from downtime_reasons
    ) as trimmed
    where downtime_reasons.organization_id = trimmed.organization_id and downtime_reasons.id = trimmed.id
        and downtime_reasons.name <> trimmed.name and trimmed.name <> ''
"""
"""As names are taken now; so `Jam` and `Jam ` are alike."""
NUMBERED = """
    update downtime_reasons as reason
    set name = left(name, 190) || ' (' || number || ')', version = version + 1, updated_at = now()
    where is_active and exists (
        select from downtime_reasons as other
        where other.organization_id = reason.organization_id and other.parent_id is not distinct from reason.parent_id
            and other.name = reason.name and other.is_active and other.number < reason.number
    )
"""
"""The lowest number keeps the name."""
PLACES = {"stations": "station_id", "work_centers": "work_center_id"}
"""What a machine refers to in its plant, by table."""


def upgrade() -> None:
    bind = op.get_bind()
    for statement in (IN_USE_AGAIN, TRIMMED):
        bind.execute(sa.text(statement))
    while bind.execute(sa.text(NUMBERED)).rowcount:
        pass  # a name with a number may be another one's
    op.create_index(
        "uq_downtime_reasons_name",
        "downtime_reasons",
        ["organization_id", "parent_id", "name"],
        unique=True,
        postgresql_where=sa.text("is_active"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_unique_constraint(
        "uq_downtime_reasons_id_is_active", "downtime_reasons", ["organization_id", "id", "is_active"]
    )
    op.add_column(
        "alarm_reasons",
        sa.Column(
            "reason_is_active",
            sa.Boolean(),
            sa.Computed("case when is_active then true end", persisted=True),
            nullable=True,
        ),
    )
    op.create_foreign_key(
        "fk_alarm_reasons_active_reason",
        "alarm_reasons",
        "downtime_reasons",
        ["organization_id", "downtime_reason_id", "reason_is_active"],
        ["organization_id", "id", "is_active"],
    )
    for table, column in PLACES.items():
        op.create_unique_constraint(f"uq_{table}_id_plant_id", table, ["organization_id", "id", "plant_id"])
        op.execute(f"""
            update machines as machine set {column} = null, version = machine.version + 1, updated_at = now()
            from {table} as place
            where place.organization_id = machine.organization_id and place.id = machine.{column}
                and place.plant_id <> machine.plant_id
        """)  # noqa: S608 - constants
        op.drop_constraint(op.f(f"fk_machines_organization_id_{column}_{table}"), "machines", type_="foreignkey")
        op.create_foreign_key(
            f"fk_machines_{column}_of_plant",
            "machines",
            table,
            ["organization_id", column, "plant_id"],
            ["organization_id", "id", "plant_id"],
            ondelete=f"SET NULL ({column})",
        )


def downgrade() -> None:
    for table, column in PLACES.items():
        op.drop_constraint(f"fk_machines_{column}_of_plant", "machines", type_="foreignkey")
        op.create_foreign_key(
            op.f(f"fk_machines_organization_id_{column}_{table}"),
            "machines",
            table,
            ["organization_id", column],
            ["organization_id", "id"],
            ondelete=f"SET NULL ({column})",
        )
        op.drop_constraint(f"uq_{table}_id_plant_id", table, type_="unique")
    op.drop_constraint("fk_alarm_reasons_active_reason", "alarm_reasons", type_="foreignkey")
    op.drop_column("alarm_reasons", "reason_is_active")
    op.drop_constraint("uq_downtime_reasons_id_is_active", "downtime_reasons", type_="unique")
    op.drop_index("uq_downtime_reasons_name", "downtime_reasons")
