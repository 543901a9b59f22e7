"""Who takes a counter over counts at once, whatever of the former holder waits for a person; each part counts once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.server.stations.floor import Floor, Sender, stamp
from tests.server.stations.test_leases import count, counter, give, parts, second_agent

HOUR = 3600.0


def of(floor: Floor, agent: Sender) -> list[dict[str, Any]]:
    """What of this agent was set aside, oldest first."""
    items: list[dict[str, Any]] = floor.admin.get(f"/agents/{agent.agent_id}/quarantine").json()["items"]
    return items[::-1]


def decided(floor: Floor, agent: Sender, event: dict[str, Any], what: str) -> int:
    path = f"/agents/{agent.agent_id}/quarantine/{event['id']}/{what}"
    return floor.admin.post(path, {"reason": "seen at the machine"}).status_code


def moved(
    floor: Floor, agent: Sender, lease: int, begun: float, ended: float, raw: tuple[int, int], **fields: Any
) -> dict[str, Any]:
    """A count of an agent, by the register's values."""
    floor.sender = agent
    own = {"raw_from": raw[0], "raw_to": raw[1], "started_at": stamp(begun), "lease": lease}
    return floor.counted(ended, raw[1] - raw[0], **{**own, **fields})


@dataclass
class TakenOver:
    """A first agent counted up to 100, made 10 more it could not send, and the second went on over a gap to 140."""

    floor: Floor
    first: Sender
    second: Sender
    late: dict[str, Any] = field(default_factory=dict)
    gap: dict[str, Any] = field(default_factory=dict)
    lease: int = 0


@pytest.fixture
def taken(floor: Floor) -> TakenOver:
    first, second = floor.sender, second_agent(floor)
    first.send([moved(floor, first, 0, 0, 10, (0, 100))])
    late = moved(floor, first, 0, 10, 20, (100, 110))
    give(floor, second.agent_id)
    lease = counter(floor, second).lease
    second.send([moved(floor, second, lease, 10, HOUR, (100, 140), across_gap=True)])
    first.send([late])
    ((of_first,), (of_second,)) = of(floor, first), of(floor, second)
    assert (of_first["code"], of_second["code"]) == ("lease_lost", "count_across_gap")
    return TakenOver(floor, first, second, of_first, of_second, lease)


def test_what_the_next_holder_counts_is_booked_at_once_while_both_wait(taken: TakenOver) -> None:
    floor, second = taken.floor, taken.second
    batch = second.batch([moved(floor, second, taken.lease, HOUR, HOUR + 5, (140, 143))])
    for _again in range(2):
        assert second.post(batch).status_code == 200
        assert parts(floor) == 103
    assert "wait for a decision: accept those, or discard" in of(floor, taken.first)[0]["consequence"]
    assert decided(floor, taken.first, taken.late, "accept") == 409
    assert parts(floor) == 103


def test_a_short_gap_of_a_hand_over_waits_for_nobody(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    give(floor, second.agent_id)
    first.send([count(floor, first, 4, 107)])
    lease = counter(floor, second).lease
    second.send([moved(floor, second, lease, 5, 50, (103, 109), across_gap=True)])
    assert of(floor, second) == []
    assert parts(floor) == 9


def test_of_a_discarded_gap_the_former_holders_own_parts_can_be_accepted(taken: TakenOver) -> None:
    floor = taken.floor
    assert decided(floor, taken.second, taken.gap, "discard") == 200
    (late,) = of(floor, taken.first)
    assert (late["may_accept"], "40 parts over the gap" in late["consequence"]) == (True, True)
    assert decided(floor, taken.first, taken.late, "accept") == 200
    assert decided(floor, taken.first, taken.late, "accept") == 409
    assert parts(floor) == 110
    assert counter(floor, taken.second).lease == taken.lease


def test_of_an_accepted_gap_they_are_part(taken: TakenOver) -> None:
    floor = taken.floor
    assert decided(floor, taken.second, taken.gap, "accept") == 200
    (late,) = of(floor, taken.first)
    assert (late["decision"], late["decided_by"], late["may_accept"]) == ("discarded", None, False)
    assert "part of the 40 parts of the register's steps from 100 to 140" in late["reason"]
    assert decided(floor, taken.first, taken.late, "accept") == 409
    assert decided(floor, taken.first, taken.late, "discard") == 409
    assert parts(floor) == 140


def test_parts_beyond_the_discarded_gap_stay_the_next_holders(taken: TakenOver) -> None:
    floor, first, second = taken.floor, taken.first, taken.second
    second.send([moved(floor, second, taken.lease, HOUR, HOUR + 5, (140, 150))])
    first.send([moved(floor, first, 0, 20, HOUR + 4, (110, 145))])
    assert decided(floor, second, taken.gap, "discard") == 200
    beyond = of(floor, first)[-1]
    assert not beyond["may_accept"]
    assert "would count 35 parts twice" in beyond["consequence"]


@pytest.mark.parametrize("seed", range(6))
def test_however_it_goes_each_part_counts_once_and_the_present_holder_at_once(floor: Floor, seed: int) -> None:
    """Two PCs hand a counter to and fro, send late or twice, and people decide in any order."""
    chance = Random(seed)
    agents, holder = [floor.sender, second_agent(floor)], 0
    raw, now, lease = 0, 0.0, counter(floor, floor.sender).lease
    unsent: list[tuple[Sender, dict[str, Any]]] = []
    sent: list[tuple[Sender, dict[str, Any]]] = []

    def send(agent: Sender, event: dict[str, Any]) -> None:
        batch = agent.batch([event])
        agent.send([event])
        sent.append((agent, batch))

    agent = agents[holder]
    for _step in range(10):
        match chance.choice(("count", "count", "lose", "hand over", "replay", "decide")):
            case "count":
                before = parts(floor)
                made = chance.randint(1, 9)
                send(agent, moved(floor, agent, lease, now, now + 5, (raw, raw + made)))
                assert parts(floor) == before + made, "the present holder waits for nobody"
                raw, now = raw + made, now + 5
            case "lose":  # parts the holder makes and can't send, and is taken the counter with them
                made, agent_before = chance.randint(1, 9), agent
                late = moved(floor, agent, lease, now, now + 5, (raw, raw + made))
                holder = 1 - holder
                agent = agents[holder]
                give(floor, agent.agent_id)
                tag = counter(floor, agent)
                lease = tag.lease
                unsent.append((agent_before, late))
                agent_before.send([late])
                gone = tag.baseline.raw if tag.baseline is not None else None
                if gone is not None:
                    begun, now = now, now + chance.choice((30, HOUR))
                    raw += made
                    send(agent, moved(floor, agent, lease, begun, now, (gone, raw), across_gap=True))
                else:
                    raw, now = raw + made, now + HOUR
            case "hand over":
                holder = 1 - holder
                agent = agents[holder]
                give(floor, agent.agent_id)
                lease = counter(floor, agent).lease
            case "replay" if sent:
                before = parts(floor)
                who, batch = chance.choice(sent)
                assert who.post(batch).status_code == 200
                assert parts(floor) == before
            case "decide":
                waiting = [(who, one) for who in agents for one in of(floor, who) if one["decision"] is None]
                if waiting:
                    who, one = chance.choice(waiting)
                    before, what = parts(floor), chance.choice(("accept", "discard"))
                    allowed = what == "discard" or one["may_accept"]
                    assert decided(floor, who, one, what) == (200 if allowed else 409)
                    assert parts(floor) == before + (one["parts"] if allowed and what == "accept" else 0)
    booked = floor.rows("select raw_from, raw_to from machine_counts order by raw_from, raw_to")
    assert all(one.raw_to <= other.raw_from for one, other in pairwise(booked)), "a part is in one count alone"
    assert parts(floor) <= raw
