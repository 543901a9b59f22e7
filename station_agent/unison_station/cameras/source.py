"""What gives pictures, as the eye sees it: the newest picture there is, each once."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
"""Blue, green, red by `[y, x, colour]`, or grey by `[y, x]`; 0 to 255."""

SILENCE_SECONDS = 5.0
"""How long a camera or an address may give no picture."""


class NoPictures(ConnectionError):
    """The source gives none; the words say why."""


class Taken(NamedTuple):
    """A picture and when it was taken (monotonic seconds)."""

    picture: Picture
    at: float


class Source(Protocol):
    """An open source. `refused`: settings the driver did not take, in words."""

    refused: tuple[str, ...]

    def newest(self) -> Taken:
        """The newest picture that was not given yet; waits for it. Raises NoPictures."""

    def close(self) -> None:
        """Let go of it."""
