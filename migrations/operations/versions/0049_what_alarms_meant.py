"""A rule of an alarm holds from a moment on, and what it gave before is kept for the stops of that time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("alarm_reasons", sa.Column("holds_since", moment, nullable=True))
    tenant_table(
        "past_alarm_reasons",
        sa.Column("alarm_reason_id", sa.Uuid(), nullable=False),
        sa.Column("downtime_reason_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ended_at > started_at", name=op.f("ck_past_alarm_reasons_ends_after_start")),
        ExcludeConstraint(
            (sa.text("uuid_range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("uuid_range(alarm_reason_id, alarm_reason_id, '[]')"), "&&"),
            (sa.text("tstzrange(started_at, ended_at)"), "&&"),
            using="gist",
            name="ex_past_alarm_reasons_no_overlap",
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column],
                [f"{target}.organization_id", f"{target}.id"],
                name=op.f(f"fk_past_alarm_reasons_organization_id_{column}_{target}"),
            )
            for column, target in (
                ("alarm_reason_id", "alarm_reasons"),
                ("downtime_reason_id", "downtime_reasons"),
            )
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_past_alarm_reasons")),
    )
    for statement in audit_statements("past_alarm_reasons"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("past_alarm_reasons")
    op.drop_column("alarm_reasons", "holds_since")
