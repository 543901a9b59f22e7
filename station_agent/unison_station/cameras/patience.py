"""How long a camera may give no picture before it is taken for dead."""

from __future__ import annotations

from collections import deque

from unison_domain.stations.camera_settings import CameraSettings

SILENCE_SECONDS = 5.0
"""Of a camera that gives pictures quickly."""

FIRST_SECONDS = 15.0
"""Until it is known how quickly: some wake slowly, and give the second picture long after the first."""

MOST_SECONDS = 60.0
"""What the time between pictures taught, at most."""

_PICTURES = 3
"""So many may be missing."""


class Patience:
    """Learns from the pictures that came; times come from outside."""

    def __init__(self, settings: CameraSettings) -> None:
        """Slow pictures and long exposures that were asked for are waited for."""
        exposure = (settings.exposure_milliseconds or 0.0) / 1_000
        self._least = max(SILENCE_SECONDS, _PICTURES / settings.rate, _PICTURES * exposure)
        self._gaps = deque[float](maxlen=5)
        self._last: float | None = None

    @property
    def seconds(self) -> float:
        """Until the next picture."""
        if not self._gaps:
            return max(self._least, FIRST_SECONDS)
        return max(self._least, min(_PICTURES * max(self._gaps), MOST_SECONDS))

    def came(self, at: float) -> None:
        """A picture came (monotonic seconds)."""
        if self._last is not None:
            self._gaps.append(at - self._last)
        self._last = at
