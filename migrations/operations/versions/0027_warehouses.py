"""Departments, warehouses and the places in them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "departments",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("head_user_id", sa.Uuid(), nullable=True),
        *_master("departments"),
        _refers("departments", "plant_id", "plants"),
        sa.UniqueConstraint(
            "organization_id", "plant_id", "code", name=op.f("uq_departments_organization_id_plant_id_code")
        ),
        plant_column="plant_id",
    )
    tenant_table(
        "warehouses",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("warehouse_type", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        *_master("warehouses"),
        _refers("warehouses", "plant_id", "plants"),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_warehouses_organization_id_code")),
        plant_column="plant_id",
        is_seen_everywhere=True,
    )
    op.create_index(op.f("ix_warehouses_organization_id_plant_id"), "warehouses", ["organization_id", "plant_id"])
    tenant_table(
        "storage_locations",
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("aisle", sa.Text(), nullable=True),
        sa.Column("shelf", sa.Text(), nullable=True),
        *_master("storage_locations"),
        _refers("storage_locations", "warehouse_id", "warehouses"),
        sa.UniqueConstraint(
            "organization_id",
            "warehouse_id",
            "code",
            name=op.f("uq_storage_locations_organization_id_warehouse_id_code"),
        ),
        warehouse_column="warehouse_id",
    )
    for table in ("departments", "warehouses", "storage_locations"):
        for statement in audit_statements(table):
            op.execute(statement)


def downgrade() -> None:
    for table in ("storage_locations", "warehouses", "departments"):
        op.drop_table(table)


def _master(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{table}")),
    )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{target}.organization_id", f"{target}.id"],
        name=op.f(f"fk_{table}_organization_id_{column}_{target}"),
    )
