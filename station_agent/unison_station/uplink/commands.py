"""Fetches commands and carries them out one after another, each at most once and none after its time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from unison_domain.kernel.contracts import Page
from unison_domain.stations.camera_commands import Measure
from unison_domain.stations.commands import PARAMETERS, CommandConfiguration, CommandKind
from unison_domain.stations.events import CommandAnswered

from unison_station.clock import ServerTime
from unison_station.store import Store
from unison_station.uplink.command_journal import Journal
from unison_station.uplink.transport import Transport, Unreachable

PATH = "/api/v1/stations/me/commands"
_LONGEST_MESSAGE = 2000

log = logging.getLogger(__name__)

Handler = Callable[[Any, float | None], BaseModel]
"""Carries one kind out: its parameters, and how many seconds are left to begin (None: any) → the answer."""


class CommandFailed(Exception):
    """It can't be done; the message tells a person why and what to do."""


class TooLate(Exception):
    """Its time was over before it could be begun; nothing was done."""


class Runner:
    """For one thread, on a connection of its own: no command delays an event or a heartbeat."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        server_time: ServerTime,
        handlers: Mapping[CommandKind, Handler],
    ) -> None:
        """Answer at once what an earlier run left half done."""
        self._store = store
        self._transport = transport
        self._server_time = server_time
        self._handlers = handlers
        self._journal: Journal | None = None

    def replace_transport(self, transport: Transport) -> None:
        """Go on with another token."""
        self._transport.close()
        self._transport = transport

    def close(self) -> None:
        """Close the connection; on the thread that takes the steps."""
        self._transport.close()

    def step(self) -> None:
        """Do what the server wants done now.

        Raises:
            StoreError: the buffer refuses; what was not begun is fetched again.
        """
        journal = self._settled()
        try:
            answer = self._transport.get(PATH, {})
        except Unreachable:
            return  # a heartbeat tells again that something waits
        if answer.status != 200:
            return
        try:
            commands = Page[CommandConfiguration].model_validate_json(answer.body).items
        except ValidationError as error:
            log.warning("commands of the server can not be read: %s", error)
            return
        for command in commands:
            if not journal.knows(command.id):
                self._do(journal, command)

    def _settled(self) -> Journal:
        if self._journal is None:
            journal = Journal(self._store)
            journal.settle()
            self._journal = journal
        return self._journal

    def _do(self, journal: Journal, command: CommandConfiguration) -> None:
        seconds = self._seconds_left(command)
        if seconds is not None and seconds <= 0:
            return
        journal.begin(command.id)
        try:
            ok, message, answer = True, None, self._carried_out(command, seconds)
        except TooLate:
            journal.leave(command.id)
            return
        except CommandFailed as failure:
            ok, message, answer = False, str(failure)[:_LONGEST_MESSAGE], {}
        except Exception as fault:
            log.exception("command %s met a fault of the program", command.kind)
            ok, message, answer = False, f"The agent met a fault of its program: {fault!r}"[:_LONGEST_MESSAGE], {}
        now = self._store.clock.now()
        journal.answer(
            CommandAnswered(
                at=now, command_id=command.id, ok=ok, message=message and clean(message), answer=clean(answer)
            )
        )

    def _carried_out(self, command: CommandConfiguration, seconds: float | None) -> dict[str, Any]:
        handler = self._handlers.get(command.kind)
        if handler is None:
            raise CommandFailed("This agent does not know such a command: update it")
        try:
            parameters = PARAMETERS[command.kind].model_validate(command.parameters)
        except ValidationError as error:
            raise CommandFailed(f"The command can not be read: {error}") from None
        if isinstance(parameters, Measure):
            parameters = parameters.model_copy(update={"command_id": command.id})
        return handler(parameters, seconds).model_dump(mode="json")

    def _seconds_left(self, command: CommandConfiguration) -> float | None:
        """By the server's clock; None for a command that never expires."""
        if command.expires_at is None:
            return None
        ahead = self._server_time.ahead
        if ahead is None:
            return 0.0  # whether it is too late can't be known; the server gives it again
        return command.expires_at.timestamp() - ahead - self._store.clock.monotonic()


def clean(value: Any) -> Any:
    """JSON values with every text as the server can store it: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value
