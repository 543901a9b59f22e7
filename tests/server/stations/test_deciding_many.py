"""Many events that were set aside are decided at once: each wholly or not at all; lists find those of one thing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database

from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, stamp
from tests.server.stations.test_leases import count, give, parts, second_agent
from tests.server.stations.test_quarantine import decide, listed

NIGHT = 8 * 3600.0


def gaps(floor: Floor, number: int, machine: int = 0) -> list[dict[str, Any]]:
    """Counts that wait for a person, of 1, 2, 3, … parts, oldest first."""
    said: dict[str, Any] = {"across_gap": True, "started_at": stamp(0)}
    floor.sender.send([floor.counted(NIGHT + n, n, machine, **said) for n in range(1, number + 1)])
    return listed(floor)[::-1][-number:]


def decide_many(floor: Floor, events: list[Any], what: str, reason: str = "seen at the machine") -> httpx.Response:
    ids = [event["id"] if isinstance(event, dict) else event for event in events]
    return floor.admin.post(f"/agents/{floor.agent_id}/quarantine/{what}", {"ids": ids, "reason": reason})


def found(floor: Floor, **query: Any) -> set[int]:
    answer = floor.admin.get(f"/agents/{floor.agent_id}/quarantine", params=query)
    assert answer.status_code == 200, answer.text
    return {one["seq"] for one in answer.json()["items"]}


def test_several_are_accepted_and_others_discarded_with_one_reason_each(floor: Floor) -> None:
    kept = gaps(floor, 5)
    answer = decide_many(floor, kept[:3], "accept")
    assert answer.status_code == 200, answer.text
    told = answer.json()["items"]
    assert [(one["is_done"], one["event"]["decision"], one["event"]["parts"]) for one in told] == [
        (True, "accepted", 1),
        (True, "accepted", 2),
        (True, "accepted", 3),
    ]
    assert {one["event"]["machine_code"] for one in told} == {"M1"}
    assert {one["event"]["station_name"] for one in told} == {"Line 1"}
    assert parts(floor) == 6
    before = floor.topics().count("stations.agent.quarantine_decided")
    assert decide_many(floor, kept[3:], "discard", "maintenance ran it empty").status_code == 200
    assert floor.topics().count("stations.agent.quarantine_decided") == before + 1
    assert [one["reason"] for one in listed(floor)[:2]] == ["maintenance ran it empty"] * 2
    assert parts(floor) == 6


def test_what_is_refused_says_why_and_keeps_no_other_from_its_decision(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    waiting = gaps(floor, 2)
    give(floor, second.agent_id)
    first.send([count(floor, first, 4, 107)])
    give(floor, floor.agent_id)
    lost = listed(floor)[0]
    assert lost["code"] == "lease_lost"
    assert decide(floor, waiting[0], "discard").status_code == 200
    told = decide_many(floor, [lost, *waiting], "accept").json()["items"]
    assert [(one["is_done"], one["code"]) for one in told] == [
        (False, "already_decided"),
        (True, None),
        (False, "would_not_be_right"),
    ]
    assert "would count 4 parts twice" in told[2]["problem"]
    assert [one["event"]["decision"] for one in told] == ["discarded", "accepted", None]
    assert parts(floor) == 3 + 2


def test_sent_again_the_same_request_books_nothing_twice(floor: Floor) -> None:
    kept = gaps(floor, 3)
    assert all(one["is_done"] for one in decide_many(floor, kept, "accept").json()["items"])
    again = decide_many(floor, kept, "accept").json()["items"]
    assert {one["code"] for one in again} == {"already_decided"}
    assert parts(floor) == 6


def test_an_unknown_id_is_404_by_its_name_and_nothing_is_decided(floor: Floor) -> None:
    kept, strange = gaps(floor, 2), str(uuid4())
    for what in ("accept", "discard"):
        answer = decide_many(floor, [kept[0], strange, kept[1]], what)
        assert (answer.status_code, strange in answer.json()["detail"]) == (404, True)
        assert answer.json()["parameters"]["ids"] == [strange]
    assert [one["decision"] for one in listed(floor)] == [None, None]
    assert parts(floor) == 0


def test_another_agents_event_is_404_too(floor: Floor) -> None:
    kept, other = gaps(floor, 1), second_agent(floor)
    body = {"ids": [kept[0]["id"]], "reason": "not mine"}
    assert floor.admin.post(f"/agents/{other.agent_id}/quarantine/discard", body).status_code == 404
    assert listed(floor)[0]["decision"] is None


@pytest.mark.parametrize(
    "body",
    [{"reason": ""}, {"reason": "ab"}, {"ids": []}, {"ids": [str(uuid4())] * 2}, {"ids": [str(uuid4())] * 201}],
)
def test_without_a_reason_or_with_no_or_doubled_ids_it_is_refused(floor: Floor, body: dict[str, Any]) -> None:
    whole = {"ids": [str(uuid4())], "reason": "seen at the machine", **body}
    for what in ("accept", "discard"):
        assert floor.admin.post(f"/agents/{floor.agent_id}/quarantine/{what}", whole).status_code == 422


def test_only_who_may_decide_in_all_its_plants_does(floor: Floor, client: httpx.Client) -> None:
    body = {"ids": [gaps(floor, 1)[0]["id"]], "reason": "seen at the machine"}
    floor.made.add_user("viewer", roles=[RoleCode.PLANNER], writes=[floor.plant_id])
    floor.made.add_user("elsewhere", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id])
    for user in ("viewer", "elsewhere"):
        person = sign_in(client, floor.made, user)
        assert person.post(f"/agents/{floor.agent_id}/quarantine/accept", body).status_code == 403
    assert parts(floor) == 0


def test_the_list_finds_those_of_a_code_a_machine_or_a_station(floor: Floor) -> None:
    first, second = gaps(floor, 1)[0]["seq"], gaps(floor, 1, machine=1)[0]["seq"]
    floor.sender.send([floor.sender.event("telepathy", 1, machine_id=str(floor.machines[1]))])
    strange = max(found(floor))
    assert found(floor, code="unknown_kind") == {strange}
    assert found(floor, code="count_across_gap") == {first, second}
    assert found(floor, machine_id=floor.machines[0]) == {first}
    assert found(floor, machine_id=floor.machines[1], state="open") == {second, strange}
    assert found(floor, station_id=floor.station_id) == {first, second, strange}
    assert found(floor, station_id=uuid4()) == set()
    assert {one["station_code"] for one in listed(floor)} == {"S1"}


def test_a_counter_belongs_to_the_machine_it_was_given_meanwhile(floor: Floor) -> None:
    event = floor.counted(5, 4)
    del event["machine_id"]
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update tags set machine_id = null where id = :id"), {"id": floor.counters[0]})
    floor.sender.send([event])
    assert listed(floor)[0]["machine_code"] is None
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        given = {"id": floor.counters[0], "machine": floor.machines[1]}
        session.execute(text("update tags set machine_id = :machine where id = :id"), given)
    assert listed(floor)[0]["machine_code"] == "M2"
    assert found(floor, machine_id=floor.machines[1]) == {event["seq"]}
