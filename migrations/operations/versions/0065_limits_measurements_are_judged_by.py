"""A measurement keeps the limits it is judged by, so that changed ones make no bad part good. What was measured before
keeps those its characteristic has now: it was judged by them until now."""

from __future__ import annotations

from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

TABLE = "inspection_measurements"
LIMITS = ("lsl", "usl")
CHECKS = {
    "limits_finite": "abs(lsl) < 1e18 and scale(lsl) <= 12 and abs(usl) < 1e18 and scale(usl) <= 12",
    "lower_below_upper": "lsl < usl",
}
ITS_OWN = "c.organization_id = m.organization_id and c.id = m.characteristic_id"


def upgrade() -> None:
    columns = [f"add column {name} numeric" for name in LIMITS]
    checks = [f"add constraint ck_{TABLE}_{name} check ({rule})" for name, rule in CHECKS.items()]
    # At once, and before rows are written anew: the table is read for the checks once, while it is at its smallest.
    op.execute(f"alter table {TABLE} {', '.join(columns + checks)}")
    op.execute(
        f"update {TABLE} as m set lsl = c.lsl, usl = c.usl from inspection_characteristics as c "  # noqa: S608 - names of ours
        f"where {ITS_OWN} and (c.lsl is not null or c.usl is not null)"
    )


def downgrade() -> None:
    refuse_while_there_are(
        "select distinct c.characteristic_name from inspection_characteristics as c "  # noqa: S608 - names of ours
        f"join {TABLE} as m on {ITS_OWN} and (m.lsl, m.usl) is distinct from (c.lsl, c.usl) order by 1",
        "characteristics with values that were judged by other limits than theirs of now; go back to a backup instead",
    )
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE)
    for name in LIMITS:
        op.drop_column(TABLE, name)
