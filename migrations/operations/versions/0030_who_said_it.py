"""Who said a state, the reason of a stop or a step of a call at a station, kept a picture or took something back: the
account of who was signed on, the name as told there, and whether the server was asked who it is.

Until now only desktops told accounts of what was said of stops and calls, and those were verified."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

PERSON = ("person", "person_id", "person_is_verified")
ADDED = {
    "machine_transitions": PERSON,
    "station_pictures": PERSON,
    "qr_code_scan_undos": PERSON[1:],
    "inspection_measurement_undos": PERSON[1:],
    "downtime_causes": ("said_by_is_verified",),
    "downtime_changes": ("said_by_is_verified",),
    "machine_calls": (
        *PERSON[1:],
        "arrived_by_name",
        "arrived_by_is_verified",
        "done_by_name",
        "done_by_is_verified",
        "withdrawn_by",
        "withdrawn_by_name",
        "withdrawn_by_is_verified",
    ),
}
VERIFIED = {
    "machine_transitions": ("person",),
    "station_pictures": ("person",),
    "qr_code_scan_undos": ("person",),
    "inspection_measurement_undos": ("person",),
    "downtime_causes": ("said_by",),
    "downtime_changes": ("said_by",),
    "machine_calls": ("person", "arrived_by", "done_by", "withdrawn_by"),
}
"""By what the columns of somebody begin."""
FROM_DESKTOPS = {
    "downtime_causes": ("said_by",),
    "downtime_changes": ("said_by",),
    "machine_calls": ("arrived_by", "done_by"),
}
"""Whose accounts were told before there were badges."""
STEPS = ("arrived", "done", "withdrawn")


def upgrade() -> None:
    for table, names in ADDED.items():
        for name in names:
            op.add_column(table, sa.Column(name, _type(name), nullable=True))
    for table, persons in FROM_DESKTOPS.items():
        for person in persons:
            rows = sa.table(table, sa.column(person), sa.column(f"{person}_is_verified"))
            op.execute(rows.update().where(rows.c[person].is_not(None)).values({f"{person}_is_verified": True}))
    for table, persons in VERIFIED.items():
        for person in persons:
            op.create_check_constraint(op.f(f"ck_{table}_{person}_verified"), table, _is_whole(person))
    op.drop_constraint(op.f("ck_machine_calls_nobody_without_moment"), "machine_calls")
    op.create_check_constraint(op.f("ck_machine_calls_nobody_without_moment"), "machine_calls", _moments(STEPS))


def downgrade() -> None:
    op.drop_constraint(op.f("ck_machine_calls_nobody_without_moment"), "machine_calls")
    for table, persons in VERIFIED.items():
        for person in persons:
            op.drop_constraint(op.f(f"ck_{table}_{person}_verified"), table)
    for table, names in ADDED.items():
        for name in names:
            op.drop_column(table, name)
    op.create_check_constraint(
        op.f("ck_machine_calls_nobody_without_moment"),
        "machine_calls",
        "(answered_by IS NULL OR answered_at IS NOT NULL) AND (arrived_by IS NULL OR arrived_at IS NOT NULL)"
        " AND (done_by IS NULL OR done_at IS NOT NULL)",
    )


def _type(name: str) -> sa.Boolean | sa.Uuid[UUID] | sa.Text:
    if name.endswith("_is_verified"):
        return sa.Boolean()
    return sa.Uuid() if name.endswith(("_id", "_by")) else sa.Text()


def _is_whole(person: str) -> str:
    account = "person_id" if person == "person" else person
    return f"({account} IS NULL) = ({person}_is_verified IS NULL)"


def _moments(steps: tuple[str, ...]) -> str:
    somebody = (f"({step}_by IS NULL AND {step}_by_name IS NULL OR {step}_at IS NOT NULL)" for step in steps)
    return " AND ".join(["(answered_by IS NULL OR answered_at IS NOT NULL)", *somebody])
