"""What crosses the network about second factors: time-based one-time passwords (RFC 6238) and recovery codes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from unison_domain.identity.contracts import Password
from unison_domain.kernel.contracts import Answer, Instant, Request

OneTimeCode = Annotated[str, Field(pattern=r"^\d{6}$")]


class MfaAnswer(Answer):
    """One's own second factor.

    Attributes:
        confirmed_at: since when it is asked for; None while there is none, or it was not tried yet.
        recovery_codes_left: codes that were not used yet.
    """

    confirmed_at: Instant | None
    recovery_codes_left: int


class PasswordAgain(Request):
    """Proof that it is still the person who sits there."""

    password: Password


class TotpBegun(Answer):
    """What an authenticator is to be told, once; it counts when a code of it was confirmed.

    Attributes:
        secret: base32, for typing. uri: `otpauth://…`, for a QR code.
    """

    secret: str
    uri: str


class TotpConfirm(Request):
    """The code that the authenticator shows now."""

    code: OneTimeCode


class RecoveryCodes(Answer):
    """Codes for the day the authenticator is lost; each opens once. They are told this once."""

    codes: list[str]


class SecondFactorRemove(Request):
    """Password, and a code of the authenticator or a recovery code."""

    password: Password
    second_factor: Annotated[SecretStr, Field(max_length=40)]


class SecondFactorStanding(Answer):
    """Whether somebody who signs in by a password has a second factor.

    Attributes:
        confirmed_at: since when; None where they have none.
        is_administrator: may manage people, roles, settings or keys. is_demanded: they must have one.
    """

    user_id: UUID
    username: str
    full_name: str
    confirmed_at: Instant | None
    is_administrator: bool
    is_demanded: bool


class SecondFactorCount(Answer):
    """How many of an organization's people who sign in by a password have no second factor yet.

    Attributes:
        demanded_of: `nobody`, `administrators` or `everybody`.
    """

    demanded_of: str
    people: int
    people_without: int
    administrators: int
    administrators_without: int
