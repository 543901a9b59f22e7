"""A role holds in the whole organization, as all did so far, or in one plant or department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FORMER = "uq_user_roles_organization_id_user_id_role"
UNIQUE = "uq_user_roles_organization_id_user_id_role_plant_id_department_id"


def upgrade() -> None:
    op.add_column("user_roles", sa.Column("plant_id", sa.Uuid(), nullable=True))
    op.add_column("user_roles", sa.Column("department_id", sa.Uuid(), nullable=True))
    op.create_check_constraint(
        op.f("ck_user_roles_place"), "user_roles", "department_id IS NULL OR plant_id IS NOT NULL"
    )
    op.drop_constraint(op.f(FORMER), "user_roles")
    op.create_unique_constraint(
        op.f(UNIQUE),
        "user_roles",
        ["organization_id", "user_id", "role", "plant_id", "department_id"],
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    refuse_while_there_are(
        "select distinct u.username || ' as ' || r.role from user_roles as r join users as u "
        "on u.organization_id = r.organization_id and u.id = r.user_id where r.plant_id is not null",
        "people with a role for one plant or department (take these away)",
    )
    op.drop_constraint(op.f(UNIQUE), "user_roles")
    op.create_unique_constraint(op.f(FORMER), "user_roles", ["organization_id", "user_id", "role"])
    op.drop_constraint(op.f("ck_user_roles_place"), "user_roles")
    op.drop_column("user_roles", "department_id")
    op.drop_column("user_roles", "plant_id")
