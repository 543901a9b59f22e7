"""Which entries of people the server set aside: asked for with heartbeats, so that the page tells who made them."""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Page
from unison_domain.stations.set_aside_words import SetAsideWord

from unison_station.operator.office_question import Asker, answer_of, by_this_clock
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/set-aside"
ASKED_EVERY_SECONDS = 15.0


class OfficeSetAside(Asker):
    """Has the desk learn what it was told."""

    def ask(self, transport: Transport) -> None:
        """Ask once, if it is time and the server's clock is known; where none answers, what was told last stands."""
        line = self._store.timeline.line
        if self._monotonic() < self._due or line.correction is None:
            return
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        if (page := answer_of(transport, PATH, (), Page[SetAsideWord])) is None:
            return
        known = [word for word in page.items if not word.is_refused or self._keeps(word.epoch, word.seq)]
        words = [by_this_clock(word, line, "said_at", "started_at") for word in known]
        self._desk.set_aside.learn(words, self._engine)

    def _keeps(self, epoch: UUID, seq: int) -> bool:
        """Whether it is still a dead letter: what was sent again came under another number."""
        return epoch == self._store.outgoing.epoch and self._store.dead_letters.is_open(seq)
