"""What crosses the network where somebody stands behind a release or an override with badge and PIN."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from unison_domain.identity.badge_contracts import BadgeHash
from unison_domain.kernel.contracts import Answer, Request


class Countersign(Request):
    """Somebody at a station stands behind one act; the server alone can say that it is they, and that they may.

    Attributes:
        purpose: the right it takes, `room.thing.verb`. subject_id: the thing it is done to.
        act_id: of the act, made before it is done: the countersignature is good for this one alone.
    """

    station_id: UUID
    badge: BadgeHash
    pin: Annotated[SecretStr, Field(min_length=1, max_length=100)]
    purpose: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+\.[a-z_]+$", max_length=200)]
    subject_id: UUID
    act_id: UUID


class Countersigned(Answer):
    """Who it is. `id` names the countersignature in the event that tells the act; it is no secret.

    Attributes:
        proof: by it the server knows the countersignature again after a restore; None from servers that give none.
    """

    id: UUID
    user_id: UUID
    name: str
    proof: str | None = None
