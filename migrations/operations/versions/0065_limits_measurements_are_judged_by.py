"""A measurement keeps the limits it is judged by, so that changed ones make no bad part good. What was measured before
keeps those its characteristic has now: it was judged by them until now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

TABLE = "inspection_measurements"
CHECKS = {
    "limits_finite": "abs(lsl) < 1e18 and scale(lsl) <= 12 and abs(usl) < 1e18 and scale(usl) <= 12",
    "lower_below_upper": "lsl < usl",
}
ITS_OWN = "c.organization_id = m.organization_id and c.id = m.characteristic_id"


def upgrade() -> None:
    for name in ("lsl", "usl"):
        op.add_column(TABLE, sa.Column(name, sa.Numeric(), nullable=True))
    op.execute(
        f"update {TABLE} as m set lsl = c.lsl, usl = c.usl from inspection_characteristics as c "  # noqa: S608 - names of ours
        f"where {ITS_OWN} and (c.lsl is not null or c.usl is not null)"
    )
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, rule)


def downgrade() -> None:
    refuse_while_there_are(
        "select distinct c.characteristic_name from inspection_characteristics as c "  # noqa: S608 - names of ours
        f"join {TABLE} as m on {ITS_OWN} and (m.lsl, m.usl) is distinct from (c.lsl, c.usl) order by 1",
        "characteristics with values that were judged by other limits than theirs of now; go back to a backup instead",
    )
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE)
    for name in ("lsl", "usl"):
        op.drop_column(TABLE, name)
