"""The table of pictures that stations keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.stations.picture_events import PictureLoss, PictureReason

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant, enum_check

EXPECTED_HOURS = 24
"""A file follows the event that tells of it within seconds, where its PC still has it and the server takes it."""


class StationPicture(Tenant, Operations):
    """That a station kept a picture. Columns as in `PictureAnswer`; rows of one file share its `sha256`.

    Attributes:
        agent_id: who told of it, and may send it.
        lost_at, lost_reason: when its agent said that the file never comes, and why.
        deleted_at: when its time was over and the file went. What is left of a scan's or measurement's says so.
    """

    __tablename__ = "station_pictures"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        tenant_fk("station_id", "stations"),
        enum_check("reason", PictureReason),
        enum_check("lost_reason", PictureLoss, nullable=True),
        CheckConstraint("(lost_at IS NULL) = (lost_reason IS NULL)", name="lost_for_a_reason"),
        CheckConstraint("lost_at IS NULL OR stored_at IS NULL", name="stored_is_not_lost"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="is_hash"),
        CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name="is_picture"),
        CheckConstraint("bytes > 0 AND ends_at > taken_at", name="has_extent"),
        CheckConstraint("machine_id IS NULL OR reason = 'stop'", name="machine_stood"),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        Index("ix_station_pictures_taken_at", "organization_id", "taken_at", "id"),
        Index("ix_station_pictures_station_id", "organization_id", "station_id", "taken_at", "id"),
        Index("ix_station_pictures_sha256", "organization_id", "sha256"),
        Index("ix_station_pictures_ends_at", "ends_at", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_station_pictures_deleted_at", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    plant_id: Mapped[UUID]
    station_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    peripheral_id: Mapped[UUID]
    sha256: Mapped[str]
    bytes: Mapped[int]
    media_type: Mapped[str]
    reason: Mapped[str]
    machine_id: Mapped[UUID | None]
    person: Mapped[str | None]
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    lost_reason: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    @property
    def is_overdue(self) -> bool:
        """The file did not come, though the line was free, and its PC did not say that it is lost."""
        return (
            self.stored_at is None
            and self.lost_at is None
            and self.received_at < datetime.now(UTC) - timedelta(hours=EXPECTED_HOURS)
        )
