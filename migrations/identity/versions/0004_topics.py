"""Topics are held to their form, by which rights to hear of them are found; as in the other database."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TOPIC = """
    alter table outbox add constraint ck_outbox_topic
    check (topic ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){2}$') not valid
"""
"""From now on: what waits in the outbox leaves it as it was recorded."""


def upgrade() -> None:
    op.execute(TOPIC)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_outbox_topic"), "outbox")
