"""That recovery codes were made, used or taken away is in the audit log; what they are is nowhere."""

from __future__ import annotations

from alembic import op
from unison_server.kernel.audit import audit_statements

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in audit_statements("recovery_codes", "code_hash"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger audit on recovery_codes")
