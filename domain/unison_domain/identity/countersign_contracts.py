"""What crosses the network where somebody stands behind a release or an override with badge and PIN."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from unison_domain.identity.badge_contracts import BadgeHash
from unison_domain.kernel.contracts import Answer, Instant, Request


class Countersign(Request):
    """Somebody at a station stands behind one thing; the server alone can say that it is they, and that they may.

    Attributes:
        purpose: the right it takes, `room.thing.verb`. subject_id: the thing it is done to.
    """

    station_id: UUID
    badge: BadgeHash
    pin: Annotated[SecretStr, Field(min_length=1, max_length=100)]
    purpose: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+\.[a-z_]+$", max_length=200)]
    subject_id: UUID


class Countersigned(Answer):
    """Who it is, and the proof of it.

    Attributes:
        proof: sent with what it is for; good for one act, that purpose and subject, and the agent that asked. A secret.
        expires_at: until then.
    """

    user_id: UUID
    name: str
    proof: str = Field(repr=False)
    expires_at: Instant
