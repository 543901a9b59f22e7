"""What could not be used is decided by a person, once: taken with all its effects, or let be; never counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import BaseModel
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.settings import Settings
from unison_server.machines.api import MACHINE_ROOM
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused
from unison_server.stations.ingestion import Ingestion
from unison_server.stations.quarantine import accept, answers
from unison_server.stations.quarantine_tables import QuarantinedEvent
from unison_server.stations.retention import forget_old_incidents

from tests.server.serving import SignedIn, sign_in
from tests.server.stations.confirming import NoWitness
from tests.server.stations.floor import Floor, Sender, stamp
from tests.server.stations.test_leases import count, counter, give, parts, second_agent


def listed(floor: Floor) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = floor.admin.get(f"/agents/{floor.agent_id}/quarantine").json()["items"]
    return items


def decide(floor: Floor, event: dict[str, Any], what: str, reason: str = "seen at the machine") -> httpx.Response:
    return floor.admin.post(f"/agents/{floor.agent_id}/quarantine/{event['id']}/{what}", {"reason": reason})


def set_machine(floor: Floor, machine: str | None) -> None:
    set_tag(floor, machine_id=machine)


def set_tag(floor: Floor, **changes: Any) -> None:
    row = floor.admin.get(f"/tags/{floor.counters[0]}").json()
    kept = {name: row[name] for name in ("machine_id", "role", "name", "table", "type", "address")}
    answer = floor.admin.send(
        "PUT",
        f"/tags/{floor.counters[0]}",
        headers={"If-Match": f'"{row["version"]}"'},
        json={**kept, **changes},
    )
    assert answer.status_code == 200, answer.text


def without_machine(floor: Floor) -> dict[str, Any]:
    """Parts of a counter that belonged to no machine when they came."""
    set_machine(floor, None)
    event = floor.counted(5, 4, raw_from=100, raw_to=104)
    del event["machine_id"]
    floor.sender.send([event])
    (kept,) = listed(floor)
    assert kept["code"] == "counter_without_machine"
    return kept


def test_parts_are_accepted_once_their_counter_has_a_machine(floor: Floor) -> None:
    kept = without_machine(floor)
    assert (kept["may_accept"], "belongs to no machine" in kept["consequence"]) == (False, True)
    assert decide(floor, kept, "accept").status_code == 409
    set_machine(floor, str(floor.machines[0]))
    (kept,) = listed(floor)
    assert kept["may_accept"]
    assert kept["consequence"].startswith("Adds 4 good parts at 2026-03-02 06:00:05")
    assert (kept["parts"], kept["count"], kept["told_of"]) == (4, "good", stamp(5))
    answer = decide(floor, kept, "accept")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["decision"], answer.json()["reason"]) == ("accepted", "seen at the machine")
    assert answer.json()["decided_by"]
    (listed_after,) = listed(floor)
    me = floor.admin.get("/auth/me").json()
    assert listed_after["decided_by_name"] == answer.json()["decided_by_name"] == me["full_name"]
    assert parts(floor) == 4
    assert floor.rows("select sum(good) from machine_count_quarters") == [(4,)]
    assert "stations.agent.quarantine_decided" in floor.topics()
    assert floor.rows("select count(*) from audit_logs where table_name = 'quarantine_decisions'")[0][0] == 1
    again = decide(floor, kept, "accept")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert parts(floor) == 4


def test_how_many_wait_is_told_and_those_alone_are_listed_page_by_page(floor: Floor) -> None:
    said: dict[str, Any] = {"across_gap": True, "gap_run": "stood_before", "started_at": stamp(0)}
    floor.sender.send([floor.counted(40_000 + n, 50, **said) for n in range(5)])
    path = f"/agents/{floor.agent_id}/quarantine"

    def waiting() -> int:
        count: int = floor.admin.get(f"/agents/{floor.agent_id}").json()["waiting_events"]
        return count

    assert (waiting(), len(listed(floor))) == (5, 5)
    assert decide(floor, listed(floor)[2], "discard").status_code == 200
    assert (waiting(), len(listed(floor))) == (4, 5)
    first = floor.admin.get(path, params={"state": "open", "limit": 3}).json()
    rest = floor.admin.get(path, params={"state": "open", "limit": 3, "cursor": first["next_cursor"]}).json()
    found = {one["id"] for one in first["items"] + rest["items"]}
    assert found == {one["id"] for one in listed(floor) if one["decision"] is None}
    assert rest["next_cursor"] is None


def test_two_people_at_once_accept_it_once(floor: Floor, address: str) -> None:
    kept = without_machine(floor)
    set_machine(floor, str(floor.machines[0]))

    def at_once(_: int) -> int:
        with httpx.Client(base_url=address, timeout=60) as client:
            return decide(replace(floor, admin=replace(floor.admin, client=client)), kept, "accept").status_code

    with ThreadPoolExecutor(4) as people:
        assert sorted(people.map(at_once, range(4))) == [200, 409, 409, 409]
    assert parts(floor) == 4


def test_parts_that_are_counted_from_a_baseline_on_are_not_accepted(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    give(floor, second.agent_id)
    first.send([count(floor, first, 4, 107)])
    give(floor, floor.agent_id)
    (kept,) = listed(floor)
    assert not kept["may_accept"]
    assert "would count 4 parts twice" in kept["consequence"]
    refused = decide(floor, kept, "accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "would_not_be_right")
    first.send([count(floor, first, 4, 107, counter(floor, first).lease)])
    assert parts(floor) == 7
    done = decide(floor, kept, "discard", "counted again by the new lease")
    assert (done.status_code, done.json()["decision"]) == (200, "discarded")
    assert listed(floor)[0]["reason"] == "counted again by the new lease"
    assert decide(floor, kept, "accept").json()["code"] == "already_decided"
    assert parts(floor) == 7


def lost_without_baseline(floor: Floor, late: dict[str, Any], first: Sender, second: Sender) -> None:
    """Nothing was counted to go on from, so the former holder's parts are in nobody's count."""
    before = parts(floor)
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.baseline is None
    first.send([late])
    second.send([count(floor, second, 6, 113, tag.lease)])
    (kept,) = listed(floor)
    assert (kept["code"], kept["may_accept"]) == ("lease_lost", True)
    assert kept["consequence"].startswith("Adds 4 good parts at 2026-03-02 06:00:05 UTC. The agent after it was given")
    assert decide(floor, kept, "accept").status_code == 200
    assert parts(floor) == before + 4 + 6


def test_parts_of_a_counter_handed_over_before_it_was_ever_counted_are_accepted(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    late = count(floor, first, 4, 107)
    lost_without_baseline(floor, late, first, second)


def test_parts_of_the_former_register_are_accepted_after_a_hand_over_under_the_next(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    counter(floor, first)
    first.send([count(floor, first, 3, 103)])
    set_tag(floor, address=77)
    assert counter(floor, first).baseline is None
    lost_without_baseline(floor, count(floor, first, 4, 107), first, second)


def test_a_later_baseline_holds_nothing_of_what_was_lost_before(floor: Floor) -> None:
    first, second, third = floor.sender, second_agent(floor), second_agent(floor)
    late = count(floor, first, 4, 107)
    give(floor, second.agent_id)
    second.send([count(floor, second, 6, 113, counter(floor, second).lease)])
    of_second = count(floor, second, 2, 115, counter(floor, second).lease)
    give(floor, third.agent_id)
    baseline = counter(floor, third).baseline
    assert baseline is not None
    assert baseline.raw == 113
    first.send([late])
    assert [one["may_accept"] for one in listed(floor)] == [True]
    second.send([of_second])
    (twice,) = floor.admin.get(f"/agents/{second.agent_id}/quarantine").json()["items"]
    assert not twice["may_accept"]


def test_parts_told_by_who_never_held_the_counter_are_not_accepted(floor: Floor) -> None:
    second, third = second_agent(floor), second_agent(floor)
    give(floor, second.agent_id)
    third.send([count(floor, third, 4, 107)])
    (kept,) = floor.admin.get(f"/agents/{third.agent_id}/quarantine").json()["items"]
    assert not kept["may_accept"]


def test_a_value_and_a_state_are_accepted_in_any_order(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    give(floor, second.agent_id)
    told = [floor.sample(6), floor.changed(7, "running"), floor.changed(20, "stopped")]
    first.send([event | {"clock_unsynced": True} for event in told])
    sample, early, late = listed(floor)[::-1]
    assert decide(floor, late, "accept").status_code == 200
    assert [state for state, *_ in floor.history()] == ["stopped"]
    assert decide(floor, early, "accept").status_code == 200
    assert floor.history() == [("running", 7, 20), ("stopped", 20, None)]
    assert decide(floor, sample, "accept").status_code == 200
    assert floor.rows("select count(*) from samples")[0][0] == 1


def test_what_nobody_can_read_is_not_accepted(floor: Floor) -> None:
    floor.sender.send(
        [
            floor.sender.event("telepathy", 1),
            floor.counted(2, -5),
            floor.sample(3, "with \x00 inside"),
            floor.sender.event("sample", 4, tag_id="01890000-0000-7000-8000-000000000000", value=1),
        ]
    )
    for kept in listed(floor):
        assert not kept["may_accept"]
        refused = decide(floor, kept, "accept")
        assert (refused.status_code, refused.json()["detail"]) == (409, kept["consequence"])
    assert listed(floor)[0]["consequence"].startswith("The agent keeps it among its dead letters")


@pytest.mark.parametrize("reason", [None, "", "  ", "x"])
def test_a_decision_has_a_reason(floor: Floor, reason: str | None) -> None:
    kept = without_machine(floor)
    for what in ("accept", "discard"):
        answer = floor.admin.post(f"/agents/{floor.agent_id}/quarantine/{kept['id']}/{what}", {"reason": reason})
        assert answer.status_code == 422
    assert listed(floor)[0]["decision"] is None


def test_who_may_decide(floor: Floor, client: httpx.Client) -> None:
    kept = without_machine(floor)
    floor.made.add_user("viewer", roles=[RoleCode.PLANNER], writes=[floor.plant_id])
    floor.made.add_user("mender", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    floor.made.add_user("elsewhere", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id])

    def tries(user: str) -> int:
        person: SignedIn = sign_in(client, floor.made, user)
        return decide(replace(floor, admin=person), kept, "discard").status_code

    assert [tries(user) for user in ("viewer", "elsewhere", "mender")] == [403, 403, 200]


def test_another_agents_event_is_not_found_here(floor: Floor) -> None:
    kept = without_machine(floor)
    other = second_agent(floor)
    answer = floor.admin.post(f"/agents/{other.agent_id}/quarantine/{kept['id']}/discard", {"reason": "not mine"})
    assert answer.status_code == 404


class _Told(BaseModel):
    """What a kind of event says that an update of the server brings."""

    thought: str


def test_a_kind_the_server_learns_later_can_be_accepted_then(floor: Floor) -> None:
    floor.sender.send([floor.sender.event("telepathy", 1, thought="open the door"), floor.sender.event("telepathy", 2)])
    (no_thought, kept) = listed(floor)
    assert not kept["may_accept"]
    taken: list[str] = []

    def take(_session: TenantSession, _arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
        taken.extend(one.event.thought for one in events)
        return []

    updated = Ingestion([EventRoom({"telepathy": _Told}, take)], NoWitness())
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        events = [session.need(QuarantinedEvent, UUID(one["id"]), "event") for one in (kept, no_thought)]
        assert [one.may_accept for one in answers(session, updated, MACHINE_ROOM, events)] == [True, False]
        accept(session, updated, events[0], "the server was updated")
    assert taken == ["open the door"]
    assert [one["decision"] for one in listed(floor)] == [None, "accepted"]


def test_accepted_parts_are_part_of_the_next_baseline(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    set_machine(floor, None)
    event = count(floor, first, 4, 107, counter(floor, first).lease) | {"at": stamp(6)}
    del event["machine_id"]
    first.send([event])
    (kept,) = listed(floor)
    set_machine(floor, str(floor.machines[0]))
    assert decide(floor, kept, "accept").status_code == 200
    assert parts(floor) == 7
    give(floor, second.agent_id)
    baseline = counter(floor, second).baseline
    assert baseline is not None
    assert baseline.raw == 107


def test_parts_of_a_counter_without_a_machine_are_in_no_new_holders_count(floor: Floor) -> None:
    """Its counter stands beyond them, so they can be taken whoever counts by then."""
    first, second = floor.sender, second_agent(floor)
    kept = without_machine(floor)
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.baseline is not None
    assert tag.baseline.raw == 104
    set_machine(floor, str(floor.machines[0]))
    second.send([count(floor, second, 2, 106, tag.lease)])
    floor.sender = first
    (kept,) = listed(floor)
    assert kept["may_accept"]
    assert decide(floor, kept, "accept").status_code == 200
    assert parts(floor) == 6
    give(floor, floor.agent_id)
    baseline = counter(floor, first).baseline
    assert baseline is not None
    assert baseline.raw == 106, "what is accepted late moves nothing back"


def test_parts_accepted_after_later_ones_move_no_baseline_back(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    kept = without_machine(floor)
    set_machine(floor, str(floor.machines[0]))
    first.send([floor.counted(60, 3, raw_from=104, raw_to=107)])
    assert decide(floor, kept, "accept").status_code == 200
    assert parts(floor) == 7
    give(floor, second.agent_id)
    baseline = counter(floor, second).baseline
    assert baseline is not None
    assert baseline.raw == 107


def test_what_waits_for_a_person_is_not_forgotten(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([floor.sender.event("telepathy", 1), floor.sender.event("telepathy", 2)])
    unknown = floor.sender.event("sample", 3, tag_id=str(UUID(int=1)), value=1)
    floor.sender.send([unknown])
    decided, waits = [one for one in listed(floor) if one["code"] == "unknown_kind"]
    assert decide(floor, decided, "discard").status_code == 200
    late = datetime.now(UTC) + timedelta(days=settings.incidents_kept_days, hours=1)
    forget_old_incidents(settings, system_databases, late)
    assert [one["id"] for one in listed(floor)] == [waits["id"]], "the agent keeps the one of no tag"
