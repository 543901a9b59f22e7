"""Tables of scanned codes and of the patterns an organization reads barcodes by."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.codes.contracts import ScanKind
from unison_domain.codes.events import ScanSource

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Master, Operations, Tenant, enum_check


class CodeScan(Tenant, Operations):
    """A scan as it was taken and understood when it came; only ever added. Columns as in `ScanAnswer`.

    Attributes:
        agent_id: who told it; None where a person sent it, whose account `scanned_by` is then.
        qr_code_data: what was scanned, in whatever kind of symbol; `text` of its `ScanReading`.
        meanings, warnings: as in `ScanReading`.
        code_mark: the same of scans of one text, and short enough for an index.
    """

    __tablename__ = "qr_code_scans"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        tenant_fk("station_id", "stations"),
        enum_check("source", ScanSource),
        enum_check("kind", ScanKind),
        CheckConstraint("char_length(qr_code_data) between 1 and 4096", name="text_fits"),
        CheckConstraint("agent_id IS NULL OR (station_id IS NOT NULL AND scanned_by IS NULL)", name="told_by_station"),
        CheckConstraint("(reference_type IS NULL) = (reference_id IS NULL)", name="whole_reference"),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        Index("ix_qr_code_scans_scanned_at", "organization_id", "scanned_at", "id"),
        Index("ix_qr_code_scans_plant_id", "organization_id", "plant_id", "scanned_at", "id"),
        Index("ix_qr_code_scans_code_mark", "organization_id", "code_mark", "scanned_at", "id"),
        Index(
            "ix_qr_code_scans_group_id", "organization_id", "group_id", postgresql_where=text("group_id IS NOT NULL")
        ),
        Index("ix_qr_code_scans_station_id", "organization_id", "station_id", "scanned_at", "id"),
    )

    plant_id: Mapped[UUID]
    station_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    peripheral_id: Mapped[UUID | None]
    source: Mapped[str]
    qr_code_data: Mapped[str]
    symbology: Mapped[str]
    picture: Mapped[str | None]
    group_id: Mapped[UUID | None]
    part: Mapped[str | None]
    person: Mapped[str | None]
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    scanned_by: Mapped[UUID | None]
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    notes: Mapped[str | None]
    kind: Mapped[str]
    meanings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    warnings: Mapped[list[str]]
    reference_type: Mapped[str | None]
    reference_id: Mapped[UUID | None]
    code_mark: Mapped[UUID] = mapped_column(Computed("md5(qr_code_data)::uuid", persisted=True))


class UndoneScan(Tenant, Operations):
    """A word that a scan does not count; only ever added. The earliest that holds is the one that is shown.

    Attributes:
        scan_id: no foreign key, because the word may come before its scan.
        agent_id: who said it of a scan that was not here yet: it holds if the scan is of the same agent. None where
            the right to say it was checked.
        undone_by: who said it elsewhere; `person` and `person_id` are who said it at the station.
    """

    __tablename__ = "qr_code_scan_undos"
    __table_args__ = (
        UniqueConstraint("organization_id", "scan_id", "agent_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("undone_by IS NULL OR agent_id IS NULL", name="person_was_checked"),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        Index("ix_qr_code_scan_undos_waiting", "received_at", postgresql_where=text("agent_id IS NOT NULL")),
    )

    scan_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    undone_at: Mapped[datetime]
    undone_by: Mapped[UUID | None]
    person: Mapped[str | None]
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    reason: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ItemCodePattern(Master, Operations):
    """A kind of barcode that follows no standard. Columns as in `ItemPattern`."""

    __tablename__ = "item_code_patterns"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str]
    pattern: Mapped[str]
    symbologies: Mapped[list[str]] = mapped_column(server_default=text("'[]'"), default=list)
