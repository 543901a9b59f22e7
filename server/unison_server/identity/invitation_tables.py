"""Tables of what links of messages open: invitations and new passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Identity, Tenant


class Invitation(Tenant, Identity):
    """An invitation by e-mail, with the SHA-256 of its link's token.

    `roles` will hold in the whole organization, `placed_roles` (role, plant_id, department_id) in places alone;
    `plants` and `warehouses` are what may be done in them, as `PlantAssignment` and `WarehouseAssignment` say it.
    It ends once, accepted or revoked, and a trigger keeps one that ended as it is; an e-mail has one open at a time.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("organization_id", "token_hash"),
        tenant_fk("invited_by", "users", ondelete="CASCADE"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        tenant_fk("message_id", "messages", ondelete="SET NULL (message_id)"),
        CheckConstraint("num_nonnulls(accepted_at, revoked_at) < 2", name="ends_once"),
        CheckConstraint("(accepted_at is null) = (user_id is null)", name="accepted"),
        CheckConstraint("accepted_at <= expires_at", name="in_time"),
        CheckConstraint("jsonb_typeof(roles) = 'array'", name="roles"),
        CheckConstraint("jsonb_typeof(placed_roles) = 'array'", name="placed_roles"),
        CheckConstraint("jsonb_typeof(plants) = 'array'", name="plants"),
        CheckConstraint("jsonb_typeof(warehouses) = 'array'", name="warehouses"),
        CheckConstraint(
            "NOT roles ? 'station' AND NOT placed_roles @> '[{\"role\": \"station\"}]'::jsonb", name="of_people"
        ),
        Index(None, "organization_id", "created_at"),
        Index(
            "uq_invitations_open",
            "organization_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
    )

    email: Mapped[str]
    roles: Mapped[list[str]]
    placed_roles: Mapped[list[dict[str, str | None]]] = mapped_column(JSONB, server_default=text("'[]'"))
    plants: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    warehouses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    token_hash: Mapped[str]
    invited_by: Mapped[UUID]
    message_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    user_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]


class PasswordReset(Tenant, Identity):
    """A link to a new password, with the SHA-256 of its token.

    Asked for by a name that nobody has there is one too, without person and never used: so nobody learns who exists.
    `sealed` is the token, encrypted, of one that was asked for and that no mail carries, until somebody hands it over.
    """

    __tablename__ = "password_resets"
    __table_args__ = (
        UniqueConstraint("organization_id", "token_hash"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        CheckConstraint("used_at is null or user_id is not null", name="of_somebody"),
        CheckConstraint("used_at <= expires_at", name="in_time"),
        CheckConstraint(
            "sealed is null or (user_id is not null and used_at is null and handed_over_at is null)", name="sealed"
        ),
        CheckConstraint("(handed_over_at is null) = (handed_over_by is null)", name="handed_over"),
        Index(None, "organization_id", "user_id"),
    )

    user_id: Mapped[UUID | None]
    token_hash: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    sealed: Mapped[str | None]
    handed_over_at: Mapped[datetime | None]
    handed_over_by: Mapped[UUID | None]
