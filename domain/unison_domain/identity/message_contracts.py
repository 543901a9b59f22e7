"""What crosses the network about messages sent to people."""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant, OpenEnum


class MessageKind(OpenEnum):
    """What a message is for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the kind's name
    FIRST_PASSWORD = "first_password"  # noqa: S105 - the kind's name
    """Of somebody who has none so far."""
    NOTIFICATION = "notification"
    UNKNOWN = "unknown"


class MessageState(OpenEnum):
    """What became of a message."""

    WAITING = "waiting"
    """To be sent, or to be tried again; `error` says what came of the last attempt."""
    SENT = "sent"
    """The mail server took it."""
    FAILED = "failed"
    """Not sent, and not tried again; `error` says why."""
    EXPIRED = "expired"
    """Not sent before what it links to was over, or what it tells of was old."""
    KEPT = "kept"
    """This server sends no mail: who asked for it hands its link over."""
    NOBODY = "nobody"
    """Asked for by a name that nobody has, or by somebody without access or e-mail."""
    UNKNOWN = "unknown"


class MessageAnswer(Answer):
    """A message, without what it says.

    Attributes:
        attempts: how often it was tried. error: what the mail server said to the last attempt, where it was refused.
        expires_at: until then what it links to is good, or what it tells of is news.
    """

    id: UUID
    kind: MessageKind
    recipient: str | None
    state: MessageState
    attempts: int
    error: str | None
    created_at: Instant
    expires_at: Instant
    sent_at: Instant | None
