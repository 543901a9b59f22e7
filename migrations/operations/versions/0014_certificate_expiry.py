"""Until when the certificates hold by which an agent trusts the server, and when their end was told.

Beside it what people note about an agent; and an agent's new name raises the version of its configuration, which tells
it the name.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = ("certificate_ends_at", "authority_ends_at", "expiry_told_at")
CHANGE_CONFIGURATION = """
    create function agents_change_configuration() returns trigger language plpgsql as $$
    begin
        perform raise_configuration(array[new.id]);
        return null;
    end
    $$
"""
ON_A_NEW_NAME = """
    create trigger configuration_name after update of name on agents
    for each row when (new.name is distinct from old.name) execute function agents_change_configuration()
"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("agent_reports", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column("agents", sa.Column("note", sa.Text(), nullable=True))
    op.execute(CHANGE_CONFIGURATION)
    op.execute(ON_A_NEW_NAME)


def downgrade() -> None:
    op.execute("drop trigger configuration_name on agents")
    op.execute("drop function agents_change_configuration")
    op.drop_column("agents", "note")
    for column in COLUMNS:
        op.drop_column("agent_reports", column)
