"""Whether somebody who knows the time keeps this PC's clock right."""

from __future__ import annotations

import ctypes
import sys

_UNSYNCHRONISED = 5
"""`TIME_ERROR` of adjtimex(2): no time service ever set the clock, the last one is lost, or a person set it since."""
_TIMEX_BYTES = 512
"""More than a `struct timex` takes anywhere; zeros in it ask without changing anything."""


def is_synchronised() -> bool:
    """Whether a time service (NTP, PTP) keeps the wall clock, by the kernel's word; False where nobody can be asked."""
    if sys.platform == "linux":
        try:
            state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        except (OSError, AttributeError):
            state = _UNSYNCHRONISED
        is_kept = 0 <= state < _UNSYNCHRONISED
    else:
        is_kept = False
    return is_kept
