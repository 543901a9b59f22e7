"""What agents committed beside what the server made of it: lost, doubled, out of order, event by event.

The buffers keep what the server acknowledged for 14 days, so they are the truth; read them when the agents have ended.
Only an agent whose disk was full keeps less: see `soak_disk`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Engine, text

_COUNTS = """
    select agent_id::text, epoch::text, seq, machine_id::text, tag_id::text, kind, delta, raw_from::bigint,
        raw_to::bigint, started_at, at from machine_counts order by id
"""
_ACCEPTED = """
    select agent_id::text, epoch::text, seq from quarantine as q
    join quarantine_decisions as d on d.organization_id = q.organization_id and d.id = q.id and d.decision = 'accepted'
"""
_FLEET = "select agent_id::text, epoch::text, seq, kind, at from fleet_events order by id"
_INCIDENTS = "select agent_id::text, epoch::text, seq, kind, at from counter_incidents order by id"
_SAMPLES = "select epoch::text, seq, tag_id::text, at, number, text, quality from samples"
_STATES = """
    select id::text, agent_id::text, machine_id::text, state, started_at, ended_at, reason, alarms
    from machine_states where source = 'signal' order by machine_id, started_at, id
"""
_TOLD = "select entity::text, count(*) from events where topic = 'machines.machine.state_changed' group by entity"
_QUARANTINED = """
    select agent_id::text, epoch::text, seq, kind, code from quarantine as q where not exists (
        select from quarantine_decisions as d
        where d.organization_id = q.organization_id and d.id = q.id and d.decision = 'accepted'
    )
"""
_SUMS = "select machine_id::text, sum(good)::int, sum(scrap)::int from machine_count_quarters group by machine_id"
_SCANS = "select agent_id::text, id::text, qr_code_data from qr_code_scans where agent_id is not null"
_READINGS = "select id::text, measured_value::text from inspection_measurements where source <> 'typed'"
_PICTURES = "select agent_id::text, id::text, sha256 from station_pictures"
_FLEET_KINDS = ("device_changed", "peripheral_changed", "agent_started", "clock_stepped", "gap")
_INCIDENT_KINDS = ("counter_reset", "counter_jumped")

Row = tuple[Hashable, ...]


class Committed(NamedTuple):
    """One event as the buffer keeps it."""

    agent: str
    epoch: str
    seq: int
    kind: str
    body: dict[str, Any]

    @property
    def key(self) -> Row:
        """What the server knows it by."""
        return self.agent, self.epoch, self.seq


class Finding(NamedTuple):
    """How the effects of one kind compare; each entry is what a person needs to look it up."""

    lost: Sequence[object]
    doubled: Sequence[object]
    disordered: Sequence[object] = ()


def committed_by(folder: Path, *, after: int = 0) -> list[Committed]:
    """All events in the buffer of an agent, in order; those behind the sequence number `after`."""
    with closing(sqlite3.connect(f"file:{folder / 'buffer.sqlite'}?mode=ro", uri=True)) as buffer:
        kept = dict(buffer.execute("select key, value from meta"))
        rows = buffer.execute("select seq, kind, body from outbox where seq > ? order by seq", (after,)).fetchall()
    return [Committed(kept["agent"], kept["epoch"], seq, kind, orjson.loads(body)) for seq, kind, body in rows]


def unsent(folder: Path) -> int:
    """Events in a buffer, of a running agent or not, that the server has not acknowledged."""
    with closing(sqlite3.connect(f"file:{folder / 'buffer.sqlite'}?mode=ro", uri=True)) as buffer:
        newest = buffer.execute("select coalesce(max(seq), 0) from outbox").fetchone()[0]
        through = buffer.execute("select coalesce(max(through), 0) from checkpoints").fetchone()[0]
    return max(0, int(newest) - int(through))


def compare(events: Sequence[Committed], operations: Engine) -> dict[str, Finding]:
    """Each kind of effect against the events it comes from."""
    with operations.connect() as connection:

        def rows(query: str) -> list[Row]:
            return [plain(row) for row in connection.execute(text(query))]

        told = rows(_TOLD)
        findings = {
            "samples": unordered([_sample(event) for event in events if event.kind == "sample"], rows(_SAMPLES)),
            "counts": _in_order(
                [_count(event) for event in events if _is_count(event)], rows(_COUNTS), accepted=rows(_ACCEPTED)
            ),
            "sums by quarter": unordered(_sums(events), rows(_SUMS)),
            "fleet events": _in_order([_brief(e) for e in events if e.kind in _FLEET_KINDS], rows(_FLEET)),
            "incidents": _in_order([_brief(e) for e in events if e.kind in _INCIDENT_KINDS], rows(_INCIDENTS)),
            "scans": unordered(_said(events, "scan_taken", "text"), rows(_SCANS)),
            "measurements": unordered([row[1:] for row in _said(events, "reading_taken", "value")], rows(_READINGS)),
            "pictures": unordered(_said(events, "picture_kept", "sha256"), rows(_PICTURES)),
            "states": _states(events, rows(_STATES)),
            "quarantine": Finding(list(rows(_QUARANTINED)), []),
        }
    changes = Counter(event.body["machine_id"] for event in events if event.kind in ("state_changed", "state_set"))
    findings["transitions told"] = unordered(list(changes.items()), [tuple(row) for row in told])
    return findings


def unordered(expected: Sequence[Row], found: Sequence[Row]) -> Finding:
    """Rows that were to come and did not, and those that came though none were to."""
    wanted, have = Counter(expected), Counter(found)
    return Finding(list((wanted - have).elements()), list((have - wanted).elements()))


def _in_order(expected: Sequence[Row], found: Sequence[Row], *, accepted: Sequence[Row] = ()) -> Finding:
    """Rows begin with agent, epoch and sequence; `found` is in the order in which the server wrote it, but that a
    person accepted some in the end.
    """
    by_buffer: defaultdict[Row, list[Any]] = defaultdict(list)
    for row in found:
        if row[:3] not in accepted:
            by_buffer[row[:2]].append(row[2])
    disordered = [(*buffer, seq, then) for buffer, seqs in by_buffer.items() for seq, then in _steps_back(seqs)]
    return unordered(expected, found)._replace(disordered=disordered)


def _states(events: Iterable[Committed], found: Sequence[Row]) -> Finding:
    """Intervals as the transitions and details of the buffers make them, by machine in order of sequence."""
    machines: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        body = event.body
        if event.kind == "state_changed":
            intervals = machines[body["machine_id"]]
            if intervals:
                intervals[-1]["ended_at"] = body["opened"]["started_at"]
                _detail(intervals[-1], body["closed"])
            intervals.append({**body["opened"], "ended_at": None, "agent": event.agent})
        elif event.kind == "state_detailed":
            _detail(next(i for i in machines[body["machine_id"]] if i["id"] == body["interval_id"]), body)
    expected = [_interval(machine, interval) for machine, made in machines.items() for interval in made]
    order = {interval["id"]: place for made in machines.values() for place, interval in enumerate(made)}
    by_machine: defaultdict[Hashable, list[int]] = defaultdict(list)
    for row in found:
        by_machine[row[2]].append(order.get(str(row[0]), -1))
    back = [(machine, *step) for machine, places in by_machine.items() for step in _steps_back(places)]
    return unordered(expected, found)._replace(disordered=back)


def _detail(interval: dict[str, Any], said: Mapping[str, Any]) -> None:
    interval["reason"] = said["reason"] or interval["reason"]
    interval["alarms"] = said["alarms"] or interval["alarms"]


def _interval(machine: str, interval: Mapping[str, Any]) -> Row:
    ended_at = interval["ended_at"]
    return (
        interval["id"],
        interval["agent"],
        machine,
        interval["state"],
        moment(interval["started_at"]),
        ended_at and moment(ended_at),
        interval["reason"],
        tuple(interval["alarms"]),
    )


def _sample(event: Committed) -> Row:
    body, value = event.body, event.body["value"]
    words = value if isinstance(value, str) else None
    number = None if value is None or words is not None else float(value)
    return event.epoch, event.seq, body["tag_id"], moment(body["at"]), number, words, body["quality"]


def _is_count(event: Committed) -> bool:
    """Whether parts were made: a count of 0 only tells where a counter begins."""
    return event.kind == "counted" and event.body["delta"] > 0


def _count(event: Committed) -> Row:
    body = event.body
    fields = [body[name] for name in ("machine_id", "tag_id", "count", "delta", "raw_from", "raw_to")]
    return *event.key, *fields, moment(body["started_at"]), moment(body["at"])


def _sums(events: Iterable[Committed]) -> list[Row]:
    """Good and scrap by machine."""
    made: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        if event.kind == "counted":
            made[event.body["machine_id"]][event.body["count"]] += event.body["delta"]
    return [(machine, counts["good"], counts["scrap"]) for machine, counts in made.items()]


def _brief(event: Committed) -> Row:
    return *event.key, event.kind, moment(event.body["at"])


def _said(events: Iterable[Committed], kind: str, what: str) -> list[Row]:
    """Agent, the fact's own id and what it says, digit by digit."""
    return [(event.agent, event.body["id"], event.body[what]) for event in events if event.kind == kind]


def _steps_back(values: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    return ((before, after) for before, after in pairwise(values) if after <= before)


def plain(row: Iterable[Any]) -> Row:
    """A row of the database, to be compared."""
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def moment(said: str) -> datetime:
    """As events tell it."""
    return datetime.fromisoformat(said)
