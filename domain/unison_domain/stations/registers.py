"""Registers and bits to typed values, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unison_domain.stations.configuration import TagConfiguration
from unison_domain.stations.readings import Moment, Reading, Value

Decoder = Callable[[Sequence[int], Moment], Reading]


def decoder(tag: TagConfiguration) -> Decoder:
    """The function that turns the registers of `tag` (exactly `tag.registers`, or one bit) into a reading; build it once."""
    raise NotImplementedError


def decode(tag: TagConfiguration, words: Sequence[int], moment: Moment) -> Reading:
    """One read of `tag`; never raises for what a device sent: that is a bad reading with its reason."""
    return decoder(tag)(words, moment)


def encode(tag: TagConfiguration, value: Value, before: Sequence[int] | None = None) -> tuple[int, ...]:
    """The registers (or one bit) that `decode` reads as `value`; `before` keeps the bits of a register the tag leaves alone.

    Raises:
        ValueError: the value does not fit the type.
    """
    raise NotImplementedError
