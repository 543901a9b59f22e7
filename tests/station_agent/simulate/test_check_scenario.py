"""The check scenario against the rules of the domain, in virtual time: whoever polls it right sees all of it.

A machine's timeline is played into its registers, polled through its slave's frames with a plan that learns, decoded
and tracked; what comes out is compared with the ledger's truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.machines.tracking import MachineRules, TrackedEvent, Tracking, track
from unison_domain.stations.configuration import DeviceConfiguration
from unison_domain.stations.events import Counted, CounterJumped, Quality, StateChanged
from unison_domain.stations.read_plan import Block, Learnt, learn, plan
from unison_domain.stations.readings import Moment, Reading, suspect, unread
from unison_domain.stations.registers import Decoder, decoder
from unison_station.simulate.description import describe, endpoints_of
from unison_station.simulate.ledger import MachineTruth, Truth, sequence
from unison_station.simulate.machine import Machine
from unison_station.simulate.scenario import MachinePlan, ResetCounter, Scenario, Trouble, load_scenario
from unison_station.simulate.slave import Disturbance, Slave
from unison_station.simulate.timeline import Happening, Made, Turned, happenings

from tests.station_agent.simulate.client import BadReply, Refused, request, values_of

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
SETTLE, AFTERWARDS = 3.0, 5.0
CHECK = load_scenario("check")
S = MachineState


class Floor:
    """One machine in virtual time, with the ledger lines it would write."""

    def __init__(self, plan: MachinePlan) -> None:
        self.machine = Machine(plan)
        self.slave = Slave(self.machine.registers, Random(1))
        self.lines: list[str] = []
        self.trouble_ends = 0.0
        self._coming = happenings(plan, seed=1)
        self._next: tuple[float, Happening] | None = next(self._coming)
        self.end = max(at for at, _ in happenings(plan, seed=1))
        self._note(0.0, "state", state=self.machine.state, alarms=[])

    def play_until(self, seconds: float) -> None:
        """Let happen all that happens up to then."""
        while self._next is not None and self._next[0] + SETTLE <= seconds:
            at, what = self._next
            self._happen(at + SETTLE, what)
            self._next = next(self._coming, None)
        if seconds >= self.trouble_ends:
            self.slave.disturbance = None

    def _happen(self, at: float, what: object) -> None:
        match what:
            case Turned(state, alarms):
                self.machine.turn(state, alarms)
                self._note(at, "state", state=state, alarms=self.machine.alarm_texts)
            case Made(count):
                self.machine.make(count)
                self._note(at, "part", count=count, register=self.machine.counted[count])
            case ResetCounter():
                self.machine.reset()
                self._note(at, "reset")
            case Trouble():
                unplugged = what.do == "unplugged"
                self.slave.disturbance = Disturbance("silent" if unplugged else what.do, what.delay, what.code)
                self.trouble_ends = at + what.seconds

    def _note(self, at: float, kind: str, **facts: object) -> None:
        moment = (START + timedelta(seconds=at)).isoformat()
        self.lines.append(json.dumps({"at": moment, "kind": kind, "machine": self.machine.plan.code, **facts}))

    @property
    def truth(self) -> MachineTruth:
        return Truth.of(self.lines).machines[self.machine.plan.code]


class Poller:
    """Reads a device as an agent does: one plan, learning from refusals, the first read after a time-out suspect."""

    def __init__(self, device: DeviceConfiguration) -> None:
        self.device = device
        self.learnt = Learnt()
        self.decoders: dict[object, Decoder] = {tag.id: decoder(tag) for tag in device.tags}
        self.was_silent = False

    def poll(self, slave: Slave, now: Moment) -> list[Reading]:
        return [reading for block in plan(self.device, self.learnt).blocks for reading in self._read(block, slave, now)]

    def _read(self, block: Block, slave: Slave, now: Moment) -> Iterator[Reading]:
        asked = request(block.table, block.address, block.count, unit=self.device.unit_id)
        delivery = slave.answer(asked)
        if delivery is None or delivery.delay > self.device.timeout_seconds:
            self.was_silent = True
            yield from (unread(span.tag_id, Quality.STALE, "no reply", now) for span in block.spans)
            return
        try:
            values = values_of(delivery.data, asked, block.table, block.count)
        except BadReply as broken:
            yield from (unread(span.tag_id, Quality.BAD, str(broken), now) for span in block.spans)
            return
        except Refused as refused:
            self.learnt = learn(self.learnt, block, refused.code)
            yield from (unread(span.tag_id, Quality.BAD, str(refused), now) for span in block.spans)
            return
        doubted, self.was_silent = self.was_silent, False
        for span in block.spans:
            reading = self.decoders[span.tag_id](block.part(span, values), now)
            yield suspect(reading, "first read after a time-out") if doubted else reading


def watched(plan: MachinePlan, poll: float, phase: float) -> tuple[MachineTruth, list[TrackedEvent]]:
    """The truth of a machine and what polling it tells."""
    scenario: Scenario = CHECK
    description = describe(scenario, "127.0.0.1", dict.fromkeys(endpoints_of(scenario), 502))
    configuration = next(machine for machine in description.machines if machine.code == plan.code)
    device = next(d for d in description.devices if d.tags[0].machine_id == configuration.id)
    slow = tuple(tag.model_copy(update={"poll_seconds": poll}) for tag in device.tags)
    poller = Poller(device.model_copy(update={"tags": slow}))
    rules = MachineRules.of(configuration, slow)
    floor, tracking, events, clock = Floor(plan), Tracking(), list[TrackedEvent](), phase
    while clock < SETTLE + floor.end + AFTERWARDS:
        floor.play_until(clock)
        now = Moment(START + timedelta(seconds=clock), clock)
        tracking, happened = track(tracking, rules, poller.poll(floor.slave, now), now)
        events += happened
        clock += poll
    return floor.truth, events


def made(events: Sequence[TrackedEvent], kind: CountKind) -> int:
    return sum(event.delta for event in events if isinstance(event, Counted) and event.count is kind)


@pytest.mark.parametrize("machine", CHECK.machines, ids=lambda machine: machine.code)
@pytest.mark.parametrize(("poll", "phase"), [(0.2, 0.0), (0.25, 0.13), (0.5, 0.0), (0.5, 0.37)])
def test_polling_the_check_scenario_tells_the_truth(machine: MachinePlan, poll: float, phase: float) -> None:
    truth, events = watched(machine, poll, phase)
    changes = [event for event in events if isinstance(event, StateChanged)]
    for kind in (CountKind.GOOD, CountKind.SCRAP):
        assert made(events, kind) == truth.made.get(kind, 0)
    assert not [event for event in events if isinstance(event, CounterJumped)]
    assert sequence(event.opened.state for event in changes) == sequence(begun.state for begun in truth.states)
    faults = [event for event in changes if event.opened.state is S.FAULT]
    assert [event.opened.reason for event in faults] == [
        begun.alarms[0] for begun in truth.states if begun.state is S.FAULT
    ]
    slack = poll + machine.ideal_cycle_seconds + 0.01
    told = [event for event in changes if event.opened.state is not S.UNKNOWN]
    if S.UNKNOWN not in {event.opened.state for event in changes}:
        for event, begun in zip(told[1:], truth.states[1:], strict=True):
            assert abs((event.opened.started_at - begun.at).total_seconds()) <= slack


def test_a_silent_line_is_unknown_and_loses_no_part() -> None:
    pallet = next(machine for machine in CHECK.machines if machine.code == "PALLET-1")
    truth, events = watched(pallet, 0.25, 0.0)
    states = [event.opened.state for event in events if isinstance(event, StateChanged)]
    assert states == [S.STOPPED, S.RUNNING, S.UNKNOWN, S.RUNNING, S.STOPPED]
    rolled = [event for event in events if isinstance(event, Counted) and event.rolled_over]
    assert [event.across_gap for event in rolled] == [True]
    assert truth.made[CountKind.GOOD] == 22
