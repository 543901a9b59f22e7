"""How the C library hands out memory."""

from __future__ import annotations

import ctypes
import sys

_M_ARENA_MAX = -8
"""Of mallopt(3)."""
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from the same places; asked before they start.

    glibc gives each thread an arena of its own, up to eight a processor, which keeps what was the most it ever held.
    An agent's twenty threads pass pictures around, so its memory would creep up for hours.
    """
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have no arenas
        if set_option is not None:
            set_option(_M_ARENA_MAX, _ARENAS)
