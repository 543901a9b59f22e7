"""How the C library hands out memory, and gives it back."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_M_ARENA_MAX = -8
"""Of mallopt(3)."""
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from the same places; asked before they start.

    glibc gives each thread an arena of its own, up to eight a processor, which keeps what was the most it ever held: a
    server whose requests go from thread to thread would creep up for hours.
    """
    if set_option := _function("mallopt"):
        set_option(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return to the system what is free between what is used. Takes some milliseconds."""
    if trim := _function("malloc_trim"):
        trim(0)


def _function(name: str) -> Any:
    """One that only glibc has."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
