"""What is remembered between runs, as a later boot may take it: its stamps are moved to the server's time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

CONFIGURATION = "running"
"""Key of the configuration that runs: the server made it, so its times are right as they are."""

_STAMP = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"')


def recalled(key: str, value: bytes, move: Callable[[datetime], datetime]) -> bytes:
    """The state under `key` with every stamp in it moved; a stamp is a JSON string that is nothing else."""
    if key == CONFIGURATION:
        return value
    return _STAMP.sub(lambda found: _moved(found, move), value)


def _moved(found: re.Match[bytes], move: Callable[[datetime], datetime]) -> bytes:
    """What is no time stays: whoever reads that state tells that it is damaged."""
    try:
        return b'"%b"' % move(datetime.fromisoformat(found[1].decode())).isoformat().encode()
    except (ValueError, OverflowError):
        return found[0]
