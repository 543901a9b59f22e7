"""Which channels of a gauge send by themselves faster than anybody presses a key: no person is behind their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from pydantic import TypeAdapter, ValidationError

PRESSES = 5
"""So many values of one channel within `PRESS_SECONDS` are of no hand: fewer may have waited on a busy PC."""

PRESS_SECONDS = 2.0
"""Also the silence after which nothing tells whether a stream goes on or a hand is there."""

SILENCE_SECONDS = 5.0
"""So long no stream falls silent."""

HAND_SECONDS, OFF_BEAT = 0.5, 1.5
"""A value so long after the one before, and so many times the usual distance, is not of the stream's beat."""

_STORED = TypeAdapter(tuple[str, list[str | None]])
_NONE = b"[]"


@dataclass(frozen=True)
class Streams:
    """What was heard unasked. Pure: times come from outside, in monotonic seconds.

    Attributes:
        on: channels that stream, through new starts too; see `is_sure`.
        heard: when the last values of each channel came, since it was last silent.
    """

    on: frozenset[str | None] = frozenset()
    heard: Mapping[str | None, tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: bytes | None, settings: str) -> Streams:
        """What `dump` gave under the same settings; none where it can't be read."""
        try:
            kept_under, names = _STORED.validate_json(stored or _NONE)
        except ValidationError:
            return cls()
        return cls(frozenset(names) if kept_under == settings else frozenset())

    def dump(self, settings: str) -> bytes:
        """As the buffer keeps it; `settings` tells those of the gauge from any others."""
        return _STORED.dump_json((settings, sorted(self.on, key=str))) if self.on else _NONE

    def after(self, channel: str | None, at: float) -> Streams:
        """When the channel sent a value by itself."""
        before = self.heard.get(channel, ())
        silence = at - before[-1] if before else 0.0
        is_streaming = self.is_sure(channel) and not self.is_off_beat(channel)
        is_cut = silence > (PRESS_SECONDS if is_streaming else SILENCE_SECONDS)
        times = (at,) if is_cut else (*before, at)[-PRESSES:]
        heard = {**self.heard, channel: times}
        if silence > SILENCE_SECONDS or at - times[0] > PRESS_SECONDS:
            return Streams(self.on - {channel}, heard)
        return Streams(self.on | {channel} if len(times) == PRESSES else self.on, heard)

    def is_sure(self, channel: str | None) -> bool:
        """Whether its last values were a stream; of one that was silent since, or at another start, nothing tells."""
        return channel in self.on and len(self.heard.get(channel, ())) == PRESSES

    def is_off_beat(self, channel: str | None) -> bool:
        """Whether the last value may be a hand's, after a stream that ended a moment before."""
        *before, last = (later - earlier for earlier, later in pairwise(self.heard[channel]))
        return last >= max(HAND_SECONDS, OFF_BEAT * median(before))
