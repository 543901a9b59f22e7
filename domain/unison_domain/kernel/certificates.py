"""Until when certificates hold."""

from __future__ import annotations

from datetime import datetime, timedelta

WARNED_BEFORE = timedelta(days=30)
"""How long before the end of a certificate people are told of it."""


def ends_soon(ends: datetime, now: datetime) -> bool:
    """Whether it is time to renew it, or past that."""
    return now > ends - WARNED_BEFORE
