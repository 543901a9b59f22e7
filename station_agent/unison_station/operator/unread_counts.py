"""Which counters of a machine nobody reads: their counts stand still as those of a machine that makes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from unison_domain.machines.state import stale_after
from unison_domain.stations.configuration import COUNT_ROLES, AgentConfiguration, MachineConfiguration, SignalRole
from unison_domain.stations.readings import LastRead


def unread_counts(
    machine: MachineConfiguration, configuration: AgentConfiguration, read: Mapping[UUID, LastRead], now: datetime
) -> dict[SignalRole, datetime | None]:
    """Since when the counters of each role are not read, for longer than a lost signal is waited for.

    None where one was not read since the agent was started; a counter nobody tried yet is left out. Of several with
    one role the longest unread counts: what it makes is missing in the sum.
    """
    unread: dict[SignalRole, datetime | None] = {}
    for device in configuration.devices:
        for tag in device.tags:
            last = read.get(tag.id)
            if tag.machine_id != machine.id or tag.role not in COUNT_ROLES or last is None or last.newest.is_good:
                continue
            since = last.good_at
            if since is not None and (now - since).total_seconds() <= stale_after(machine, tag):
                continue
            before = unread.get(tag.role, since)
            unread[tag.role] = None if since is None or before is None else min(since, before)
    return unread
