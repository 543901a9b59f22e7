"""What one gauge or camera measures more than once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Protocol, TypeVar
from uuid import UUID


class Measures(Protocol):
    """A channel of a gauge, or a tool of a camera."""

    @property
    def characteristic_id(self) -> UUID:
        """Of what its values are."""


_Measures = TypeVar("_Measures", bound=Measures)


def on_one_characteristic(parts: Sequence[_Measures]) -> tuple[_Measures, _Measures] | None:
    """The first two that measure the same characteristic, whose chart would mix what they measure."""
    pairs = combinations(parts, 2)
    return next((pair for pair in pairs if pair[0].characteristic_id == pair[1].characteristic_id), None)
