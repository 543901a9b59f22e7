"""States that people at stations set by hand although the machine's signals say otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.overriding import contradicts
from unison_domain.stations.events import StateChanged, StateSet

from unison_server.kernel.database import TenantSession
from unison_server.machines.disproof import STANDS
from unison_server.machines.voices import stated_by_tags
from unison_server.stations.arrival import Arrival, Arrived, Refused
from unison_server.stations.overriding import refusal_of

_TOLD = text(
    f"""
    select machine.id, told.state, told.started_at
    from unnest(cast(:machines as uuid[])) as machine(id)
    join lateral (
        select said.state, said.started_at from machine_transitions as said
        where said.organization_id = :organization and said.machine_id = machine.id and said.source = 'signal'
            and not said.is_late
            and {STANDS.format(said="said")}
        order by said.started_at desc, said.position desc limit 1
    ) as told on true
    """  # noqa: S608 - constants
)
_HEARD = text(
    "select id from machine_transitions where organization_id = :organization and id = any(cast(:ids as uuid[]))"
)


class Told(NamedTuple):
    """The newest state by signals."""

    state: MachineState
    since: datetime

    def is_overridden_by(self, word: StateSet) -> bool:
        """Whether the word says otherwise; what is said of a time before is too late to change anything."""
        return contradicts(word.state, self.state) and word.started_at >= self.since


def unsigned_states(
    session: TenantSession, arrival: Arrival, events: Sequence[Arrived], plants: Mapping[UUID, UUID | None]
) -> list[Refused]:
    """States set by hand against the signals that nobody confirmed; their machines are held.

    What the signals said before each is what is stored, or what this batch tells before it.
    """
    set_by_hand = [one for one in events if isinstance(one.event, StateSet)]
    if not set_by_hand:
        return []
    known = _known(session, {one.event.id for one in set_by_hand})
    machines = stated_by_tags(session, {one.event.machine_id for one in set_by_hand})
    told = told_by_signals(session, machines)
    refused: list[Refused] = []
    for one in events:
        event = one.event
        if isinstance(event, StateChanged) and event.machine_id in machines and one.seq not in arrival.late:
            told[event.machine_id] = Told(event.opened.state, event.opened.started_at)
        elif isinstance(event, StateSet) and event.id not in known:
            signals, plant_id = told.get(event.machine_id), plants[event.machine_id]
            is_override = signals is not None and signals.is_overridden_by(event)
            if plant_id is not None and (is_override or event.backing is not None):
                override = Override(OverrideKind.MACHINE_STATE, event.machine_id, event.id)
                refused += filter(None, [refusal_of(session, arrival, one, override, plant_id)])
    return refused


def _known(session: TenantSession, ids: Collection[UUID]) -> frozenset[UUID]:
    rows = session.scalars(_HEARD, {"organization": session.organization_id, "ids": list(ids)})
    return frozenset(rows)


def told_by_signals(session: TenantSession, machines: Collection[UUID]) -> dict[UUID, Told]:
    """The newest of each machine of which signals told one; they are to be such as `stated_by_tags`."""
    if not machines:
        return {}
    rows = session.execute(_TOLD, {"organization": session.organization_id, "machines": list(machines)})
    return {row.id: Told(MachineState(row.state), row.started_at) for row in rows}
