"""What crosses the network about badges and PINs, and about signing on with them at a station."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, model_validator

from unison_domain.identity.badge_text import plain_badge_text
from unison_domain.identity.contracts import Password
from unison_domain.identity.pin_rules import is_tried_first
from unison_domain.kernel.contracts import Answer, Instant, Name, OpenEnum, Request

LEAST_BADGE_CHARACTERS = 4
"""What is shorter is also the text of other things."""


def _badge_text(secret: SecretStr) -> SecretStr:
    length = len(plain_badge_text(secret.get_secret_value()))
    if not LEAST_BADGE_CHARACTERS <= length <= 200:
        raise ValueError(f"must have {LEAST_BADGE_CHARACTERS} to 200 characters without blanks around, not {length}")
    return secret


def _pin(secret: SecretStr) -> SecretStr:
    pin = secret.get_secret_value()
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdecimal()):
        raise ValueError("must be 4 to 12 digits")
    if is_tried_first(pin):
        raise ValueError("is tried first: take three different digits or more that don't just count up or down")
    return secret


BadgeText = Annotated[SecretStr, AfterValidator(_badge_text), Field(max_length=300)]
"""What a reader gives of a badge; kept as a keyed hash only."""
Pin = Annotated[SecretStr, AfterValidator(_pin), Field(max_length=100)]
"""A new one."""
BadgeHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BadgeKind(StrEnum):
    """How a badge is read."""

    BARCODE = "barcode"
    RFID = "rfid"


class BadgeState(OpenEnum):
    """Whether a badge names somebody; an active one does until it expires."""

    ACTIVE = "active"
    LOST = "lost"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class BadgeCreate(Request):
    """A badge that is handed out to somebody.

    Attributes:
        label: how people tell it from others, e.g. the number printed on it; None: it has none.
        expires_at: a day badge names the person until then; None: until it is lost or revoked.
        own_password: of who hands it out, to themselves.
    """

    user_id: UUID
    kind: BadgeKind
    text: BadgeText
    label: Name | None = None
    expires_at: Instant | None = None
    own_password: Password | None = None


class BadgeEnd(Request):
    """That a badge is lost or revoked; of one's own, with one's password."""

    own_password: Password | None = None


class BadgeFind(Request):
    """Whose badge is it? In a body, for addresses are logged."""

    text: BadgeText


class BadgeAnswer(Answer):
    """A badge, without its text, which nobody can tell any more.

    Attributes:
        has_expired: `expires_at` is past; it names nobody then, whatever its state.
    """

    id: UUID
    user_id: UUID
    user_name: str
    kind: BadgeKind
    label: str | None
    state: BadgeState
    created_at: Instant
    created_by: UUID | None
    expires_at: Instant | None
    has_expired: bool
    state_changed_at: Instant | None


class SignOnRules(Request):
    """How an organization signs on at stations.

    Attributes:
        roster_hours: so long a station that can't reach the server names people by the list it fetched last.
        idle_minutes: after so long without input nobody is signed on at a station any more.
    """

    roster_hours: Annotated[int, Field(ge=1, le=720)] = 24
    idle_minutes: Annotated[int, Field(ge=1, le=1440)] = 60


class SignOnRulesAnswer(Answer):
    """The rules, with their version for `If-Match`."""

    version: int
    roster_hours: int
    idle_minutes: int


class PinSet(Request):
    """A person's new PIN, given by an administrator."""

    pin: Pin


class OwnPinSet(Request):
    """One's own new PIN, proven by the password."""

    password: Password
    pin: Pin


class RosterPerson(Answer):
    """Somebody who can sign on at a station.

    Attributes:
        ends_at: nobody signs on as them from then on; None: no end.
        stations: of those that the agent serves, where they may; None: at all of them.
        told_apart_by: their employee number, or user name where they have none, where others of the list have the same
            name; None: nobody has.
    """

    id: UUID
    name: str
    has_pin: bool
    ends_at: Instant | None
    stations: tuple[UUID, ...] | None = None
    told_apart_by: str | None = None


class RosterBadge(Answer):
    """A badge by its hash; one that names nobody is listed too, so that a station knows it is no other code.

    Attributes:
        user_id: whom it names; None: it is lost or revoked, or the person is let in no more, or not here.
        ends_at: it names nobody from then on; None: no end.
        is_elsewhere: it names somebody at stations of plants that the agent does not serve.
    """

    hash: BadgeHash
    user_id: UUID | None
    state: BadgeState
    ends_at: Instant | None
    is_elsewhere: bool = False


class Roster(Answer):
    """What the stations of an agent need to name people while the server is away.

    Attributes:
        key: of the hashes, hexadecimal; a secret.
        people: whose access covers a plant of these stations.
        roster_seconds: the list is too old after so long without the server. idle_seconds: a sign-on ends after them.
        is_practice: the station is of a practice organization: nothing done there is real.
        countersigned: the kinds of overrides (`OverrideKind`) that take badge and PIN of somebody with the right; None
            from a server that knows of none.
    """

    key: str = Field(repr=False)
    roster_seconds: int
    idle_seconds: int
    people: tuple[RosterPerson, ...]
    badges: tuple[RosterBadge, ...]
    is_practice: bool = False
    countersigned: tuple[str, ...] | None = None


class SignOn(Request):
    """Somebody signs on at a station: by a badge, or by name and PIN."""

    station_id: UUID
    badge: BadgeHash | None = None
    user_id: UUID | None = None
    pin: Annotated[SecretStr, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.badge is None) == (self.user_id is None) or (self.user_id is None) != (self.pin is None):
            raise ValueError("give a badge, or user_id and pin")
        return self


class SignedOn(Answer):
    """Who it is, as the server knows; from the roster alone nobody is verified."""

    user_id: UUID
    name: str
    ends_at: Instant | None
