"""Which entries of people the server set aside: asked for with heartbeats, so that the page tells who made them."""

from __future__ import annotations

from unison_domain.kernel.contracts import Page
from unison_domain.stations.quarantine_contracts import Decision
from unison_domain.stations.set_aside_words import SetAsideWord

from unison_station.operator.office_question import Asker, answer_of, by_this_clock
from unison_station.store.dead_letters import Outcome
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
        if self._store.outgoing.waits(("command_answered",)):
            return  # it may say that something was discarded, for which the server then knows a reason
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        if (page := answer_of(transport, PATH, (), Page[SetAsideWord])) is None:
            return
        known = [kept for word in page.items if (kept := self._kept(word)) is not None]
        words = [by_this_clock(word, line, "said_at", "started_at") for word in known]
        self._desk.set_aside.learn(words, self._engine)

    def _kept(self, word: SetAsideWord) -> SetAsideWord | None:
        """As it is among the dead letters here, where it is one; None of what is none any more."""
        is_numbered = word.is_refused and word.epoch == self._store.outgoing.epoch
        outcome = self._store.dead_letters.outcome(word.seq) if is_numbered else None
        match outcome:
            case Outcome.RETRIED:  # it came under another number
                return None
            case Outcome.DISCARDED if word.decision is None:  # at this PC: no server knows by whom
                return word.model_copy(update={"decision": Decision.DISCARDED})
            case None if word.is_refused and word.decision is None:
                return None
        return word
