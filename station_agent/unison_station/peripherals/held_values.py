"""What a gauge sent that may have been a hand's or a stream's: told unless the stream goes on."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError


class HeldValue(NamedTuple):
    """What is told at `due` (monotonic seconds): why it is not taken, and what was sent."""

    words: str
    raw: str
    due: float


_NONE = b"[]"
_OVERDUE = float("-inf")
_STORED = TypeAdapter(list[tuple[str | None, str, str]])


class HeldValues:
    """At most one of each channel. A buffer keeps them, so that a kill loses none."""

    def __init__(self, stored: bytes | None) -> None:
        """`stored` is what `dump` gave: those are overdue, as nobody heard what followed them."""
        try:
            rows = _STORED.validate_json(stored or _NONE)
        except ValidationError:
            rows = []
        self._held = {channel: HeldValue(words, raw, _OVERDUE) for channel, words, raw in rows}

    def dump(self) -> bytes:
        """As the buffer keeps them."""
        return _STORED.dump_json([(channel, held.words, held.raw) for channel, held in self._held.items()])

    def hold(self, channel: str | None, held: HeldValue) -> None:
        """Instead of what was held of the channel."""
        self._held[channel] = held

    def drop(self, channel: str | None) -> None:
        """The stream goes on: nobody pressed anything."""
        self._held.pop(channel, None)

    def take_due(self, now: float) -> list[HeldValue]:
        """Those that nothing followed until `now`; they are held no more."""
        due = {channel: held for channel, held in self._held.items() if now >= held.due}
        self._held = {channel: held for channel, held in self._held.items() if channel not in due}
        return list(due.values())
