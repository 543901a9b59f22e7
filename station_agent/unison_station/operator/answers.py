"""The calls of this agent's machines as the server has them: asked for with heartbeats, seldom while none is open here.

So the page shows what the desktop said, and what the PC before this one told.
"""

from __future__ import annotations

from datetime import datetime

from unison_domain.kernel.contracts import Page
from unison_domain.machines.calls import CallAnswer

from unison_station.clock import Line
from unison_station.operator.office_question import Asker, answer_of
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/machine-calls"
MOST_ASKED = 100
SELDOM_SECONDS = 15.0


class Answers(Asker):
    """Has the desk learn what it was told."""

    def ask(self, transport: Transport) -> None:
        """Ask once, if a call is open or it is time, and the server knows all that was said here about calls."""
        line = self._store.timeline.line
        asked = {id_: call for id_, call in self._desk.floor.calls.items() if call.life.is_open}
        if (not asked and self._monotonic() < self._due) or line.correction is None:
            return
        if self._store.outgoing.waits(("call_changed",)):
            return
        self._due = self._monotonic() + SELDOM_SECONDS
        query = [("ids", str(id_)) for id_ in list(asked)[-MOST_ASKED:]]
        page = answer_of(transport, PATH, query, Page[CallAnswer])
        if page is not None and page.items:
            self._desk.learn([_by(line, answer) for answer in page.items], asked, self._engine)


def _by(line: Line, answer: CallAnswer) -> CallAnswer:
    """With its moments by this PC's clock, as all that the page shows."""

    def here(moment: datetime | None) -> datetime | None:
        return None if moment is None else line.stamp(moment)

    moments = ("called_at", "answered_at", "arrived_at")
    return answer.model_copy(update={name: here(getattr(answer, name)) for name in moments})
