"""What others counted today of this agent's machines: asked for with heartbeats; the page shows the whole day by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from unison_domain.kernel.contracts import Page
from unison_domain.machines.day_counts import ElsewhereDay

from unison_station.engine.engine import Engine
from unison_station.operator.day_counts import DayCounts
from unison_station.operator.desk import Desk
from unison_station.operator.office_question import Asker, answer_of
from unison_station.store import Store
from unison_station.uplink.transport import Transport

LONGEST_DAY = timedelta(hours=26)
PATH = "/api/v1/stations/me/day-counts"
SOON_SECONDS = 15.0
"""How often is asked until the server tells of today."""
STILL_SECONDS = 60.0
"""How often where others counted today: what they kept may still be on its way."""
SELDOM_SECONDS = 300.0
"""How often where nobody else did: the server looks through the whole day for it."""


class OfficeCounts(Asker):
    """Has the desk learn what it was told."""

    def __init__(
        self, desk: Desk, engine: Engine, store: Store, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(desk, engine, store, monotonic)
        self._asked_for: object = None

    def ask(self, transport: Transport) -> None:
        """Ask once, if it is time: also when other machines are counted here than before, or another day began."""
        counts, outgoing = self._desk.floor.counts, self._store.outgoing
        if outgoing.is_begun_anew and counts.epochs != (outgoing.epoch,):
            self._due = 0.0
            self._desk.recount(self._begun_anew, self._engine)
            return
        days = self._desk.places.days_of(counts.since, self._store.timeline.settled_now)
        asked_for = (frozenset(counts.since), days)
        if self._monotonic() < self._due and asked_for == self._asked_for:
            return
        self._asked_for = asked_for
        self._due = self._monotonic() + SOON_SECONDS
        if not counts.since:
            return
        epochs = counts.living(outgoing.epoch).epochs
        query = [("epochs", str(epoch)) for epoch in epochs]
        if (page := answer_of(transport, PATH, query, Page[ElsewhereDay])) is None:
            return  # the page then says since when it counts itself
        told = page.items
        is_some = any(day.good or day.scrap or day.total for day in told)
        self._due = self._monotonic() + (STILL_SECONDS if is_some else SELDOM_SECONDS)
        self._desk.recount(lambda counts, _now: counts.living(epochs[-1]).told(told), self._engine)

    def _begun_anew(self, counts: DayCounts, now: datetime) -> DayCounts:
        """What this life of the buffer counted, which may be on its way yet; of those before the server tells."""
        outgoing, line, zones = self._store.outgoing, self._store.timeline.line, self._desk.places.zones
        counts = counts.begun_anew(outgoing.epoch, now)
        for event in reversed(list(outgoing.counts_since(now - LONGEST_DAY))):
            if event.machine_id is not None:
                counts = counts.after(event.machine_id, event, zones.get(event.machine_id, UTC), line)
        return counts
