"""The calls of this agent's machines as the server has them: asked for with heartbeats, seldom while none is open here.

So the page shows what the desktop said, and what the PC before this one told.
"""

from __future__ import annotations

from unison_domain.kernel.contracts import Page
from unison_domain.machines.calls import CallAnswer

from unison_station.operator.office_question import Asker, answer_of, by_this_clock
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/machine-calls"
MOST_ASKED = 100
SELDOM_SECONDS = 15.0


class Answers(Asker):
    """Has the desk learn what it was told."""

    def ask(self, transport: Transport) -> None:
        """Ask once, if a call is open or it is time, and the server knows all that was said here about calls."""
        line = self._store.timeline.line
        calls, here = self._desk.floor.calls, self._desk.places.station_of
        asked = {id_: call for id_, call in calls.items() if call.life.is_open and call.machine_id in here}
        if (not asked and self._monotonic() < self._due) or line.correction is None:
            return
        if self._store.outgoing.waits(("call_changed",)):
            return
        if any(call.machine_id not in here for call in calls.values()):
            self._desk.forget_calls(self._engine)
        self._due = self._monotonic() + SELDOM_SECONDS
        query = [("ids", str(id_)) for id_ in list(asked)[-MOST_ASKED:]]
        page = answer_of(transport, PATH, query, Page[CallAnswer])
        if page is not None and page.items:
            told = [by_this_clock(answer, line, "called_at", "answered_at", "arrived_at") for answer in page.items]
            self._desk.learn(told, asked, self._engine)
