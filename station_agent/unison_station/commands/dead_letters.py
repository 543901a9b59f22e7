"""Dead letters from afar: listed, sent once more, given up with a reason."""

from __future__ import annotations

import logging
from uuid import UUID

from unison_domain.stations.commands import (
    DeadLetterAnswer,
    DeadLettersAnswer,
    DeadLettersDone,
    DiscardDeadLetters,
    ListDeadLetters,
    RetryDeadLetters,
)

from unison_station.store import Store, StoreError
from unison_station.store.dead_letters import DeadLetter
from unison_station.uplink.commands import CommandFailed

MOST_BYTES = 150_000
"""What a page of letters takes at most, so that its answer fits a batch; one alone may take more."""

log = logging.getLogger(__name__)


class DeadLetterDesk:
    """The handlers of one buffer's dead letters."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, wanted: ListDeadLetters, _seconds: float | None) -> DeadLettersAnswer:
        """The next page."""
        found = self._store.dead_letters.list(wanted.after, wanted.limit + 1)
        fitting = _fitting(found[: wanted.limit])
        return DeadLettersAnswer(
            epoch=self._store.outgoing.epoch,
            letters=[self._told(letter) for letter in fitting],
            total=self._store.dead_letters.count(),
            next_after=fitting[-1].seq if len(found) > len(fitting) else None,
        )

    def retry(self, wanted: RetryDeadLetters, _seconds: float | None) -> DeadLettersDone:
        """Send some once more. Raises CommandFailed: the list is of another buffer, or the disk refuses."""
        self._demand_epoch(wanted.epoch)
        try:
            return DeadLettersDone(done=self._store.dead_letters.retry(wanted.sequences))
        except StoreError as error:
            raise CommandFailed(f"None is sent again: {error}") from None

    def discard(self, wanted: DiscardDeadLetters, _seconds: float | None) -> DeadLettersDone:
        """Give some up. Raises CommandFailed: the list is of another buffer, or the disk refuses."""
        self._demand_epoch(wanted.epoch)
        try:
            done = self._store.dead_letters.discard(wanted.sequences, wanted.reason)
        except StoreError as error:
            raise CommandFailed(f"None is discarded: {error}") from None
        log.warning(
            "dead letters %s were discarded from the office: %s", ", ".join(map(str, wanted.sequences)), wanted.reason
        )
        return DeadLettersDone(done=done)

    def _demand_epoch(self, seen: UUID) -> None:
        if seen != self._store.outgoing.epoch:
            raise CommandFailed("The buffer of this agent began anew since the list was made: list its letters again")

    def _told(self, letter: DeadLetter) -> DeadLetterAnswer:
        return DeadLetterAnswer(
            seq=letter.seq,
            kind=letter.kind,
            code=letter.code,
            message=letter.message,
            refused_at=self._store.timeline.line.stamp(letter.refused_at),
            event=letter.event,
        )


def _fitting(letters: list[DeadLetter]) -> list[DeadLetter]:
    """As many from the beginning as fit one answer, at least one if there is any."""
    size = 0
    for number, letter in enumerate(letters):
        size += len(letter.body) + len(letter.message)
        if number and size > MOST_BYTES:
            return letters[:number]
    return letters
