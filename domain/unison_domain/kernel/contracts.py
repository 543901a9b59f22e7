"""Base models and value types of everything that crosses the network."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

T = TypeVar("T")


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain half a surrogate pair, which is no character")
    return text


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Moments lie from `EARLIEST` to before `LATEST`: what a PC without a set clock says too, and room to calculate."""


def _utc(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError(f"must be a time from {EARLIEST.year} to {LATEST.year - 1}")
    return value.astimezone(UTC)


def no_json_number(value: Any) -> Any:
    """The value, unless it is a JSON number.

    Raises:
        ValueError: it is one.
    """
    if isinstance(value, int | float):
        raise ValueError('must be a string such as "12.50": a JSON number loses digits')
    return value


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone of the IANA list, e.g. Europe/Berlin")
    return name


Storable = Annotated[str, AfterValidator(_no_nul)]
"""Text of any length without NUL, which PostgreSQL can't store."""

Text = Annotated[str, AfterValidator(_no_nul), Field(max_length=2000)]
"""Free text of at most 2,000 characters without NUL, which PostgreSQL can't store."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_no_nul)]
"""What people call a thing: 1 to 200 characters, without the blanks around them that nobody sees."""

CODE_PATTERN = r"^[^\s\x00](?:[^\x00]*[^\s\x00])?$"
"""No space at either end, and no NUL."""

Code = Annotated[str, AfterValidator(_no_nul), Field(min_length=1, max_length=50, pattern=CODE_PATTERN)]
"""The short human key of a thing, unique in its organization: 1 to 50 characters, no space at either end."""

MAIL_ADDRESS = r"^[^@\s\x00-\x1f,;:<>()\[\]\"\\]+@[^@\s\x00-\x1f,;:<>()\[\]\"\\]+$"
"""One address of mail and nothing beside it (RFC 5322, 3.4.1, without quoting): no list, no name, no comment."""

Email = Annotated[Name, Field(pattern=MAIL_ADDRESS)]
"""An address of mail."""

Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A moment with zone, of the years 1970 to 2199, kept and sent as UTC ISO 8601."""

TimeZone = Annotated[str, AfterValidator(_time_zone)]
"""The name of a time zone in the IANA list."""

Quantity = Annotated[Decimal, BeforeValidator(no_json_number), Field(max_digits=20, decimal_places=6)]
"""An amount in the unit named beside it; travels as a string."""

Money = Annotated[Decimal, BeforeValidator(no_json_number), Field(max_digits=20, decimal_places=4)]
"""An amount of the currency named beside it; travels as a string."""


class Request(BaseModel):
    """What a client sends: unknown fields are refused, so a typo is never silently ignored, and so are NaN and the
    infinities, which JSON has no word for in an answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """What a server answers: unknown fields are ignored, so an older client understands a newer server."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True)


class Page(Answer, Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None = None


class FieldError(Answer):
    """One bad field of a request: where it is, what is wrong, in words and as a stable code."""

    field: str
    code: str
    message: str


class Problem(Answer):
    """RFC 9457 problem details with a stable `code`, its parameters, and one entry per bad field."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    errors: list[FieldError] = Field(default_factory=list)
    current: dict[str, Any] | None = None
    """The row as it is now, with a 409 of a version clash."""
    request_id: str | None = None


class Happening(Answer):
    """Something that happened, as the event stream tells it: ids only, the client reads what it shows.

    Attributes:
        topic: `room.thing.past_verb`, e.g. `machines.machine.state_changed`.
        entity: id of the thing it happened to.
        version: the thing's version after it, where it has one.
    """

    id: UUID
    topic: str
    organization_id: UUID
    plant_id: UUID | None = None
    entity: UUID | None = None
    version: int | None = None
    actor: str | None = None
    occurred_at: Instant
    causation: UUID | None = None


class OpenEnum(StrEnum):
    """An enum of answers: a client older than the server reads a value it doesn't know as `unknown`.

    Every subclass has a member `UNKNOWN = "unknown"`.
    """

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        return cls.__members__.get("UNKNOWN") if isinstance(value, str) else None


E = TypeVar("E", bound=OpenEnum)


def _known(value: E) -> E:
    if value == "unknown":
        known = ", ".join(one for one in type(value) if one != "unknown")
        raise ValueError(f"must be one of {known}")
    return value


Known = Annotated[E, AfterValidator(_known)]
"""One of an open enum that is asked for, not answered: a mistake in writing is refused, not read as `unknown`."""


class TimeAnswer(Answer):
    """What time it is at the server."""

    server_time: Instant


class CertificateAnswer(Answer):
    """The certificate of HTTPS that ends first: the server's, or that of the authority that signed it.

    Attributes:
        names: host names and addresses it is for.
        fingerprint: as people compare it.
        ends_soon: it is time to renew it, or too late.
    """

    subject: str
    issuer: str
    names: list[str]
    fingerprint: str
    begins_at: Instant
    ends_at: Instant
    ends_soon: bool


class HealthPart(Answer):
    """One thing the server stands on.

    Attributes:
        name: `identity`, `operations`, `queue`, `storage`, or `certificate` where there is one.
        detail: what it says of itself, or what is wrong.
        seconds: how long it took to answer.
    """

    name: str
    ok: bool
    detail: str
    seconds: float


class HealthAnswer(Answer):
    """Whether the server can do its work; `ok` when all parts are."""

    ok: bool
    version: str
    time: Instant
    parts: list[HealthPart]
