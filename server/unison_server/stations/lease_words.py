"""Why what an agent told of a tag or machine is another's to tell, in sentences."""

from __future__ import annotations

from datetime import datetime

from unison_domain.stations.leases import Lease


def held(thing: str, agent: str | None, held_from: datetime | None) -> str:
    """Another agent holds it, or its station has none."""
    if agent is None:
        return f"{thing} is held by no agent: its station has none"
    since = "" if held_from is None else f" since {held_from:%Y-%m-%d %H:%M:%S} UTC"
    return f"{thing} is held by agent {agent}{since}; what happened from then on is told by that one"


def before(thing: str, number: int, lease: Lease) -> str:
    """It is of a lease before the present one."""
    if number == 0:
        return f"{thing} was handed over, and this event names no lease: update the agent, it is too old to take over"
    since = lease.held_from
    return (
        f"{thing} was handed over meanwhile: this agent holds it anew since {since:%Y-%m-%d %H:%M:%S} UTC, "
        f"and this is of the lease {number} before"
    )
