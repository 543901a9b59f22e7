"""What a station tells of badges that were shown to it: its list of people names them also while the server is away."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import Field

from unison_domain.identity.badge_contracts import BadgeHash
from unison_domain.stations.fact import Fact

TAP_HEADER = "Unison-Tap"
"""With a question about a badge: the id of the `SignOnTold` that tells of it too, so that it is kept once."""


class SignOnTold(Fact):
    """A badge was shown, and the list at the station let somebody in, or nobody.

    Attributes:
        id: of this tap.
        badge: its keyed hash; the text is kept nowhere.
        person_id: whom it named; None of a refusal.
        refused_for: the code of why nobody was let in; None of a sign-on.
    """

    kind: Literal["sign_on_told"] = "sign_on_told"
    id: UUID
    station_id: UUID
    badge: BadgeHash
    person_id: UUID | None = None
    refused_for: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None


def kept_id(agent_id: UUID, tap: UUID, badge: str, person_id: UUID | None) -> UUID:
    """Under which the login history keeps what came of a tap, whoever tells of it, and however often.

    Of a badge that was just handed on the list names one person and the server another: both are kept.

    Args:
        person_id: who was let in; None: nobody was.
    """
    return uuid5(agent_id, f"{tap} {badge} {person_id}")
