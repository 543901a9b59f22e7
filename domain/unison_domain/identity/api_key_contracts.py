"""What crosses the network about API keys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant, Name, Request

Permission = Annotated[str, Field(pattern=r"^[a-z_]+[.][a-z_]+[.][a-z_]+$", max_length=100)]


class ApiKeyCreate(Request):
    """A key for a program, which acts in place of the person who makes it and never beyond that person's rights.

    Attributes:
        scopes: permissions `room.thing.verb` it is held to.
        requests_per_minute: more of them are answered 429.
    """

    name: Name
    scopes: list[Permission] = Field(min_length=1, max_length=200)
    expires_at: Instant | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=60_000)] = 600


class ApiKeyAnswer(Answer):
    """A key without its secret.

    Attributes:
        ending: its last characters, by which people tell keys apart. last_used_at: true to a minute.
        is_let_in: whose it is gets in at all: active, and their access has not ended; otherwise it lets nobody in.
        is_held_back: whose it is lacks the second factor they must have; it lets nobody in until they set one up.
    """

    id: UUID
    name: str
    user_id: UUID
    user_name: str
    ending: str
    scopes: list[str]
    requests_per_minute: int
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    revoked_at: Instant | None
    is_let_in: bool = True
    is_held_back: bool = False


class ApiKeyMade(ApiKeyAnswer):
    """A new key with its secret, which is told this once: `Authorization: Bearer <key>`."""

    key: str
