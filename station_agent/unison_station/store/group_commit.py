"""Fewer, larger commits: samples wait a moment for company, everything else is durable at once."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from threading import Condition, Thread
from typing import Self

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


class GroupCommit:
    """The door through which the engine writes. Safe to use from several threads; order is the order of calls.

    While the buffer refuses, samples are counted as lost and told by a `gap` event with the next commit that works;
    anything else raises, so that its maker does not advance.

    Attributes:
        problem: why the last writing failed; None since it works again.
    """

    def __init__(self, store: Store) -> None:
        """Begin a thread that commits what waited long enough and does the store's upkeep."""
        self._store = store
        self._events: list[Event] = []
        self._state: dict[str, bytes] = {}
        self._due: float | None = None
        self._lost: Counter[str] = Counter()
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
                self._flush(events, state or {})
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
        states = {**self._state, **state}
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
        self._lost.clear()
        self._due = None
        self.problem = None

    def _gaps(self) -> list[Gap]:
        if not self._lost:
            return []
        message = "samples refused while the buffer or the disk had no room"
        return [Gap(at=self._store.clock.now(), reason="buffer_full", lost=dict(self._lost), message=message)]

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
