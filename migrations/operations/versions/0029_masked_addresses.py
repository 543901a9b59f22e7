"""Passwords in addresses of cameras are not written to the audit log, and those that were are taken out of it."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MASKED = r"""
create function masked_addresses(given jsonb) returns jsonb language sql immutable parallel safe as $$
    select regexp_replace(
        regexp_replace(given::text, '(://[^/?#":@\\]*:)(?:[^/?#"\\]|\\.)*@', '\1***@', 'g'),
        '([?&](?\:pass\w*|pwd|pw|token|secret|auth\w*|api_?key)=)(?:[^&#"\\]|\\.)+', '\1***', 'gi'
    )::jsonb
$$
"""
"""What a JSON text holds, with `***` for the password of each address and for each secret of its query."""
MASK = """
create function mask_audit() returns trigger language plpgsql as $$
begin
    new.old_values := masked_addresses(new.old_values);
    new.new_values := masked_addresses(new.new_values);
    return new;
end
$$
"""


def upgrade() -> None:
    op.execute(MASKED)
    op.execute(MASK)
    op.execute(
        "create trigger mask before insert on audit_logs for each row when (new.table_name = 'peripherals') "
        "execute function mask_audit()"
    )
    op.execute(
        "update audit_logs set old_values = masked_addresses(old_values), new_values = masked_addresses(new_values) "
        "where table_name = 'peripherals'"
    )


def downgrade() -> None:
    op.execute("drop trigger mask on audit_logs")
    op.execute("drop function mask_audit()")
    op.execute("drop function masked_addresses(jsonb)")
