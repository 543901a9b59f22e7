"""How far one database has read the events of another: a row of the reader, moved with what it made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

_STATE = text("select key, value #>> '{}' as value from platform_settings where key like 'events.%'")
_SEEN = text("select value ->> 'epoch', (value ->> 'position')::bigint from platform_settings where key = :key")
_LOCK = text("select (value ->> 'position')::bigint from platform_settings where key = :key for update")
_MOVE = text("""
    insert into platform_settings (key, value)
    values (:key, jsonb_build_object('epoch', cast(:epoch as text), 'position', cast(:position as bigint)))
    on conflict (key) do update set value = excluded.value
""")


class State(NamedTuple):
    """Of the events that are read: the last position given, and the last that was forgotten."""

    epoch: str
    position: int
    pruned_through: int


class Seen(NamedTuple):
    """How far they were read, and in which epoch positions are meant."""

    epoch: str
    position: int


def state_of(connection: Connection) -> State:
    """Of the database whose events are read. All positions up to the last are committed."""
    state = {str(key): str(value) for key, value in connection.execute(_STATE)}
    return State(state["events.epoch"], int(state["events.position"]), int(state["events.pruned_through"]))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A reader's place, under the name of a platform setting; as the system role."""

    name: str

    def read(self, connection: Connection) -> Seen | None:
        """Where it stands; None where it never read."""
        row = connection.execute(_SEEN, {"key": self.name}).one_or_none()
        return Seen(row[0], row[1]) if row else None

    def lock(self, connection: Connection) -> int:
        """Its position, which nobody else moves until this transaction ends."""
        return int(connection.execute(_LOCK, {"key": self.name}).scalar_one())

    def move(self, connection: Connection, epoch: str, position: int) -> None:
        """It has read up to there."""
        connection.execute(_MOVE, {"key": self.name, "epoch": epoch, "position": position})


class Lookout:
    """Whether the events that are read went on since a step came to their end: the look of a worker (`dispatcher`).

    Attributes:
        reached: where that end was; None until a step came to it.
    """

    def __init__(self, source: Engine) -> None:
        """Of the database whose events are read."""
        self.reached: State | None = None
        self._source = source

    def is_behind(self, _reader: Connection) -> bool:
        """Whether a step has something to do."""
        with self._source.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return state_of(connection) != self.reached
