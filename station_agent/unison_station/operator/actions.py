"""What a page may ask for, and how it is refused."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr, TypeAdapter
from unison_domain.codes.events import LONGEST_SCAN
from unison_domain.kernel.contracts import Instant, Name, Request
from unison_domain.machines.calls import CallKind
from unison_domain.machines.contracts import MachineState
from unison_domain.quality.events import ReadValue


class _Action(Request):
    """`id` is made by the page, once per tap: an action counts once, however often it comes."""

    id: UUID
    person: Name | None = None


class SayState(_Action):
    """The machine does this from now on; where its signals say otherwise, that is an override."""

    do: Literal["state"]
    machine_id: UUID
    state: MachineState


class SayReason(_Action):
    """Why the machine stood from `started_at` on; `seen_reason_id` is what the page showed before."""

    do: Literal["reason"]
    machine_id: UUID
    started_at: Instant
    reason_id: UUID
    seen_reason_id: UUID | None = None


class MakeCall(_Action):
    """Somebody is needed at the machine."""

    do: Literal["call"]
    machine_id: UUID
    called: CallKind


class MoveCall(_Action):
    """Who was called is there, or is done; or nobody needs to come any more."""

    do: Literal["arrived", "done", "withdrawn"]
    call_id: UUID


class Undo(_Action):
    """Take back the action `undoes`, a moment after it."""

    do: Literal["undo"]
    undoes: UUID


class TypeScan(_Action):
    """A code that could not be read, typed."""

    do: Literal["scan"]
    station_id: UUID
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_SCAN)]


class TypeReading(_Action):
    """A value that was read off, typed."""

    do: Literal["reading"]
    station_id: UUID
    characteristic_id: UUID
    value: ReadValue


class TakeBack(_Action):
    """A scan or reading among the last ones does not count."""

    do: Literal["take_back"]
    taking_id: UUID


class SayName(_Action):
    """Who works at the station from now on; nobody in particular where `name` is None."""

    do: Literal["name"]
    station_id: UUID
    name: Name | None = None


class SignOnByPin(_Action):
    """Somebody signs on by name and PIN."""

    do: Literal["sign_on"]
    station_id: UUID
    user_id: UUID
    pin: Annotated[SecretStr, Field(min_length=1, max_length=20)]


class AwaitBadge(_Action):
    """A page waits for a badge at its scanner for a while, said again while it does; or waits no more.

    `confirms`: of who confirms an override, which signs nobody on.
    """

    do: Literal["await_badge"]
    station_id: UUID
    waits: bool
    confirms: bool = False


class AskGauge(_Action):
    """A gauge shall give its value now."""

    do: Literal["ask"]
    peripheral_id: UUID


class SeeSetAside(_Action):
    """Somebody has seen that an entry was set aside, as the page told it; `sight` is what it told."""

    do: Literal["seen"]
    sight: Annotated[str, Field(min_length=1, max_length=60)]


Action = SayState | SayReason | MakeCall | MoveCall | Undo | TypeScan | TypeReading | TakeBack
"""What becomes an event."""


class Confirm(Request):
    """An override is done because somebody with the right stands behind it: with the badge at hand, and this PIN."""

    do: Literal["confirm"]
    station_id: UUID
    pin: Annotated[SecretStr, Field(min_length=1, max_length=20)]
    act: Annotated[Action, Field(discriminator="do")]


Wish = Action | SayName | SignOnByPin | AwaitBadge | AskGauge | SeeSetAside | Confirm

ACTION: TypeAdapter[Wish] = TypeAdapter(Annotated[Wish, Field(discriminator="do")])


class Refused(Exception):
    """An action that is not done. `code` is what the page translates, with `parameters`; `status` is HTTP's."""

    def __init__(self, code: str, words: str, status: int = 409, **parameters: str) -> None:
        super().__init__(words)
        self.code = code
        self.status = status
        self.parameters = parameters
