"""How much room the buffer takes, and how long it keeps what the server has."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes.

    Attributes:
        max_bytes: cap of the database file; a full disk can't even delete in WAL mode, so the cap comes first.
        min_free_bytes: free disk space below which no samples are taken.
        reserve_bytes: free disk space below which nothing more is taken, so that acknowledgements and
            deletes still work.
        ballast_bytes: a file kept only to be deleted when the disk is full, so that deletes can run.
        keep_days: how long acknowledged events stay, for a server that must be restored.
        high, low: share of `max_bytes` at which room is made, and down to which.
        refuse: share at which writes are refused; the rest is for acknowledgements and gap events.
    """

    max_bytes: int = 1024 * MIB
    min_free_bytes: int = 500 * MIB
    reserve_bytes: int = 8 * MIB
    ballast_bytes: int = 16 * MIB
    keep_days: float = 14.0
    high: float = 0.90
    low: float = 0.80
    refuse: float = 0.97
