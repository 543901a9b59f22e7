"""Organizations are changed by requests, held to their own row by row level security; practice ones; settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import refuse_while_there_are, tenant_table
from unison_server.kernel.rls import OWNER, RUNTIME

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OWN = "id = (select nullif(current_setting('app.organization_id', true), '')::uuid)"
POLICIES = {
    "seen": f"for select to {RUNTIME} using (true)",
    "own_insert": f"for insert to {RUNTIME} with check ({OWN})",
    "own_update": f"for update to {RUNTIME} using ({OWN}) with check ({OWN})",
    "all_rows": f"to {OWNER} using (true) with check (true)",
}


def upgrade() -> None:
    op.add_column("organizations", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("organizations", sa.Column("practice_of", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_organizations_practice_of_organizations", "organizations", "organizations", ["practice_of"], ["id"]
    )
    op.create_check_constraint(op.f("ck_organizations_practice_of"), "organizations", "practice_of <> id")
    op.create_index(
        "uq_organizations_practice_of",
        "organizations",
        ["practice_of"],
        unique=True,
        postgresql_where=sa.text("practice_of is not null and is_active"),
    )
    op.execute("alter table organizations enable row level security")
    op.execute("alter table organizations force row level security")
    for name, policy in POLICIES.items():
        op.execute(f"create policy {name} on organizations {policy}")
    op.execute(f"grant insert, update on organizations to {RUNTIME}")
    tenant_table(
        "settings",
        sa.Column("key", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(value) in ('number', 'boolean')", name=op.f("ck_settings_value")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_settings")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_settings_organization_id_key")),
    )
    for statement in audit_statements("settings"):
        op.execute(statement)


def downgrade() -> None:
    refuse_while_there_are(
        "select code from organizations where practice_of is not null order by code",
        "practice organizations, which would become real ones (take the version that knows them)",
    )
    op.drop_table("settings")
    op.execute(f"revoke insert, update on organizations from {RUNTIME}")
    for name in POLICIES:
        op.execute(f"drop policy {name} on organizations")
    op.execute("alter table organizations no force row level security")
    op.execute("alter table organizations disable row level security")
    for column in ("practice_of", "version"):
        op.drop_column("organizations", column)
