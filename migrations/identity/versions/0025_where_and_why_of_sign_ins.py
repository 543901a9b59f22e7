"""The login history has columns of its own for why somebody was refused, at which station and of which act.

They stood in `client`, which whoever signs in chooses. Moved are rows of refusals without a program, and those at
stations that can be nothing else; which station that was the other database alone knows, so they keep its code.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_WITHOUT_PROGRAM = "'link_refused', 'key_refused', 'device_refused', 'code_refused', 'token_refused', 'address_limited'"
_OF_NOBODY = "name = '' and client in ('no_organization', 'more_refused')"
_AT_STATION = """session_id is null and client like 'Station %' and (
    outcome in ('signed_in', 'elsewhere', 'countersigned', 'not_allowed') or name = 'unknown badge or person'
)"""


def upgrade() -> None:
    for column in (
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("station_code", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("act_id", sa.Uuid(), nullable=True),
    ):
        op.add_column("login_history", column)
    op.execute(
        f"update login_history set reason = client, client = null where outcome in ({_WITHOUT_PROGRAM}) "  # noqa: S608
        f"or {_OF_NOBODY}"
    )
    op.execute("update login_history set reason = 'password_again', client = null where client = 'the password again'")
    op.execute(
        "update login_history set station_code = substr(client, 9), client = null "  # noqa: S608 - constants
        f"where {_AT_STATION}"
    )
    op.create_check_constraint(
        op.f("ck_login_history_station"), "login_history", "station_id IS NULL OR station_code IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_login_history_act"),
        "login_history",
        "num_nulls(purpose, subject_id, act_id) = 3 OR num_nulls(purpose, subject_id, act_id, station_id) = 0",
    )
    op.create_index(
        "ix_login_history_overrides",
        "login_history",
        ["organization_id", "at", "id"],
        postgresql_where=sa.text("act_id IS NOT NULL OR outcome = 'not_allowed'"),
    )
    op.create_index(
        op.f("ix_countersignatures_organization_id_created_at_id"),
        "countersignatures",
        ["organization_id", "created_at", "id"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_countersignatures_organization_id_created_at_id"), "countersignatures")
    op.drop_index("ix_login_history_overrides", "login_history")
    op.drop_constraint(op.f("ck_login_history_act"), "login_history")
    op.drop_constraint(op.f("ck_login_history_station"), "login_history")
    op.execute(
        "update login_history set client = coalesce('Station ' || station_code, case reason "
        "when 'password_again' then 'the password again' else reason end) "
        "where station_code is not null or reason is not null"
    )
    for column in ("act_id", "subject_id", "purpose", "station_code", "station_id", "reason"):
        op.drop_column("login_history", column)
