"""Fewer, larger commits: samples wait a moment for company, everything else is durable at once."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from threading import Condition, Thread
from typing import Self

import orjson
from unison_domain.stations.events import Event, Gap

from unison_station.store.errors import StoreError
from unison_station.store.rows import SACRIFICED
from unison_station.store.store import Store

log = logging.getLogger(__name__)

MOMENT_SECONDS = 0.2
ROWS = 200
"""Samples are committed after so long, or when there are so many."""

RETRY_SECONDS = 1.0
"""How soon writing is tried again after it failed."""

MAINTENANCE_SECONDS = 60.0

TELL_SECONDS = 60.0
"""How often losses that go on are told: each `gap` takes room on the disk that has none."""

LOST_KEY = "samples lost, not told yet"
"""Kept with the state, so that a kill doesn't lose the count of what was lost."""


class GroupCommit:
    """The door through which the engine writes. Safe to use from several threads; order is the order of calls.

    While the buffer refuses, samples are counted as lost; anything else raises, so that its maker does not advance. A
    `gap` event tells the losses, at once when they begin, then once a minute, and when samples are taken again.

    Attributes:
        problem: why the last writing failed; None since it works again.
    """

    def __init__(self, store: Store) -> None:
        """Begin a thread that commits what waited long enough and does the store's upkeep."""
        self._store = store
        self._events: list[Event] = []
        self._state: dict[str, bytes] = {}
        self._due: float | None = None
        self._lost = _untold(store)
        self._kept_lost = self._lost.total()
        self._tell_at = store.clock.monotonic()
        self.problem: StoreError | None = None
        self._closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Commit what waits."""
        self.close()

    def add(self, events: Sequence[Event], state: Mapping[str, bytes] | None = None, *, at_once: bool = False) -> None:
        """Take events and the states they came from. Durable on return `at_once`, and unless all are samples.

        Raises:
            StoreFull, StoreUnavailable: this call's events and states were not taken; earlier ones wait on.
        """
        urgent = at_once or any(event.kind != SACRIFICED for event in events)
        with self._changed:
            if urgent:
                self._flush_at_once(events if at_once else self._affordable(events), state or {}, len(events))
                return
            self._state.update(state or {})
            if self.problem is None and self._store.takes_samples:
                self._events.extend(events)
            elif events:
                self._lost[SACRIFICED] += len(events)
            if self.problem is not None:
                self._wait(RETRY_SECONDS)
            elif len(self._events) >= ROWS:
                self._flush_what_waits()
            else:
                self._wait(MOMENT_SECONDS if self._events or self._state else MAINTENANCE_SECONDS)

    def flush(self) -> None:
        """Make everything taken so far durable.

        Raises:
            StoreFull, StoreUnavailable: it waits on.
        """
        with self._changed:
            self._flush((), {})

    def close(self) -> None:
        """Commit what waits and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self.flush()

    def _flush(self, events: Sequence[Event], state: Mapping[str, bytes]) -> None:
        gaps = self._gaps()
        written = [*self._events, *gaps, *events]
        states = {**self._state, **state, **self._untold(bool(gaps))}
        if not written and not states:
            return
        try:
            self._store.commit(written, states)
        except StoreError as error:
            if self.problem is None:
                log.warning("samples are lost until the buffer takes events again: %s", error)
            self.problem = error
            raise
        self._events.clear()
        self._state.clear()
        if gaps:
            self._lost.clear()
            self._tell_at = self._store.clock.monotonic() + TELL_SECONDS
        self._kept_lost = self._lost.total()
        self._due = None
        self.problem = None

    def _affordable(self, events: Sequence[Event]) -> Sequence[Event]:
        """Without samples while the disk is too full for them."""
        if self._store.takes_samples:
            return events
        return [event for event in events if event.kind != SACRIFICED]

    def _flush_at_once(self, events: Sequence[Event], state: Mapping[str, bytes], given: int) -> None:
        """What of the `given` events is not among these is lost, unless all of them come again."""
        lost = given - len(events)
        self._lost[SACRIFICED] += lost
        try:
            self._flush(events, state)
        except StoreError:
            self._lost[SACRIFICED] -= lost
            raise

    def _gaps(self) -> list[Gap]:
        is_due = self._closed or self._store.clock.monotonic() >= self._tell_at
        if not self._lost.total() or not (is_due or self._store.takes_samples):
            return []
        message = "samples refused while the buffer or the disk had no room"
        return [Gap(at=self._store.clock.now(), reason="buffer_full", lost=dict(self._lost), message=message)]

    def _untold(self, is_told: bool) -> dict[str, bytes]:
        """What the next start has to tell, where it is not what is kept already."""
        untold = Counter[str]() if is_told else self._lost
        return {} if untold.total() == self._kept_lost else {LOST_KEY: orjson.dumps(untold)}

    def _flush_what_waits(self) -> None:
        try:
            self._flush((), {})
        except StoreError:
            self._due = None
            self._wait(RETRY_SECONDS)

    def _wait(self, seconds: float) -> None:
        due = self._store.clock.monotonic() + seconds
        if self._due is None or due < self._due:
            self._due = due
            self._changed.notify()

    def _run(self) -> None:
        upkeep = self._store.clock.monotonic() + MAINTENANCE_SECONDS
        while True:
            with self._changed:
                if self._closed:
                    return
                now = self._store.clock.monotonic()
                due = upkeep if self._due is None else min(upkeep, self._due)
                if due > now:
                    self._changed.wait(due - now)
                    continue
                if self._due is not None and self._due <= now:
                    self._flush_what_waits()
            if upkeep <= now:
                upkeep = now + MAINTENANCE_SECONDS
                self._maintain()

    def _maintain(self) -> None:
        try:
            self._store.maintain()
        except StoreError as error:
            log.warning("the buffer's upkeep waits: %s", error)


def _untold(store: Store) -> Counter[str]:
    """What an earlier run lost and did not come to tell; nothing where that is damaged."""
    kept = store.load_state().get(LOST_KEY, b"{}")
    try:
        return Counter({str(kind): int(lost) for kind, lost in orjson.loads(kept).items()})
    except (ValueError, TypeError, AttributeError):
        return Counter()
