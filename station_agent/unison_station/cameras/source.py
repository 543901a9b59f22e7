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
    """The last picture of a folder that was looked at, as it was noted before each was known by a fingerprint: when it
    came to be there (nanoseconds since 1970), and its name.
    """

    came: int
    name: str


class Shown(NamedTuple):
    """What was looked at of a folder.

    Attributes:
        seen: fingerprints of pictures, oldest first.
        last: the name of the last one, which stays in sight.
        before: all up to this one was looked at too.
    """

    seen: tuple[str, ...] = ()
    last: str | None = None
    before: Mark | None = None


class Taken(NamedTuple):
    """A picture.

    Attributes:
        at: when it was taken (monotonic seconds).
        done: fingerprints of pictures of a folder that need not be looked at again, since the last one was taken.
        known: all of them that are worth remembering, where some no longer are; with `done`.
        last: the name of the newest of them that is a picture.
        passed: what could not be shown before it, in words.
    """

    picture: Picture
    at: float
    done: tuple[str, ...] = ()
    known: tuple[str, ...] | None = None
    last: str | None = None
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
