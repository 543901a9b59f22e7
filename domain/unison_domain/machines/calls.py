"""Calls for help from a machine: who is called, and how far the call is."""

from __future__ import annotations

from unison_domain.kernel.contracts import OpenEnum


class CallKind(OpenEnum):
    """Whom a machine needs."""

    SETTER = "setter"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    LOGISTICS = "logistics"
    UNKNOWN = "unknown"


class CallState(OpenEnum):
    """A call goes forward through these, or is withdrawn before anybody arrived."""

    CALLED = "called"
    ARRIVED = "arrived"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
