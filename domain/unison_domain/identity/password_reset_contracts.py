"""What crosses the network about forgotten passwords."""

from __future__ import annotations

from uuid import UUID

from unison_domain.identity.contracts import NewPassword
from unison_domain.identity.invitation_contracts import LinkToken
from unison_domain.kernel.contracts import Answer, Code, Instant, Name, Request


class ForgotPassword(Request):
    """Ask for a link by mail, by e-mail, user name or employee number; `organization` as when signing in."""

    organization: Code | None = None
    user: Name


class ForgotPasswordAnswer(Answer):
    """The same words whether there is such a person or not."""

    detail: str = (
        "If somebody signs in with this name, a link to choose a new password is sent to their e-mail address; where "
        "no mail goes there, an administrator hands it over"
    )


class ResetPassword(Request):
    """Choose a new password with the token of a link. All sessions of the person end."""

    token: LinkToken
    password: NewPassword


class PasswordResetLookUp(Request):
    """Ask what a link is for. The token is in the body, as addresses of requests are logged."""

    token: LinkToken


class PasswordResetShown(Answer):
    """What somebody sees before they choose a password, and needs to sign in with it.

    Attributes:
        is_first: they have none so far.
        password_length: characters that it has at least.
    """

    organization_code: str
    organization_name: str
    username: str
    is_first: bool
    expires_at: Instant
    password_length: int


class PasswordAsked(Answer):
    """Somebody asked for a new password, and no mail carries the link: it waits to be handed over.

    Attributes:
        address: where it was asked from. expires_at: until then the link is good.
    """

    id: UUID
    user_id: UUID
    user_name: str
    address: str
    created_at: Instant
    expires_at: Instant


class PasswordResetMade(Answer):
    """A link to a new password, made for somebody else.

    Attributes:
        link: to be handed over, told this once; None where it is sent by mail. sent_to: the address it goes to.
        expires_at: until then it is good.
    """

    link: str | None
    sent_to: str | None = None
    expires_at: Instant
