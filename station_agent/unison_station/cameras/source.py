"""What gives pictures, as the eye sees it: the newest picture there is, each once."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
"""Blue, green, red by `[y, x, colour]`, or grey by `[y, x]`; 0 to 255."""


class NoPictures(ConnectionError):
    """The source gives none; the words say why."""


class Mark(NamedTuple):
    """Which picture of a folder: when it came to be there (nanoseconds since 1970), and its name."""

    came: int
    name: str


class Taken(NamedTuple):
    """A picture.

    Attributes:
        at: when it was taken (monotonic seconds).
        mark: which of a folder it is.
        passed: what could not be shown before it, in words.
    """

    picture: Picture
    at: float
    mark: Mark | None = None
    passed: tuple[str, ...] = ()


class Waiting(NamedTuple):
    """All is well but that there is no picture yet; why, in words."""

    words: str


class Source(Protocol):
    """An open source.

    Attributes:
        remarks: what people should know of it, e.g. settings the driver did not take.
        keeps_rate: it gives no more pictures than it was asked for, and each of them is to be looked at.
        patience: so many seconds may pass until the next picture.
    """

    remarks: tuple[str, ...]
    keeps_rate: bool

    @property
    def patience(self) -> float:
        """It may be learned."""

    def newest(self) -> Taken | Waiting:
        """The newest picture that was not given yet; waits for it. Raises NoPictures."""

    def close(self) -> None:
        """Let go of it."""
