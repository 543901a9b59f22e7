"""Tables of what people sign on with at stations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.identity.badge_contracts import BadgeKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Identity, Tenant, Versioned, enum_check


class Badge(Tenant, Identity):
    """A badge by the keyed hash of its text; of all with one text at most one is active.

    `created_by` handed it out. A lost or revoked one never comes back: who finds it is given a new row.
    """

    __tablename__ = "badges"
    __table_args__ = (
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        enum_check("kind", BadgeKind),
        CheckConstraint("state IN ('active', 'lost', 'revoked')", name="state"),
        CheckConstraint("(state = 'active') = (state_changed_at IS NULL)", name="state_changed"),
        CheckConstraint("expires_at > created_at", name="expiry"),
        Index(
            "uq_badges_active", "organization_id", "text_hash", unique=True, postgresql_where=text("state = 'active'")
        ),
        Index(None, "organization_id", "text_hash"),
        Index(None, "organization_id", "user_id"),
    )

    user_id: Mapped[UUID]
    kind: Mapped[str]
    text_hash: Mapped[str]
    label: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'active'"), default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    state_changed_at: Mapped[datetime | None]


class PersonPin(Tenant, Identity):
    """A person's PIN for stations, as its argon2id hash."""

    __tablename__ = "person_pins"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"), tenant_fk("user_id", "users", ondelete="CASCADE"))

    user_id: Mapped[UUID]
    pin_hash: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Countersignature(Tenant, Identity):
    """That somebody stood behind one act at a station; only ever added, so that it is of no other act later.

    Attributes:
        purpose: the right it took. subject_id: what the act is done to.
    """

    __tablename__ = "countersignatures"
    __table_args__ = (
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        Index(None, "organization_id", "user_id"),
        Index(None, "organization_id", "created_at", "id"),
    )

    user_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    station_id: Mapped[UUID]
    purpose: Mapped[str]
    subject_id: Mapped[UUID]
    act_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SignOnSettings(Versioned, Tenant, Identity):
    """How an organization signs on; `badge_key` makes the hashes of its badges and is encrypted."""

    __tablename__ = "sign_on_settings"
    __table_args__ = (
        UniqueConstraint("organization_id"),
        CheckConstraint("roster_hours between 1 and 720", name="roster_hours"),
        CheckConstraint("idle_minutes between 1 and 1440", name="idle_minutes"),
    )

    badge_key: Mapped[str]
    roster_hours: Mapped[int] = mapped_column(server_default=text("24"), default=24)
    idle_minutes: Mapped[int] = mapped_column(server_default=text("60"), default=60)
