"""The table of messages to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.identity.message_contracts import MessageKind, MessageState

from unison_server.kernel.orm import Identity, Tenant, enum_check


class Message(Tenant, Identity):
    """A message to a mailbox. `parameters` is what its text says, all but the link.

    `secret` is the token of its link, encrypted, and only there while the message waits. `claimed_until` is how long
    whoever sends it at this moment has for that.
    """

    __tablename__ = "messages"
    __table_args__ = (
        enum_check("kind", MessageKind),
        enum_check("state", MessageState),
        CheckConstraint("(recipient is null) = (state = 'nobody')", name="recipient"),
        CheckConstraint("secret is null or state = 'waiting'", name="secret"),
        CheckConstraint("(sent_at is not null) = (state = 'sent')", name="sent"),
        Index(None, "organization_id", "created_at"),
    )

    kind: Mapped[str]
    recipient: Mapped[str | None]
    parameters: Mapped[dict[str, Any]]
    secret: Mapped[str | None]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    claimed_until: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
