"""What crosses the network about sessions, and attempts to sign in."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant, Known, OpenEnum


class SignInOutcome(OpenEnum):
    """How an attempt to sign in ended, or what else somebody did to get in."""

    SIGNED_IN = "signed_in"
    WRONG = "wrong"
    """Unknown name or wrong password."""
    INACTIVE = "inactive"
    """Made inactive, or their access has ended."""
    TOO_MANY = "too_many"
    SECOND_FACTOR = "second_factor"
    """Right password, but the second factor is missing or wrong."""
    RESET_ASKED = "reset_asked"
    """No attempt: a link to a new password was asked for."""
    PASSWORD_RESET = "password_reset"  # noqa: S105 - what happened
    """No attempt: a new password was chosen by such a link."""
    ELSEWHERE = "elsewhere"
    """At a station of a plant that their access does not cover."""
    COUNTERSIGNED = "countersigned"
    """No sign-in: they stood behind a release or override at a station, with badge and PIN."""
    NOT_ALLOWED = "not_allowed"
    """Badge and PIN were right, but they lack the right to stand behind that."""
    LINK_REFUSED = "link_refused"
    """The link of an invitation or to a new password that opened nothing, or nothing any more."""
    KEY_REFUSED = "key_refused"
    """The key of a program that let nobody in, or asked too often."""
    DEVICE_REFUSED = "device_refused"
    """The token of a station's PC that let nobody in."""
    CODE_REFUSED = "code_refused"
    """A code that enrolled no PC."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - what happened
    """A refresh token that prolonged no session."""
    ADDRESS_LIMITED = "address_limited"
    """From an address that tried too often."""
    UNKNOWN = "unknown"


KnownOutcome = Known[SignInOutcome]


class SessionEnd(StrEnum):
    """Why a session was ended, as it is kept with it."""

    SIGNED_OUT = "signed out"
    BY_ADMINISTRATOR = "ended by an administrator"
    ACCOUNT_CHANGED = "password or account changed"
    USED_TWICE = "a refresh token was used twice"
    ORGANIZATION_DEACTIVATED = "organization deactivated"
    PRACTICE_MADE_ANEW = "practice organization made anew"
    REAL_SESSION_OVER = "the real session it was opened from is over"
    AFTER_RESTORE = "ended again after a restore"


class SignInSessionAnswer(Answer):
    """A program somebody is, or was, signed in with.

    Attributes:
        client: what it calls itself, e.g. `Desktop on PC-17`. address: where it signed in from.
        is_current: it is the one that asks. is_let_in: whose it is gets in at all; otherwise it can be used no more.
        end_reason: why it ended (`SessionEnd`); None while it has not, also where it ran out unused.
    """

    id: UUID
    user_id: UUID
    user_name: str
    client: str | None
    address: str
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    end_reason: str | None
    is_current: bool
    is_let_in: bool = True


class SessionsEnded(Answer):
    """How many programs somebody was signed out of."""

    ended: int


class LoginAttemptAnswer(Answer):
    """An attempt to sign in, good or not.

    Attributes:
        name: what was typed; of a link, key or code that was refused, whose it is, or what it is called, as far as that
            is known. user_id: whose name, link or key it is, where it is anybody's. session_id: which it opened, or
            didn't prolong. client: what the program calls itself. reason: why it was refused, e.g. `key_revoked`.
        station_id, station_code: where they signed on, by its code of then; of old rows the code alone. purpose: of who
        was to stand behind an override, the right that takes. times: how many refusals of a flood, beyond those told
        one by one, it stands for; seconds: over how long these were, up to `at`; without, at most an hour.
    """

    id: UUID
    at: Instant
    outcome: SignInOutcome
    name: str
    user_id: UUID | None
    session_id: UUID | None
    address: str
    client: str | None
    reason: str | None = None
    station_id: UUID | None = None
    station_code: str | None = None
    purpose: str | None = None
    times: int = 1
    seconds: int | None = None


class LoginAttemptLine(LoginAttemptAnswer):
    """The same as it stands in a file: `user_name` is whose it is, where it is anybody's."""

    user_name: str | None
