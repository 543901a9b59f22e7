"""Who did what a scanner, gauge or camera tells of."""

from __future__ import annotations

from enum import Enum, auto


class Doer(Enum):
    """It decides whose name an event bears, and whether that is a sign that who signed on is still there."""

    PERSON = auto()
    """Somebody at the station: who is named there, and is there."""
    DEVICE = auto()
    """A camera that saw it, or a gauge that was asked on a beat: who is named there may have gone home."""
    ASKED_BEFORE = auto()
    """Who asked for it, whoever is there by now: the events name them, or nobody where the server knows who asked."""
