"""The clock that never jumps, and which boot it counts from."""

from __future__ import annotations

import sys
import time
from pathlib import Path

_LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_seconds() -> float:
    """Seconds since boot, growing through suspend; no wall clock change touches it."""
    if sys.platform == "linux":
        seconds = time.clock_gettime(time.CLOCK_BOOTTIME)
    else:
        seconds = time.monotonic()
    return seconds


def boot_id() -> str:
    """Name of this boot: `boot_seconds` of two processes compare only when it is equal."""
    if sys.platform == "linux":
        name = _LINUX_BOOT_ID.read_text().strip()
    else:
        # The moment of boot stands in; ten seconds of grain absorb the slewing of the wall clock.
        name = f"booted-{round((time.time() - time.monotonic()) / 10) * 10}"
    return name
