"""What crosses the network about inviting people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.identity.contracts import NewPassword, PlantRight, RightsGiven, RoleHeld, WarehouseRight
from unison_domain.identity.message_contracts import MessageState
from unison_domain.identity.person_names import PersonName, SignInCode, SignInEmail
from unison_domain.kernel.contracts import Answer, Instant, OpenEnum, Request

LinkToken = Annotated[str, Field(min_length=10, max_length=300, pattern=r"^[\x21-\x7e]+$")]
"""What stands behind the `#` of a link that was sent."""


class InvitationState(OpenEnum):
    """How far an invitation is: pending, until it ends in one of the others; an expired one can be sent anew."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class InvitationCreate(RightsGiven):
    """Invite somebody who then chooses name and password, and is given these rights. Nobody gives what they lack.

    Attributes:
        expires_at: at most 90 days ahead; where it is left out, as the setting `identity.invitation_days` says.
    """

    email: SignInEmail
    expires_at: Instant | None = None


class InvitationAnswer(Answer):
    """An invitation, without its link.

    Attributes:
        roles: codes, wherever they will hold; `held_roles` says where. plants, warehouses: where they will do what.
        invited_by: who made it, or sent it anew. user_id: who accepted it.
        message: what became of the mail. message_error: what the mail server said against it.
    """

    id: UUID
    email: str
    roles: list[str]
    held_roles: list[RoleHeld] = Field(default_factory=list)
    plants: list[PlantRight] = Field(default_factory=list)
    warehouses: list[WarehouseRight] = Field(default_factory=list)
    state: InvitationState
    invited_by: UUID
    invited_by_name: str
    created_at: Instant
    expires_at: Instant
    accepted_at: Instant | None
    revoked_at: Instant | None
    user_id: UUID | None
    message: MessageState | None
    message_error: str | None


class InvitationMade(InvitationAnswer):
    """A new invitation, or one sent anew.

    Attributes:
        link: to be handed over, told this once; None where it is sent by mail.
    """

    link: str | None


class InvitationLookUp(Request):
    """Ask what a link is for. The token is in the body, as addresses of requests are logged."""

    token: LinkToken


class InvitationShown(Answer):
    """What somebody who was invited sees before they accept.

    Attributes:
        password_length: characters that the password they choose has at least.
    """

    organization_code: str
    organization_name: str
    email: str
    invited_by_name: str
    expires_at: Instant
    password_length: int = 8


class InvitationAccept(Request):
    """Become a person of the organization.

    Attributes:
        username: what to sign in with beside the e-mail; the e-mail itself where it is left out.
    """

    token: LinkToken
    full_name: PersonName
    username: SignInCode | None = None
    password: NewPassword


class InvitationAccepted(Answer):
    """What to sign in with from now on."""

    organization_code: str
    username: str
    user_id: UUID
