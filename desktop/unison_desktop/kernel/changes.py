"""Who changed what: pages listen here, whether the server told it or this program did it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

THROTTLE_MS = 100
AT_ONCE = 3
"""What changes now and then is on screen at once, also when two things change in the same instant."""


@dataclass(frozen=True, slots=True)
class Change:
    """Things of one kind changed.

    Attributes:
        topic: `room.thing.past_verb`; empty when anything may have changed (after a gap in the stream).
        ids: what changed; None when anything of the topic may have.
    """

    topic: str
    ids: frozenset[UUID] | None

    def concerns(self, prefixes: Iterable[str]) -> bool:
        """Whether a listener to these beginnings of topics, e.g. `machines.machine`, should look."""
        return not self.topic or any(self.topic.startswith(prefix) for prefix in prefixes)

    def names(self, entity: UUID) -> bool:
        """Whether this thing may have changed."""
        return self.ids is None or entity in self.ids


class Changes(QObject):
    """Announces changes: of each topic a few at once, in the long run ten a second, each with all that came meanwhile.

    Signals:
        changed: a `Change`.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None, *, throttle_ms: int = THROTTLE_MS) -> None:
        super().__init__(parent)
        self._throttle_ms = throttle_ms
        self._topics: dict[str, _Topic] = {}

    def announce(self, topic: str, ids: Iterable[UUID] | None) -> None:
        """Tell everybody that these things (None: any of the topic) changed."""
        if topic not in self._topics:
            self._topics[topic] = _Topic(topic, self._throttle_ms, self)
        self._topics[topic].add(None if ids is None else frozenset(ids))

    def announce_all(self) -> None:
        """Tell everybody that anything may have changed: what is on screen must be read again."""
        self.changed.emit(Change("", None))


class _Topic(QObject):
    """Collects the changes of one topic while it has been announced too often: a bucket filled every 100 ms."""

    def __init__(self, topic: str, throttle_ms: int, hub: Changes) -> None:
        super().__init__(hub)
        self._topic = topic
        self._hub = hub
        self._pending: list[frozenset[UUID] | None] = []
        self._left = AT_ONCE
        self._refill = QTimer(self, interval=throttle_ms)
        self._refill.timeout.connect(self._on_refill)

    def add(self, ids: frozenset[UUID] | None) -> None:
        self._pending.append(ids)
        if self._left:
            self._flush()

    def _on_refill(self) -> None:
        self._left += 1
        if self._pending:
            self._flush()
        if self._left == AT_ONCE:
            self._refill.stop()

    def _flush(self) -> None:
        known = [ids for ids in self._pending if ids is not None]
        ids = frozenset().union(*known) if len(known) == len(self._pending) else None
        self._pending.clear()
        self._left -= 1
        if not self._refill.isActive():
            self._refill.start()
        self._hub.changed.emit(Change(self._topic, ids))
