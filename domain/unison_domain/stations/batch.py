"""What events of a station travel in, and what is answered to it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from unison_domain.kernel.contracts import Instant

PROTOCOL = 1
"""Version of the batch. The server understands this and the two before it."""

BATCH_EVENTS = 500
BATCH_BYTES = 256 * 1024
"""An agent sends at most so many events, or so many bytes before gzip, in one batch."""


class ClockReading(BaseModel):
    """The agent's clocks when the batch left, so that times stamped before a sync can be corrected.

    Attributes:
        offset_seconds: server time minus the agent's, as far as the agent knows; None before the first answer.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    sent_at: Instant
    monotonic_seconds: float
    boot_id: str
    offset_seconds: float | None = None


class Batch(BaseModel):
    """`POST /api/v1/stations/me/events`: events in order of `seq`, gzip allowed.

    Attributes:
        epoch: one life of the agent's buffer; a new buffer begins a new epoch at sequence 1.
        previous_sequence: the `seq` before the first of this batch that was sent in this epoch (0 at the beginning);
            sequences skipped in between were given up by the agent and are told by a `gap` event.
        previous_hash: what `tail_hash` gave for the batch before, None at the beginning: a cloned disk or a restored
            backup forks here.
        is_all: the agent has none after these; said to a server that told `held_through` beyond them.
        events: as they came, not even looked at: each is read by the room that knows its kind.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    protocol: int = PROTOCOL
    agent_id: UUID
    epoch: UUID
    previous_sequence: Annotated[int, Field(ge=0)]
    previous_hash: str | None = None
    configuration: Annotated[int, Field(ge=0)]
    clock: ClockReading
    is_all: bool = False
    events: list[Annotated[dict[str, Any], SkipValidation]] = Field(max_length=5000)


class Rejected(BaseModel):
    """An event the server will never take, and why; the agent moves it to its dead letters, where people see it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    seq: int
    code: str
    message: str


class Acknowledgement(BaseModel):
    """How far the server has come. Repeatable: the same batch again gives the same answer and changes nothing.

    Attributes:
        acknowledged_through: everything up to here is committed or rejected.
        resend_from: after a restore the server asks for events again from here.
        held_through: nothing was taken, for the batch ended before it could be compared with what is held up to here.
        configuration: version the agent should have; it fetches when its own is older.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    acknowledged_through: int
    rejected: list[Rejected] = Field(default_factory=list)
    server_time: Instant
    resend_from: int | None = None
    held_through: int | None = None
    configuration: int
