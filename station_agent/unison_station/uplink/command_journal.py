"""Which commands were begun and answered, kept with the events: none is carried out twice, whatever is killed.

A command is noted before it is begun, and its answer is committed together with the note that it is answered. What a
kill left in between is answered by the next start: nobody knows whether it took effect.
"""

from __future__ import annotations

from uuid import UUID

from unison_domain.stations.events import CommandAnswered

from unison_station.store import Store

KEPT = 2_000
"""Notes of so many commands are kept; their ids grow with time, so the oldest go first."""

_BEGUN, _DONE = b"begun", b"done"
_PREFIX = "command:"
INTERRUPTED = "The agent was stopped while it carried this out: look whether it took effect before you ask again"


class Journal:
    """The notes of one buffer. For one thread."""

    def __init__(self, store: Store) -> None:
        """Read what is noted."""
        self._store = store
        state = store.load_state()
        self._notes = {UUID(key.removeprefix(_PREFIX)): note for key, note in state.items() if key.startswith(_PREFIX)}

    def knows(self, command_id: UUID) -> bool:
        """The command was begun, by this run or an earlier one."""
        return command_id in self._notes

    def begin(self, command_id: UUID) -> None:
        """Note that the command is about to be carried out.

        Raises:
            StoreError: it is not noted, so it must not be carried out.
        """
        self._store.commit([], {_key(command_id): _BEGUN})
        self._notes[command_id] = _BEGUN

    def answer(self, answer: CommandAnswered) -> None:
        """Send what came of it.

        Raises:
            StoreError: the next start will say that the command was interrupted.
        """
        self._store.commit([answer], {_key(answer.command_id): _DONE})
        self._notes[answer.command_id] = _DONE

    def leave(self, command_id: UUID) -> None:
        """Nothing was done about it and nothing is to be said: its time was over.

        Raises:
            StoreError: the next start will say that it was interrupted.
        """
        self._store.commit([], {_key(command_id): _DONE})
        self._notes[command_id] = _DONE

    def settle(self) -> None:
        """Answer what an earlier run began and did not end, and forget the oldest notes.

        Raises:
            StoreError: it is tried again by the next start.
        """
        for command_id in [id_ for id_, note in self._notes.items() if note == _BEGUN]:
            now = self._store.clock.now()
            self.answer(CommandAnswered(at=now, command_id=command_id, ok=False, message=INTERRUPTED))
        old = sorted(self._notes)[:-KEPT]
        if old:
            self._store.forget_state([_key(command_id) for command_id in old])
            for command_id in old:
                del self._notes[command_id]


def _key(command_id: UUID) -> str:
    return f"{_PREFIX}{command_id}"
