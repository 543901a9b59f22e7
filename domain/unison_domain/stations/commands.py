"""Commands of the server to an agent: rows with an expiry, announced on the agent's event stream, answered by an event.

The agent is told `stations.agent.commanded` on `GET /api/v1/events` (with its device token), or by a number of waiting
commands in the answer to its heartbeat, fetches `GET /api/v1/stations/me/commands` and answers each with a
`command_answered` event, which travels with the sequence and so arrives once. An agent carries a command out at most
once: it keeps the ids it has answered.
"""

from __future__ import annotations

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, field_validator, model_validator

from unison_domain.kernel.contracts import Answer, Instant, OpenEnum, Request, Text
from unison_domain.stations.camera_commands import (
    CalibratedPlane,
    CalibratePlane,
    FindBoard,
    FoundBoard,
    Measure,
    MeasuredPicture,
    TakenPicture,
    TakePicture,
    TriedTool,
    TryTool,
)
from unison_domain.stations.configuration import RegisterTable
from unison_domain.stations.events import Quality, Value


class CommandKind(OpenEnum):
    """What an agent can be asked to do."""

    TEST_READ = "test_read"
    """Read one configured tag, or a register range of one configured device, now. Expires after 30 s."""
    LIST_DEAD_LETTERS = "list_dead_letters"
    RETRY_DEAD_LETTERS = "retry_dead_letters"
    DISCARD_DEAD_LETTERS = "discard_dead_letters"
    SEND_LOG = "send_log"
    """The newest lines of the agent's own log."""
    TAKE_PICTURE = "take_picture"
    CALIBRATE_PLANE = "calibrate_plane"
    FIND_BOARD = "find_board"
    TRY_TOOL = "try_tool"
    MEASURE = "measure"
    """Take a picture and book what the camera's tools find in it."""
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
    CommandKind.TAKE_PICTURE: 30,
    CommandKind.CALIBRATE_PLANE: 120,
    CommandKind.FIND_BOARD: 30,
    CommandKind.TRY_TOOL: 30,
    CommandKind.MEASURE: 30,
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


class TestRead(Request):
    """Read one configured tag, or a stretch of registers (or bits) of one configured device, now.

    Attributes:
        tag_id: decoded as configured. Without it `device_id`, `table` and `address` say what to read, and the answer
            holds registers only: `registers.decode` reads them in any way.
    """

    __test__ = False  # for pytest, which takes classes called Test… for its own

    tag_id: UUID | None = None
    device_id: UUID | None = None
    table: RegisterTable | None = None
    address: Annotated[int, Field(ge=0, le=65_535)] | None = None
    count: Annotated[int, Field(ge=1, le=125)] = 1

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        place = (self.device_id, self.table, self.address)
        if self.tag_id is not None and any(part is not None for part in place):
            raise ValueError("name a tag, or registers of a device, not both")
        if self.tag_id is None and any(part is None for part in place):
            raise ValueError("name a tag_id, or device_id, table and address")
        if self.address is not None and self.address + self.count > 65_536:
            raise ValueError(f"{self.count} from address {self.address} end past 65535")
        return self


class ListDeadLetters(Request):
    """Dead letters of the agent by sequence above `after`, as many as fit one answer."""

    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 100


Sequences = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=1000)]


class RetryDeadLetters(Request):
    """Send these once more. `epoch` is that of the list they were seen in: another buffer numbers others so."""

    epoch: UUID
    sequences: Sequences


class DiscardDeadLetters(RetryDeadLetters):
    """Give these up for good."""

    reason: Annotated[Text, Field(min_length=3)]


class SendLog(Request):
    """The newest lines of the agent's own log."""

    lines: Annotated[int, Field(ge=1, le=1000)] = 200


PARAMETERS: dict[CommandKind, type[Request]] = {
    CommandKind.TEST_READ: TestRead,
    CommandKind.LIST_DEAD_LETTERS: ListDeadLetters,
    CommandKind.RETRY_DEAD_LETTERS: RetryDeadLetters,
    CommandKind.DISCARD_DEAD_LETTERS: DiscardDeadLetters,
    CommandKind.SEND_LOG: SendLog,
    CommandKind.TAKE_PICTURE: TakePicture,
    CommandKind.CALIBRATE_PLANE: CalibratePlane,
    CommandKind.FIND_BOARD: FindBoard,
    CommandKind.TRY_TOOL: TryTool,
    CommandKind.MEASURE: Measure,
}
"""What `parameters` of each kind hold."""


class CommandCreate(Request):
    """`POST /agents/{id}/commands`; `parameters` are those of `PARAMETERS[kind]`."""

    kind: CommandKind
    parameters: Annotated[dict[str, Any], Field(default_factory=dict)]

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: CommandKind) -> CommandKind:
        if kind not in PARAMETERS:
            raise ValueError(f"there is no such command; there are {', '.join(PARAMETERS)}")
        return kind


class TestReadAnswer(Answer):
    """`answer` of a test read.

    Attributes:
        registers: as they came: four hexadecimal digits each; of a bit table `0` or `1`. Empty when nothing came.
        value, raw, quality: of a tag, as the agent would book it; of bare registers the quality alone.
        reason: why the value is not good, in words.
        exception: the Modbus exception code, where the device gave one.
        seconds: from asking the device to its reply, or to giving up.
    """

    __test__ = False

    device_id: UUID
    tag_id: UUID | None = None
    table: RegisterTable
    address: int
    registers: tuple[str, ...] = ()
    value: Value = None
    raw: int | float | str | None = None
    quality: Quality
    reason: str | None = None
    exception: int | None = None
    seconds: float

    @property
    def words(self) -> tuple[int, ...]:
        """The registers (0 to 65,535) or bits as numbers, as `registers.decode` and `byte_orders` take them."""
        return tuple(int(register, 16) for register in self.registers)


class DeadLetterAnswer(Answer):
    """An event the server refused for good, as its agent keeps it; `event` is what was sent, without `seq`."""

    seq: int
    kind: str
    code: str
    message: str
    refused_at: Instant
    event: dict[str, Any]


class DeadLettersAnswer(Answer):
    """`answer` of a list of dead letters; `total` wait in all, `next_after` is None on the last page."""

    epoch: UUID
    letters: list[DeadLetterAnswer]
    total: int
    next_after: int | None = None


class DeadLettersDone(Answer):
    """`answer` of a retry or a discard: how many of those named were still waiting and are dealt with."""

    done: int


class LogAnswer(Answer):
    """`answer` of a log: lines, oldest first; secrets are left out."""

    lines: list[str]


ANSWERS: dict[CommandKind, type[BaseModel]] = {
    CommandKind.TEST_READ: TestReadAnswer,
    CommandKind.LIST_DEAD_LETTERS: DeadLettersAnswer,
    CommandKind.RETRY_DEAD_LETTERS: DeadLettersDone,
    CommandKind.DISCARD_DEAD_LETTERS: DeadLettersDone,
    CommandKind.SEND_LOG: LogAnswer,
    CommandKind.TAKE_PICTURE: TakenPicture,
    CommandKind.CALIBRATE_PLANE: CalibratedPlane,
    CommandKind.FIND_BOARD: FoundBoard,
    CommandKind.TRY_TOOL: TriedTool,
    CommandKind.MEASURE: MeasuredPicture,
}
"""What `answer` of each kind holds when its state is `done`."""
