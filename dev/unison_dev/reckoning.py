"""Truth against record: what the simulated shop did beside what the database and the event stream hold of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.kernel.contracts import Page
from unison_domain.machines.contracts import CountKind, CountSeries, MachineAnswer, MachineState, StateInterval
from unison_station.simulate.ledger import Begun, MachineTruth, Truth, read_ledger

from unison_dev.api import Api, Listener
from unison_dev.floor import Floor

LATEST_SECONDS = 1.0
"""How far a recorded transition may be from the true one: polls come every 0.25 s, replies may be late or lost."""
_LATEST = timedelta(seconds=LATEST_SECONDS)
_EVENTS = text(
    "select id from events where organization_id = :organization and position > :after and topic ^@ 'machines.'"
    " order by position"
)
_STATE_CHANGED = "machines.machine.state_changed"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    truth: str
    found: str
    agrees: bool


class Reckoning:
    """Reads both sides of one floor.

    Attributes:
        listener: a client that has followed the event stream since before the agents started, or None.
    """

    def __init__(self, floor: Floor, api: Api, listener: Listener | None = None) -> None:
        self.listener = listener
        self._floor, self._api = floor, api
        self._began = datetime.now(UTC) - timedelta(hours=1)
        self._system = floor.settings().system_databases()
        self.organization: UUID = UUID(api.get("/auth/me")["organization_id"])

    def shop_has_finished(self) -> bool:
        """Whether every machine has come to the end of its steps, and every instrument was used as often as planned."""
        truth, plans = read_ledger(self._floor.ledger), self._floor.scenario.machines
        sent: dict[str, Sequence[object]] = {**truth.scanned, **truth.measured, **truth.shown}
        used = {code: len(facts) for code, facts in sent.items()}
        rests = all(used.get(one.code, 0) == one.uses for one in self._floor.scenario.instruments if one.uses)
        return rests and len(truth.machines) == len(plans) and all(one.finished for one in truth.machines.values())

    def planned(self) -> list[str]:
        """Codes of the machines the scenario has."""
        return [machine.code for machine in self._floor.scenario.machines]

    def truth(self) -> dict[str, MachineTruth]:
        """What the shop did, by machine code."""
        return self.ledger().machines

    def ledger(self) -> Truth:
        """What the shop did, with what its instruments sent."""
        return read_ledger(self._floor.ledger)

    def machines(self) -> dict[str, MachineAnswer]:
        """Machines of the server by code."""
        page = Page[MachineAnswer].model_validate(self._api.get("/machines", limit=200))
        return {machine.machine_code: machine for machine in page.items}

    def simulated(self) -> dict[str, MachineAnswer]:
        """Those of them that the scenario has."""
        planned = set(self.planned())
        return {code: machine for code, machine in self.machines().items() if code in planned}

    def intervals(self, machine: MachineAnswer) -> list[StateInterval]:
        """All recorded states of a machine, oldest first."""
        query = {"from": self._began.isoformat(), "to": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
        rows = self._api.each(f"/machines/{machine.id}/history", limit=200, **query)
        return [StateInterval.model_validate(row) for row in rows][::-1]

    def counted(self, machine: MachineAnswer) -> dict[CountKind, int]:
        """Recorded parts of a machine."""
        to = datetime.now(UTC) + timedelta(minutes=5)
        query = {"from": self._began.isoformat(), "to": to.isoformat(), "bucket": 3600}
        series = CountSeries.model_validate(self._api.get(f"/machines/{machine.id}/counts", **query))
        return {
            CountKind.GOOD: int(sum(point.good for point in series.points)),
            CountKind.SCRAP: int(sum(point.scrap for point in series.points)),
        }

    def scans(self, code: str) -> list[str]:
        """Recorded texts of a scanner or camera, in order."""
        rows = [
            row for row in self._api.each("/qr-scans/history", limit=200) if row["peripheral_name"] == self._name(code)
        ]
        return [str(row["reading"]["text"]) for row in rows][::-1]

    def measurements(self, code: str) -> list[str]:
        """Recorded values of a gauge, in order."""
        rows = self._api.each("/inspection-measurements", source="gauge", limit=200)
        return [str(row["measured_value"]) for row in rows if row["peripheral_name"] == self._name(code)][::-1]

    def _name(self, code: str) -> str:
        return next(one.name for one in self._floor.scenario.instruments if one.code == code)

    def events(self, after: int) -> list[UUID]:
        """Ids of all that happened to machines after a position, in order."""
        with self._system.operations.connect() as connection:
            return list(connection.scalars(_EVENTS, {"organization": self.organization, "after": after}))


def reckon(reckoning: Reckoning, *, stream: bool = True) -> list[Row]:
    """Every row of the table; those of the event stream agree only when nothing happens any more."""
    machines, ledger, planned = reckoning.machines(), reckoning.ledger(), reckoning.planned()
    rows = [_finished(planned, ledger.machines, machines)]
    for code in sorted({*planned, *ledger.machines}):
        truth = ledger.machines.get(code)
        if truth is None or code not in machines:
            rows.append(_missing(code, truth, machines))
            continue
        intervals = reckoning.intervals(machines[code])
        rows += [
            _parts(code, truth, reckoning.counted(machines[code])),
            _states(code, truth.states, intervals),
            _times(code, truth.states, intervals),
            _tiling(code, intervals),
            _alarms(code, truth.alarms, intervals),
        ]
    rows += [_sent(code, "scans", sent, reckoning.scans(code)) for code, sent in ledger.scanned.items()]
    rows += [_sent(code, "measurements", sent, reckoning.measurements(code)) for code, sent in ledger.measured.items()]
    rows += [
        _sent(code, "codes shown", [one.text for one in shown], reckoning.scans(code))
        for code, shown in ledger.shown.items()
    ]
    if stream and reckoning.listener:
        rows += _stream(reckoning, reckoning.listener, machines)
    return rows


def _sent(code: str, what: str, sent: Sequence[str], found: Sequence[str]) -> Row:
    """Every digit and every text counts, once and in order."""
    lost, added = Counter(sent) - Counter(found), Counter(found) - Counter(sent)
    told = f"{len(found)} recorded, {lost.total()} lost, {added.total()} added"
    return Row(f"{code} {what}", f"{len(sent)} sent", told, list(sent) == list(found))


def _finished(planned: Sequence[str], truths: Mapping[str, MachineTruth], machines: Collection[str]) -> Row:
    ended = sum(code in truths and truths[code].finished for code in planned)
    known = sum(code in machines for code in planned)
    told, found = f"{ended} of {len(planned)}", f"{known} of {len(planned)} known"
    return Row("machines that finished", told, found, ended == known == len(planned))


def _missing(code: str, truth: MachineTruth | None, machines: Collection[str]) -> Row:
    worked = "did nothing" if truth is None else f"{len(truth.states)} states"
    return Row(f"{code} is on both sides", worked, "known" if code in machines else "unknown", False)


def _parts(code: str, truth: MachineTruth, found: dict[CountKind, int]) -> Row:
    made = {kind: truth.made.get(kind, 0) for kind in (CountKind.GOOD, CountKind.SCRAP)}
    return Row(f"{code} parts", _counts(made), _counts(found), made == found)


def _counts(counts: dict[CountKind, int]) -> str:
    return f"{counts[CountKind.GOOD]} good, {counts[CountKind.SCRAP]} scrap"


def _states(code: str, truth: Sequence[Begun], intervals: Sequence[StateInterval]) -> Row:
    true = [begun.state for begun in truth]
    seen = [interval.state for interval in _known(truth, intervals)]
    return Row(f"{code} states", " ".join(true), " ".join(seen), true == seen)


def _known(truth: Sequence[Begun], intervals: Sequence[StateInterval]) -> list[StateInterval]:
    """Intervals since the shop began in which the state was known; unknown stretches joined over."""
    known: list[StateInterval] = []
    for interval in intervals:
        before = interval.ended_at is not None and bool(truth) and interval.ended_at <= truth[0].at + _LATEST
        same = bool(known) and known[-1].state is interval.state
        if interval.state is not MachineState.UNKNOWN and not before and not same:
            known.append(interval)
    return known


def _times(code: str, truth: Sequence[Begun], intervals: Sequence[StateInterval]) -> Row:
    pairs = list(zip(truth, _known(truth, intervals), strict=False))[1:]  # the first state is older than the agent
    off = [abs((seen.started_at - true.at).total_seconds()) for true, seen in pairs]
    worst = max(off, default=0.0)
    return Row(
        f"{code} transition times",
        f"{len(truth) - 1} transitions",
        f"at most {worst:.2f} s off",
        worst <= LATEST_SECONDS,
    )


def _tiling(code: str, intervals: Sequence[StateInterval]) -> Row:
    holes = sum(before.ended_at != after.started_at for before, after in pairwise(intervals))
    still_open = sum(interval.ended_at is None for interval in intervals)
    found = f"{len(intervals)} intervals, {holes} holes or overlaps, {still_open} open"
    return Row(f"{code} intervals tile time", "no hole, no overlap", found, holes == 0 and still_open == 1)


def _alarms(code: str, alarms: Sequence[str], intervals: Sequence[StateInterval]) -> Row:
    seen = [alarm for interval in intervals for alarm in interval.alarms]
    return Row(f"{code} alarms", ", ".join(alarms) or "none", ", ".join(seen) or "none", list(alarms) == seen)


def _stream(reckoning: Reckoning, listener: Listener, machines: dict[str, MachineAnswer]) -> Iterator[Row]:
    heard = [UUID(told.data["id"]) for told in listener.heard if told.topic.startswith("machines.")]
    happened = reckoning.events(listener.began_at)
    found = f"{len(heard)} heard, {listener.resets} resets"
    yield Row("event stream, complete and in order", f"{len(happened)} happened", found, heard == happened)
    changes = Counter(told.entity for told in listener.heard if told.topic == _STATE_CHANGED)
    for code, machine in sorted(machines.items()):
        recorded = len(reckoning.intervals(machine))
        heard_of = changes[machine.id]
        yield Row(f"{code} on the event stream", f"{recorded} intervals", f"{heard_of} changes", recorded == heard_of)
