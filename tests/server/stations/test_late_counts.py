"""Whatever a counter did between two leases, and in whichever order it is told, each of its parts counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from unison_domain.machines.contracts import CountKind
from unison_domain.machines.counter import CounterRule, CounterState, advance
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment, Reading

from tests.server.stations.floor import Floor, Sender, at
from tests.server.stations.test_counted_anew import WAIT_BEGAN, taken_over_anew
from tests.server.stations.test_leases import counter, parts, told
from tests.server.stations.test_next_holder import decided, moved, of

MODULUS = 2**16
INCIDENTS = "select count(*) from counter_incidents"


@dataclass
class Register:
    """A counter's register and what an agent tells of it; counted up to `raw` at `now`."""

    floor: Floor
    raw: int
    now: float = 10.0
    made: int = 0
    was_set: bool = False
    told: list[dict[str, Any]] = field(default_factory=list)

    def follow(self, state: CounterState, lease: int, moves: Sequence[str], chance: Random) -> None:
        """Events of these moves under a lease, as its agent derives them."""
        tag_id, machine_id = self.floor.counters[0], self.floor.machines[0]
        rule = CounterRule(tag_id, machine_id, CountKind.GOOD, MODULUS, None, Fraction(1), 1_000.0, lease)
        for move in moves:
            match move:
                case "make":
                    made = chance.randint(1, 9)
                    self.made, self.raw = self.made + made, (self.raw + made) % MODULUS
                case "reset":
                    self.raw, self.was_set = 0, True
                case "back" if self.raw > 1:  # else nobody could see that it went back
                    self.made, self.raw, self.was_set = self.made + 1, 1, True
                case "jump":
                    self.raw, self.was_set = self.raw + 20_000, True
            for _twice in range(2):  # what is odd is told once the next look confirms it
                self.now += 2.0
                reading = Reading(tag_id, self.raw, self.raw, Quality.GOOD, None, at(self.now), self.now)
                following, outcomes = advance(state, reading, rule)
                assert following is not None
                state = following
                self.told += [one.model_dump(mode="json", exclude_none=True) for one in outcomes]


def numbered(sender: Sender, told_of: dict[str, Any]) -> dict[str, Any]:
    return {**sender.event("counted"), **told_of}


def another_buffer(sender: Sender) -> Sender:
    """Another memory of the same PC, as one that was brought back."""
    return replace(sender, epoch=uuid4(), taken=Sender(sender.client, sender.agent_id, sender.token).taken, next_seq=1)


def counted_to(floor: Floor, raw: int, made: int = 10) -> None:
    floor.sender.send([moved(floor, floor.sender, 0, 0, 10, (raw - made, raw))])


def renewed(floor: Floor) -> int:
    """The restored server gives new leases."""
    told(floor.sender, running=told(floor.sender).version + 1_000)
    return counter(floor, floor.sender).lease


MOVES = [("make", "stand"), ("make", "stand", "jump"), ("make", "stand", "make", "reset", "back")]
BEFORE_A_RESET = (0, 3, 100)


@pytest.mark.parametrize("seed", range(12))
def test_each_part_counts_once_in_any_order_and_nothing_waits_in_silence(floor: Floor, seed: int) -> None:
    chance = Random(seed)
    moves = MOVES[seed % 3]
    resets = "reset" in moves
    begun = BEFORE_A_RESET[seed // 3 % 3] if resets else chance.choice((100, MODULUS - 12, MODULUS - 20))
    counted_to(floor, begun, min(begun, 10))
    base = parts(floor)
    register = Register(floor, begun)
    seen = Moment(at(register.now), register.now)
    register.follow(CounterState(begun, seen), 0, ["make", *chance.choices(moves, k=3)], chance)
    late, register.told = register.told, []
    lease = renewed(floor)
    anew = CounterState(begun, seen, resumed=True)
    register.follow(anew, lease, ["stand" if register.was_set else chance.choice(moves), "make"], chance)
    assert register.now < 60.0, "the first count is booked by itself"
    buffers = floor.sender, another_buffer(floor.sender)
    queues = [[numbered(buffers[0], one) for one in register.told], [numbered(buffers[1], one) for one in late]]
    while any(queues):
        place = chance.choice([place for place, queue in enumerate(queues) if queue])
        size = chance.randint(1, 3)
        batch = buffers[place].batch(queues[place][:size])
        buffers[place].send(queues[place][:size])
        before = parts(floor)
        assert buffers[place].post(batch).status_code == 200
        assert parts(floor) == before, "what comes again counts no more"
        queues[place] = queues[place][size:]
    waiting = [one for one in of(floor, floor.sender) if one["decision"] is None]
    if not register.was_set:
        assert waiting == []
        assert parts(floor) == base + register.made
    if begun or "counter_reset" not in {one["kind"] for one in waiting}:
        unsettled = sum(one["parts"] or 0 for one in waiting)
        assert parts(floor) + unsettled >= base + register.made, "nobody decides about what is in no count"
    assert bool(waiting) == (WAIT_BEGAN in floor.topics())
    for one in waiting:
        offered = next(now for now in of(floor, floor.sender) if now["id"] == one["id"])
        if offered["decision"] is None:
            what = chance.choice(("accept", "discard")) if offered["may_accept"] else "discard"
            assert decided(floor, floor.sender, one, what) == 200
    assert parts(floor) <= base + register.made, "no part counts twice"


@pytest.mark.parametrize("is_late_last", [True, False])
def test_a_counter_that_rolled_over_calls_nobody(floor: Floor, is_late_last: bool) -> None:
    counted_to(floor, MODULUS - 6)
    sender = floor.sender
    buffer = another_buffer(sender)
    late = {**moved(floor, buffer, 0, 10, 20, (MODULUS - 6, 4), rolled_over=True), "delta": 10}
    floor.sender = sender
    lease = renewed(floor)
    cover = moved(floor, sender, lease, 10, 50, (MODULUS - 6, 14), rolled_over=True, across_gap=True) | {"delta": 20}
    for agent, event in sorted([(sender, cover), (buffer, late)], key=lambda one: (one[0] is buffer) == is_late_last):
        agent.send([event])
    (settled,) = of(floor, sender)
    assert (settled["decision"], settled["decided_by"]) == ("discarded", None)
    assert parts(floor) == 30
    assert WAIT_BEGAN not in floor.topics()


def gone_astray(
    floor: Floor, kind: str, lease: int, seconds: float, raw: tuple[int, int], **more: Any
) -> dict[str, Any]:
    own = {"tag_id": str(floor.counters[0]), "machine_id": str(floor.machines[0]), "lease": lease}
    return floor.sender.event(kind, seconds, **own, raw_from=raw[0], raw_to=raw[1], **more)


@pytest.mark.parametrize(("kind", "to", "more"), [("counter_jumped", 30_000, {}), ("counter_reset", 0, {"added": 0})])
def test_what_went_astray_is_settled_where_it_was_told_again(
    floor: Floor, kind: str, to: int, more: dict[str, Any]
) -> None:
    """The parts before it are in no count then: a person is called, and can have them."""
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    sender.send([late, gone_astray(floor, kind, 0, 30, (110, to), **more)])
    assert WAIT_BEGAN not in floor.topics(), "the next count is still to come"
    sender.send([gone_astray(floor, kind, lease, 40, (100, to), **more)])
    assert floor.topics().count(WAIT_BEGAN) == 1
    parts_before, astray = of(floor, sender)
    assert "was recorded at" in astray["reason"]
    assert floor.rows(INCIDENTS) == [(1,)]
    assert parts_before["may_accept"], parts_before["consequence"]
    assert decided(floor, sender, parts_before, "accept") == 200
    assert parts(floor) == 110


def test_a_first_look_is_of_no_parts_and_calls_nobody(floor: Floor) -> None:
    _, lease = taken_over_anew(floor)
    sender = floor.sender
    first_look = {**moved(floor, sender, 0, 10, 10, (100, 100)), "raw_from": None}
    sender.send([first_look, moved(floor, sender, lease, 10, 50, (100, 140), across_gap=True)])
    (settled,) = of(floor, sender)
    assert settled["reason"] == "It tells where the counter began, and is of no parts"
    assert (settled["decided_by"], parts(floor)) == (None, 140)
    assert WAIT_BEGAN not in floor.topics()


def test_a_count_that_does_not_say_where_it_began_is_held_by_where_it_ended(floor: Floor) -> None:
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    sender.send([{**late, "raw_from": None}, moved(floor, sender, lease, 10, 50, (100, 140), across_gap=True)])
    (settled,) = of(floor, sender)
    assert settled["decision"] == "discarded"
    assert parts(floor) == 140


def test_what_went_round_once_more_than_the_next_count_knows_is_told_to_a_person(floor: Floor) -> None:
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    round_again = {**moved(floor, sender, 0, 20, 30, (110, 105), rolled_over=True), "delta": MODULUS - 5}
    sender.send([late, round_again, moved(floor, sender, lease, 10, 50, (100, 140), across_gap=True)])
    assert floor.topics().count(WAIT_BEGAN) == 1
    (waiting,) = [one for one in of(floor, sender) if one["decision"] is None]
    assert "put the count right by hand" in waiting["consequence"]
    assert decided(floor, sender, waiting, "accept") == 409
    assert decided(floor, sender, waiting, "discard") == 200
