"""Which channels of a gauge send by themselves faster than anybody presses a key: no person is behind their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter, ValidationError

PRESSES = 5
"""So many values of one channel within `PRESS_SECONDS` are of no hand: fewer may have waited on a busy PC."""

PRESS_SECONDS = 2.0
"""Also the silence before a value that was sent alone."""

_NAMES = TypeAdapter(list[str | None])


@dataclass(frozen=True)
class Streams:
    """What was heard unasked. Pure: times come from outside, in monotonic seconds.

    Attributes:
        on: channels that stream, through silence and new starts too, until two values in a row were sent alone.
        heard: when the last values of each channel came.
    """

    on: frozenset[str | None] = frozenset()
    heard: Mapping[str | None, tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: bytes | None) -> Streams:
        """What `dump` gave; none where it can't be read."""
        try:
            return cls(frozenset(_NAMES.validate_json(stored or b"[]")))
        except ValidationError:
            return cls()

    def dump(self) -> bytes:
        """As the buffer keeps it."""
        return _NAMES.dump_json(sorted(self.on, key=str))

    def after(self, channel: str | None, at: float) -> Streams:
        """When the channel sent a value by itself."""
        times = (*self.heard.get(channel, ()), at)[-PRESSES:]
        heard = {**self.heard, channel: times}
        if len(times) == PRESSES and at - times[0] <= PRESS_SECONDS:
            return Streams(self.on | {channel}, heard)
        are_alone = len(times) >= 3 and all(
            later - sooner > PRESS_SECONDS for sooner, later in zip(times[-3:], times[-2:], strict=False)
        )
        return Streams(self.on - {channel}, heard) if are_alone else replace(self, heard=heard)
