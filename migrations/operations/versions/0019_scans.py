"""Codes that were scanned, and the patterns an organization reads barcodes by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id(name: str, *, nullable: bool = True) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _moment(name: str, default: str | None = None) -> sa.Column[sa.DateTime]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text(default) if default else None, nullable=False
    )


def _scans() -> None:
    tenant_table(
        "qr_code_scans",
        _id("plant_id", nullable=False),
        _id("station_id"),
        _id("agent_id"),
        _id("peripheral_id"),
        _text("source", nullable=False),
        _text("text", nullable=False),
        _text("symbology", nullable=False),
        _text("picture"),
        _id("group_id"),
        _text("part"),
        _text("person"),
        _id("scanned_by"),
        _moment("scanned_at"),
        _moment("received_at", "now()"),
        _text("notes"),
        _text("kind", nullable=False),
        sa.Column("meanings", JSONB(), nullable=False),
        sa.Column("warnings", JSONB(), nullable=False),
        _text("reference_type"),
        _id("reference_id"),
        _id("organization_id", nullable=False),
        _id("id", nullable=False),
        sa.CheckConstraint("source IN ('scanner', 'camera', 'typed')", name=op.f("ck_qr_code_scans_source")),
        sa.CheckConstraint(
            "kind IN ('gs1', 'digital_link', 'gtin', 'own', 'item', 'ambiguous', 'unknown')",
            name=op.f("ck_qr_code_scans_kind"),
        ),
        sa.CheckConstraint("char_length(text) between 1 and 4096", name=op.f("ck_qr_code_scans_text_fits")),
        sa.CheckConstraint(
            "agent_id IS NULL OR (station_id IS NOT NULL AND scanned_by IS NULL)",
            name=op.f("ck_qr_code_scans_told_by_station"),
        ),
        sa.CheckConstraint(
            "(reference_type IS NULL) = (reference_id IS NULL)", name=op.f("ck_qr_code_scans_whole_reference")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_qr_code_scans_organization_id_plant_id_plants"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_qr_code_scans_organization_id_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_qr_code_scans")),
        plant_column="plant_id",
        append_only=True,
    )
    for name, columns in {"scanned_at": [], "plant_id": ["plant_id"], "station_id": ["station_id"]}.items():
        indexed = ["organization_id", *columns, "scanned_at", "id"]
        op.create_index(f"ix_qr_code_scans_{name}", "qr_code_scans", indexed, unique=False)


def _undos() -> None:
    tenant_table(
        "qr_code_scan_undos",
        _id("scan_id", nullable=False),
        _id("agent_id"),
        _moment("undone_at"),
        _id("undone_by"),
        _text("person"),
        _text("reason"),
        _moment("received_at", "now()"),
        _id("organization_id", nullable=False),
        _id("id", nullable=False),
        sa.CheckConstraint(
            "undone_by IS NULL OR agent_id IS NULL", name=op.f("ck_qr_code_scan_undos_person_was_checked")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_qr_code_scan_undos")),
        sa.UniqueConstraint(
            "organization_id",
            "scan_id",
            "agent_id",
            name=op.f("uq_qr_code_scan_undos_organization_id_scan_id_agent_id"),
            postgresql_nulls_not_distinct=True,
        ),
        append_only=True,
    )
    op.create_index(
        "ix_qr_code_scan_undos_waiting",
        "qr_code_scan_undos",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("agent_id IS NOT NULL"),
    )


def _patterns() -> None:
    tenant_table(
        "item_code_patterns",
        _text("name", nullable=False),
        _text("pattern", nullable=False),
        sa.Column("symbologies", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        _id("organization_id", nullable=False),
        _id("id", nullable=False),
        _moment("created_at", "now()"),
        _id("created_by"),
        _moment("updated_at", "now()"),
        _id("updated_by"),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_item_code_patterns")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_item_code_patterns_organization_id_name")),
    )
    for statement in audit_statements("item_code_patterns"):
        op.execute(statement)


def upgrade() -> None:
    _scans()
    _undos()
    _patterns()


def downgrade() -> None:
    for table in ("item_code_patterns", "qr_code_scan_undos", "qr_code_scans"):
        op.drop_table(table)
