"""Who holds a tag: whose events of it count, up to where its counter is counted, and what a new holder goes on from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.machines.sources import source_of
from unison_domain.stations.configuration import CounterBaseline, DeviceConfiguration, TagConfiguration
from unison_domain.stations.events import Counted, CounterJumped, CounterReset, Sample, StateChanged, StateDetailed
from unison_domain.stations.leases import Lease

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Unavailable
from unison_server.stations.arrival import COUNTED_ANEW, LEASE_LOST, Arrival, Arrived, Refused
from unison_server.stations.lease_words import before, held
from unison_server.stations.tables import WithheldCounter

_NEVER_HANDED_OVER = Lease(0, 0, 0, 0)
_COUNTERS = (Counted, CounterReset, CounterJumped)
_STATES = (StateChanged, StateDetailed)

_READ = text(
    """
    select id, number, held_since, counted_since, read_since, counted_lease from tag_leases
    where organization_id = :organization and id = any(cast(:ids as uuid[]))
    """
)
_HOLD = text(
    """
    insert into tag_leases as lease (organization_id, id)
    select organization_id, id from tags
    where organization_id = :organization and id = any(cast(:ids as uuid[])) and not exists (
        select from withheld_counters as withheld where withheld.organization_id = :organization
            and withheld.id = tags.id and withheld.until > clock_timestamp() and not cast(:anyway as boolean)
    )
    order by id
    on conflict (organization_id, id) do update set number = lease.number
    returning id, number, held_since, counted_since, read_since, counted_lease
    """
)
_WITHHELD = text(
    """
    select t.name from withheld_counters as w join tags as t on t.organization_id = w.organization_id and t.id = w.id
    where w.organization_id = :organization and w.id = any(cast(:ids as uuid[])) and w.until > clock_timestamp()
    order by t.name
    """
)
AGAIN_SECONDS = 5
"""After which who brings counts of a withheld counter may try again."""
_ADVANCE = text(
    """
    update tag_leases set counted_raw = (row ->> 1)::numeric, counted_remainder = (row ->> 2)::bigint,
        counted_at = (row ->> 3)::timestamptz, counted_lease = (row ->> 4)::bigint, counted_epoch = :epoch,
        counted_seq = (row ->> 5)::bigint
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    where organization_id = :organization and id = (row ->> 0)::uuid and (
        counted_at is null or counted_lease < (row ->> 4)::bigint or counted_lease = (row ->> 4)::bigint and case
            when counted_epoch = :epoch then counted_seq < (row ->> 5)::bigint
            else counted_at <= (row ->> 3)::timestamptz
        end
    )
    """
)
"""By the fencing number, then by the place in the buffer; by the clock only where another buffer stood last."""
_HOLDERS = text(
    """
    select t.id, t.name as tag, t.machine_id, a.id as agent_id, a.name as agent, lease.number, lease.held_since,
        lease.counted_since, lease.read_since, lease.counted_lease, lease.uncounted_since, lease.uncounted_before
    from tags as t
    join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
    join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
    left join agents as a on a.organization_id = s.organization_id and a.id = s.agent_id
    left join tag_leases as lease on lease.organization_id = t.organization_id and lease.id = t.id
    where t.organization_id = :organization
        and (t.id = any(cast(:tags as uuid[]))
            or t.machine_id = any(cast(:machines as uuid[])) and t.is_active and d.is_active)
    """
)
_NAMES = text(
    """
    select t.id, t.name as tag, d.name as device from tags as t
    join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
    where t.organization_id = :organization and t.id = any(cast(:ids as uuid[]))
    """
)
_GRANTED = text("select * from tag_leases where organization_id = :organization and id = any(cast(:ids as uuid[]))")
_NEW_SOURCES = text(
    """
    insert into tag_leases as lease (organization_id, id, source)
    select :organization, (row ->> 0)::uuid, row ->> 1 from jsonb_array_elements(cast(:rows as jsonb)) as row order by 2
    on conflict (organization_id, id) do update set source = excluded.source
    """
)
_READS_ANOTHER = text(
    """
    update tag_leases as lease set number = later.number, read_since = later.number, counted_raw = null,
        counted_at = null, counted_remainder = 0, baseline_raw = null, baseline_at = null, baseline_remainder = 0
    from (
        select id, greatest(number + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint) as number
        from tag_leases where organization_id = :organization and id = any(cast(:ids as uuid[]))
    ) as later
    where lease.organization_id = :organization and lease.id = later.id
    """
)
_FENCE_AGENT = text("select fence_agent(:agent)")


class Holder(NamedTuple):
    """Who a tag belongs to now.

    Attributes:
        agent: None where its station has none.
        uncounted: numbers whose counts are in nobody's count, for no baseline was handed over after them.
        reached: the number under which it was counted last.
    """

    tag: str
    machine_id: UUID | None
    agent_id: UUID | None
    agent: str | None
    lease: Lease
    uncounted: range
    reached: int

    @property
    def held_from(self) -> datetime | None:
        """When it got it; None where it was never handed over."""
        return self.lease.held_from


@dataclass
class Holds:
    """The leases a batch is judged by; those of its counters are locked until the transaction ends.

    Attributes:
        leases: by tag, of the agent's own tags.
        holders: by tag, where somebody else may hold it or its machine.
        untagged: machines that are told of, and none of whose tags is the agent's.
        reached: the numbers under which its counters were counted last.
    """

    leases: Mapping[UUID, Lease]
    holders: Mapping[UUID, Holder] = field(default_factory=dict)
    untagged: frozenset[UUID] = frozenset()
    reached: Mapping[UUID, int] = field(default_factory=dict)


def hold(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> Holds:
    """Read what the events are judged by. Leases are locked in the order of their tags: two never wait in turn.

    Raises:
        Unavailable: they hold counts of a counter that is withheld.
    """
    own = arrival.assignment.tags
    counters: set[UUID] = set()
    others: set[UUID] = set()
    strange: set[UUID] = set()
    machines: set[UUID] = set()
    for _, event in events:
        if isinstance(event, _STATES):
            machines.add(event.machine_id)
        elif (tag_id := getattr(event, "tag_id", None)) is None:
            continue
        elif tag_id not in own:
            strange.add(tag_id)
            if isinstance(event, _COUNTERS):
                counters.add(tag_id)  # locked: what its holder counts comes before or after
        elif type(event) is Sample:
            others.add(tag_id)
        else:
            counters.add(tag_id)
    others |= {tag_id for tag_id, machine_id in own.items() if machine_id in machines}
    untagged = frozenset(machines.difference(own.values()))
    rows = [*_locked(session, counters), *_rows(session, _READ, others - counters)]
    leases = {row.id: _lease(row) for row in rows if row.id in own}
    holders = _holders(session, strange, untagged) if strange or untagged else {}
    return Holds(leases, holders, untagged, {row.id: row.counted_lease for row in rows})


def lost(session: TenantSession, arrival: Arrival, events: Sequence[Arrived], holds: Holds) -> list[Refused]:
    """Events that another agent has the say about, or that are counted from a baseline on already."""
    refused = []
    anew: list[Arrived] = []
    late = {event.tag_id for _, event in events if _is_late(getattr(event, "tag_id", None), event, holds)}
    names = _names(session, late)
    for seq, event in events:
        if isinstance(event, _STATES):
            words = _state_lost(arrival, event, holds)
        elif (tag_id := getattr(event, "tag_id", None)) is not None:
            words = _tag_lost(arrival, tag_id, event, holds, names)
            if words is None and tag_id in arrival.assignment.tags and _is_counted_anew(event, holds):
                anew.append(Arrived(seq, event))
        else:
            continue
        if words is not None:
            refused.append(Refused(seq, LEASE_LOST, words))
    return [*refused, *_counted_anew(session, anew, holds)]


def advance(
    session: TenantSession, epoch: UUID, received_at: datetime, events: Iterable[Arrived], holds: Holds
) -> None:
    """Note up to where the counters of these events of one epoch, which took effect, are counted.

    An older count that arrives late, a dead letter sent again, moves nothing back.
    """
    reached: dict[UUID, tuple[UUID, int, int, datetime, int, int]] = {}
    for seq, event in events:
        if isinstance(event, _COUNTERS):
            lease = holds.leases.get(event.tag_id, _NEVER_HANDED_OVER)
            place = (event.lease, _place(seq, event))
            if event.lease >= lease.read_since and (event.tag_id not in reached or reached[event.tag_id][-2:] < place):
                at, remainder = min(event.at, received_at), getattr(event, "remainder", 0)
                reached[event.tag_id] = (event.tag_id, event.raw_to, remainder, at, *place)
    if reached:
        rows = orjson.dumps(list(reached.values()), default=str).decode()
        session.execute(_ADVANCE, {"organization": session.organization_id, "epoch": epoch, "rows": rows})


def _place(seq: int, event: Counted | CounterReset | CounterJumped) -> int:
    """Where the event stood in its buffer: a dead letter that is sent again stood there before."""
    first = (event.model_extra or {}).get("first_seq")
    return min(first, seq) if type(first) is int else seq


def granted(session: TenantSession, devices: Iterable[DeviceConfiguration]) -> tuple[DeviceConfiguration, ...]:
    """These devices with the lease of each tag and the baseline of each counter.

    A tag that reads something else than its agent was told before gets a new number, by which its counts from the
    former register are told from those of the present one. The agent's row must be locked against hand-overs.
    """
    devices = tuple(devices)
    sources = {tag.id: source_of(device, tag) for device in devices for tag in device.tags}
    known = {row.id: row.source for row in _rows(session, _GRANTED, sources)}
    changed = {tag_id: source for tag_id, source in sources.items() if known.get(tag_id) != source}
    if changed:
        rows = orjson.dumps(sorted((str(tag_id), source) for tag_id, source in changed.items())).decode()
        session.execute(_NEW_SOURCES, {"organization": session.organization_id, "rows": rows})
        moved = [tag_id for tag_id in changed if known.get(tag_id) is not None]
        session.execute(_READS_ANOTHER, {"organization": session.organization_id, "ids": moved})
    leases = {row.id: row for row in _rows(session, _GRANTED, sources)}
    return tuple(
        device.model_copy(update={"tags": tuple(_leased(tag, leases[tag.id]) for tag in device.tags)})
        for device in devices
    )


def fence_agent(session: TenantSession, agent_id: UUID) -> None:
    """New numbers for all that the agent holds, since another memory goes on under its name; raises its version."""
    session.execute(_FENCE_AGENT, {"agent": agent_id})


def holders_of(
    session: TenantSession, tags: Collection[UUID], machines: Collection[UUID] = ()
) -> Mapping[UUID, Holder]:
    """Who holds these tags, and those in use of these machines."""
    return _holders(session, tags, machines)


def leases_of(session: TenantSession, tags: Collection[UUID], *, anyway: bool = False) -> Mapping[UUID, Lease]:
    """The leases of these tags that exist, locked.

    Args:
        anyway: also of counters that are withheld; for who withholds them.

    Raises:
        Unavailable: one of them is withheld; when to come again is told.
    """
    rows = _locked(session, tags, anyway=anyway)
    return {row.id: _lease(row) for row in rows}


def withhold(session: TenantSession, tag_id: UUID, seconds: float) -> None:
    """Take no counts of the counter for so long from now on; 0 takes them again."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    row = {"organization_id": session.organization_id, "id": tag_id, "until": until}
    statement = upsert(WithheldCounter).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["organization_id", "id"], set_={"until": until}))


def _locked(session: TenantSession, tags: Collection[UUID], *, anyway: bool = False) -> Sequence[Any]:
    """The rows of these tags, locked in the order of their tags."""
    if not tags:
        return ()
    asked = {"organization": session.organization_id, "ids": sorted(tags), "anyway": anyway}
    rows = session.execute(_HOLD, asked).all()
    if len(rows) < len(set(tags)) and (names := session.execute(_WITHHELD, asked).scalars().all()):
        raise Unavailable(
            f"What tag {', '.join(names)} counted is being corrected: its counts are taken when that is done",
            code="counts_withheld",
            headers={"Retry-After": str(AGAIN_SECONDS)},
        )
    return rows


def _state_lost(arrival: Arrival, event: StateChanged | StateDetailed, holds: Holds) -> str | None:
    """A machine's state is decided by whoever holds its tags; without tags by the agent of its station."""
    tags = [tag_id for tag_id, machine_id in arrival.assignment.tags.items() if machine_id == event.machine_id]
    if tags:
        since = min(holds.leases.get(tag_id, _NEVER_HANDED_OVER) for tag_id in tags)
        admitted = any(holds.leases.get(tag_id, _NEVER_HANDED_OVER).admits(event.lease) for tag_id in tags)
        return None if admitted else before("The machine", event.lease, since)
    others = [one for one in holds.holders.values() if one.machine_id == event.machine_id and one.agent is not None]
    return held("The machine", others[0].agent, others[0].held_from) if others else None


def _tag_lost(arrival: Arrival, tag_id: UUID, event: Any, holds: Holds, names: Mapping[UUID, Any]) -> str | None:
    if tag_id not in arrival.assignment.tags:
        holder = holds.holders.get(tag_id)
        return None if holder is None else held(f"The tag {holder.tag}", holder.agent, holder.held_from)
    if _is_late(tag_id, event, holds):
        return before(f"The tag {names[tag_id].tag}", event.lease, holds.leases[tag_id])
    return None


def _is_late(tag_id: UUID | None, event: Any, holds: Holds) -> bool:
    """Whether it is of a lease before the one its agent has of the tag now."""
    lease = None if tag_id is None else holds.leases.get(tag_id)
    return lease is not None and not lease.admits(event.lease)


def _is_counted_anew(event: Any, holds: Holds) -> bool:
    """Whether its agent, which holds the tag, counts it again from a baseline on."""
    return isinstance(event, _COUNTERS) and not holds.leases.get(event.tag_id, _NEVER_HANDED_OVER).counts(event.lease)


def _counted_anew(session: TenantSession, events: Sequence[Arrived], holds: Holds) -> Iterable[Refused]:
    if not events:
        return
    names = _names(session, {event.tag_id for _, event in events})
    for seq, event in events:
        named, lease = names[event.tag_id], holds.leases.get(event.tag_id, _NEVER_HANDED_OVER)
        thing = f"The counter {named.tag} of device {named.device}"
        if event.lease > lease.number:
            words = (
                f"{thing} was counted under a lease ({event.lease}) that a restore of the server undid; this PC counts "
                "it anew from where the server stood: it waits where the next count is not known to hold it"
            )
        else:
            words = (
                f"{thing} is counted anew from where the server stood, as this PC was enrolled again or the server "
                "restored; this is of before the PC heard of it: it waits where the next count is not known to hold it"
            )
        yield Refused(seq, COUNTED_ANEW, words)


def _leased(tag: TagConfiguration, lease: Any) -> TagConfiguration:
    baseline = lease.baseline_raw is not None and CounterBaseline(
        raw=int(lease.baseline_raw), remainder=lease.baseline_remainder, at=lease.baseline_at
    )
    return tag.model_copy(update={"lease": lease.number, "baseline": baseline or None})


def _holders(session: TenantSession, tags: Iterable[UUID], machines: Iterable[UUID]) -> dict[UUID, Holder]:
    asked = {"organization": session.organization_id, "tags": list(tags), "machines": list(machines)}
    return {
        row.id: Holder(
            row.tag, row.machine_id, row.agent_id, row.agent, _lease(row), _uncounted(row), row.counted_lease or 0
        )
        for row in session.execute(_HOLDERS, asked)
    }


def _lease(row: Any) -> Lease:
    if row.number is None:
        return _NEVER_HANDED_OVER
    return Lease(row.number, row.held_since, row.counted_since, row.read_since)


def _uncounted(row: Any) -> range:
    return range(row.uncounted_since or 0, row.uncounted_before or 0)


def _names(session: TenantSession, tags: Collection[UUID]) -> Mapping[UUID, Any]:
    """What people call these tags and their devices."""
    return {row.id: row for row in _rows(session, _NAMES, tags)}


def _rows(session: TenantSession, statement: Any, ids: Collection[UUID]) -> Sequence[Any]:
    if not ids:
        return ()
    return session.execute(statement, {"organization": session.organization_id, "ids": list(ids)}).all()
