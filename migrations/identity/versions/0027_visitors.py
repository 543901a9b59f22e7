"""Who did something as a superadministrator of another organization has a name in the one concerned.

Those whose doings are in the audit log already are entered with the names they have now. Rules of signing on have a
version, so that of two who change them the second is told.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_KNOWN = """
insert into visitors (organization_id, id, full_name, organization_name)
select distinct a.organization_id, u.id, u.full_name, o.name
from audit_logs a join users u on u.id = a.actor_id join organizations o on o.id = u.organization_id
where a.actor_kind = 'superadmin' and a.organization_id <> u.organization_id
"""


def upgrade() -> None:
    tenant_table(
        "visitors",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_visitors")),
    )
    op.execute(_KNOWN)
    op.add_column("sign_on_settings", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))


def downgrade() -> None:
    op.drop_column("sign_on_settings", "version")
    op.drop_table("visitors")
