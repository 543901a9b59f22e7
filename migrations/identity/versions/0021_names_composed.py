"""Names to sign in with are kept in Unicode's form NFC, as they are compared from now on.

A name that would be another person's then stays as it is: nobody signs in with it until an administrator changes it.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "update sign_in_names as own set name = normalize(own.name, NFC) "
        "where own.name is not NFC normalized and not exists ("
        "select from sign_in_names as other where other.organization_id = own.organization_id "
        "and other.ctid <> own.ctid and normalize(other.name, NFC) = normalize(own.name, NFC))"
    )


def downgrade() -> None:
    """What is composed stays so: both versions find it by the name that most keyboards type."""
