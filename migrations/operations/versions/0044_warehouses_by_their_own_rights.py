"""A warehouse's own row is changed by who may write in the warehouse, too, and not only in its plant."""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_POLICY = "create policy {} on warehouses as restrictive for update to unison_runtime using ({}) with check ({})"
_WITHIN = (
    "((select current_setting('app.{0}', true)) = '*' "
    "or {1} = any((select nullif(nullif(current_setting('app.{0}', true), ''), '*')::uuid[])::uuid[]))"
)
_PLANT, _OWN = _WITHIN.format("write_plants", "plant_id"), _WITHIN.format("write_warehouses", "id")
_EITHER = f"{_PLANT} or {_OWN}"


def upgrade() -> None:
    op.execute("drop policy plant_update on warehouses")
    op.execute(_POLICY.format("place_update", _EITHER, _EITHER))


def downgrade() -> None:
    op.execute("drop policy place_update on warehouses")
    op.execute(_POLICY.format("plant_update", _PLANT, _PLANT))
