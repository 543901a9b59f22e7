"""Tables of notifications, and of what people prefer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.identity.preference_contracts import Theme
from unison_domain.kernel.units import UnitSystem

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Identity, Tenant, Versioned, enum_check


class UserPreferences(Tenant, Versioned, Identity):
    """What one person chose; without a row nothing was. `by_priority` and `by_kind` hold channels of notifications."""

    __tablename__ = "user_preferences"
    __table_args__ = (
        UniqueConstraint("organization_id", "user_id"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        enum_check("units", UnitSystem),
        enum_check("theme", Theme),
    )

    user_id: Mapped[UUID]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    units: Mapped[str]
    theme: Mapped[str]
    by_priority: Mapped[dict[str, Any]]
    by_kind: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Notification(Tenant, Identity):
    """Something one person is told. What happened, to what and when tells it from every other: nobody is told twice.

    `entity` is what it happened to, `reference_…` what is to be opened; both are of either database.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint(
            *("organization_id", "user_id", "kind", "entity", "occurred_at"),
            name="uq_notifications_happening",
            postgresql_nulls_not_distinct=True,
        ),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        enum_check("kind", NotificationKind),
        CheckConstraint("(reference_type IS NULL) = (reference_id IS NULL)", name="reference"),
        CheckConstraint("read_at >= created_at", name="read_after_it_came"),
        Index(None, "organization_id", "user_id", "created_at", "id"),
        Index("ix_notifications_unread_of", "organization_id", "entity", postgresql_where=text("read_at IS NULL")),
        Index("ix_notifications_unread", "organization_id", "user_id", postgresql_where=text("read_at IS NULL")),
    )

    user_id: Mapped[UUID]
    kind: Mapped[str]
    entity: Mapped[UUID | None]
    parameters: Mapped[dict[str, Any]]
    reference_type: Mapped[str | None]
    reference_id: Mapped[UUID | None]
    plant_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]

    @property
    def is_read(self) -> bool:
        """Whether the person said so, or it is over and nobody need look."""
        return self.read_at is not None
