"""What a batch changes for parts that were fenced off: some are settled by it, and people are called about others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Self
from uuid import UUID

from unison_domain.stations.events import Counted, CounterJumped, CounterReset

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNT_ACROSS_GAP, FENCED_OFF, Arrival, Arrived, Refused
from unison_server.stations.booked_chains import CLOCKS_APART
from unison_server.stations.counted_anew import Booked, owners_of_waiting, settle_counted_anew, told_since
from unison_server.stations.leases import Holds
from unison_server.stations.seen_gaps import Take, book_seen
from unison_server.stations.telling import tell_of_agent
from unison_server.stations.waiting_events import EVENTS_DECIDED, WAIT_BEGAN, any_waits


class LateCounts(NamedTuple):
    """Taken before the batch has effects, for nobody is called twice.

    Attributes:
        tags: the counters of which parts that were fenced off may be settled by it.
        booked: counts of them that are booked by it.
        unseen: the counters of which a count over a gap may be found to have been seen by another PC.
        waited: of the agents of which something may come to wait for a person, whether something did.
    """

    tags: Collection[UUID]
    booked: Sequence[Counted]
    unseen: Collection[UUID]
    waited: Mapping[UUID, bool]

    @classmethod
    def of(
        cls,
        session: TenantSession,
        arrival: Arrival,
        events: Sequence[Arrived],
        refused: Collection[Refused],
        by: Holds,
    ) -> Self:
        """What may be settled by these events; the leases of their counters are locked."""
        fenced = {one.seq for one in refused if one.code in FENCED_OFF}
        unused = {one.seq for one in refused if not one.for_review}
        come = {event.tag_id for seq, event in events if seq in fenced and _is_of_counter(event)}
        news = {event.tag_id for seq, event in events if seq not in unused and _goes_on(event, by)}
        news |= _reached(session, arrival, [one for one in events if one.seq not in unused], by)
        owners = owners_of_waiting(session, news)
        tags = come | news if owners else come
        agents = owners | {arrival.agent_id} if refused else owners
        unbooked = {one.seq for one in refused}
        now = [event for seq, event in events if seq not in unbooked and isinstance(event, Counted)]
        counts = [count for count in now if count.tag_id in tags]
        over_gaps = {one.seq for one in refused if one.code == COUNT_ACROSS_GAP}
        unseen = come | {event.tag_id for seq, event in events if seq in over_gaps}
        return cls(tags, counts, unseen, {agent_id: any_waits(session, agent_id) for agent_id in agents})

    def settle(self, session: TenantSession, booked: Booked, take: Take) -> None:
        """Settle what is known to be booked, once the events had their effects, and call people about the rest."""
        seen = book_seen(session, self.unseen, take)
        counts = [*self.booked, *(one.counted for one in seen)]
        tags = {*self.tags, *(one.counted.tag_id for one in seen)}
        settled = settle_counted_anew(session, booked, tags, counts)
        for agent_id in settled | {one.agent_id for one in seen}:
            tell_of_agent(session, EVENTS_DECIDED, agent_id)
        for agent_id, did_wait in self.waited.items():
            if not did_wait and any_waits(session, agent_id):
                tell_of_agent(session, WAIT_BEGAN, agent_id)


def _reached(session: TenantSession, arrival: Arrival, events: Sequence[Arrived], by: Holds) -> set[UUID]:
    """Counters of which another told more than was booked by then: what is booked now may reach so far.

    Two count side by side where a lease was given that holds no more, so a counter that never was needs no look.
    """
    counts = [event for _, event in events if isinstance(event, Counted) and _was_given(event.tag_id, by)]
    if not counts:
        return set()
    since = min(arrival.received_at, *(count.at for count in counts)) - CLOCKS_APART
    return told_since(session, {count.tag_id for count in counts}, since)


def _was_given(tag_id: UUID, by: Holds) -> bool:
    lease = by.leases.get(tag_id)
    return lease is not None and lease.number > 0


def _is_of_counter(event: object) -> bool:
    return isinstance(event, Counted | CounterReset | CounterJumped)


def _goes_on(event: object, by: Holds) -> bool:
    """Whether it may hold what was counted before: it is over a gap, or the first under its lease."""
    if not isinstance(event, Counted | CounterReset | CounterJumped):
        return False
    is_first = event.lease > by.reached.get(event.tag_id, 0)
    return is_first or (isinstance(event, Counted) and event.across_gap)
