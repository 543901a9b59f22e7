"""Commands of the server to an agent: rows with an expiry, announced on the agent's event stream, answered by an event.

The agent is told `stations.agent.commanded` on `GET /api/v1/events` (with its device token), or by a number of waiting
commands in the answer to its heartbeat, fetches `GET /api/v1/stations/me/commands` and answers each with a
`command_answered` event, which travels with the sequence and so arrives once. An agent carries a command out at most
once: it keeps the ids it has answered.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant, OpenEnum


class CommandKind(OpenEnum):
    """What an agent can be asked to do."""

    TEST_READ = "test_read"
    """Read one configured tag, or a register range of one configured device, now. Expires after 30 s."""
    LIST_DEAD_LETTERS = "list_dead_letters"
    RETRY_DEAD_LETTERS = "retry_dead_letters"
    DISCARD_DEAD_LETTERS = "discard_dead_letters"
    SEND_LOG = "send_log"
    """The newest lines of the agent's own log."""
    UNKNOWN = "unknown"


class CommandState(OpenEnum):
    """How far a command is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


EXPIRY_SECONDS: dict[CommandKind, int | None] = {
    CommandKind.TEST_READ: 30,
    CommandKind.LIST_DEAD_LETTERS: 60,
    CommandKind.RETRY_DEAD_LETTERS: None,
    CommandKind.DISCARD_DEAD_LETTERS: None,
    CommandKind.SEND_LOG: 60,
}
"""How long a command waits for its agent; None for ever. A test read of yesterday would say nothing."""


class CommandConfiguration(Answer):
    """A command as its agent fetches it."""

    id: UUID
    kind: CommandKind
    parameters: Annotated[dict[str, Any], Field(default_factory=dict)]
    expires_at: Instant | None = None


class CommandAnswer(Answer):
    """A command as people see it."""

    id: UUID
    agent_id: UUID
    kind: CommandKind
    state: CommandState
    parameters: dict[str, Any]
    message: str | None = None
    answer: dict[str, Any] | None = None
    created_at: Instant
    created_by: UUID | None = None
    expires_at: Instant | None = None
    answered_at: Instant | None = None
