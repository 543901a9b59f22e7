"""A tag is leased to one agent: what others send of it is set aside, and a new holder goes on where the last stood."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from unison_domain.stations.configuration import AgentConfiguration, TagConfiguration
from unison_server.kernel.database import Database

from tests.server.stations.floor import START, Floor, Sender, enrol

COUNTED = "select coalesce(sum(delta), 0)::int as parts from machine_counts"


def parts(floor: Floor) -> int:
    return int(floor.rows(COUNTED)[0].parts)


def second_agent(floor: Floor) -> Sender:
    return enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"])


def give(floor: Floor, agent_id: UUID | None) -> None:
    """The station goes to another agent."""
    row = floor.admin.get(f"/stations/{floor.station_id}").json()
    body = {"agent_id": agent_id and str(agent_id)}
    answer = floor.admin.send(
        "PATCH", f"/stations/{floor.station_id}", headers={"If-Match": f'"{row["version"]}"'}, json=body
    )
    assert answer.status_code == 200, answer.text


def told(sender: Sender, **known: object) -> AgentConfiguration:
    headers = {f"Unison-{name.title()}": str(value) for name, value in known.items()}
    answer = sender.call("GET", "/configuration", headers=headers)
    assert answer.status_code == 200, answer.text
    return AgentConfiguration.model_validate_json(answer.content)


def counter(floor: Floor, sender: Sender) -> TagConfiguration:
    tags = [tag for device in told(sender).devices for tag in device.tags]
    return next(tag for tag in tags if tag.id == floor.counters[0])


def quarantined(floor: Floor) -> list[tuple[str, str]]:
    return [(row.kind, row.code) for row in floor.rows("select kind, code from quarantine order by seq, kind")]


def count(floor: Floor, sender: Sender, delta: int, raw_to: int, lease: int = 0) -> dict[str, Any]:
    floor.sender = sender
    return floor.counted(5, delta, raw_from=raw_to - delta, raw_to=raw_to, lease=lease)


def test_a_new_holder_goes_on_where_the_last_one_was_counted_up_to(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    assert (counter(floor, first).lease, counter(floor, first).baseline) == (0, None)
    first.send([count(floor, first, 3, 103)])
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.lease > 0
    assert tag.baseline is not None
    assert tag.baseline.raw == 103
    first.send([count(floor, first, 4, 107)])
    second.send([count(floor, second, 6, 109, tag.lease)])
    assert parts(floor) == 9
    (row,) = floor.rows("select code, message from quarantine")
    assert row.code == "lease_lost"
    assert "held by agent Hall 2 since 20" in row.message


def test_given_back_it_is_another_lease(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    late = count(floor, first, 4, 107)
    give(floor, second.agent_id)
    before = counter(floor, second).lease
    give(floor, floor.agent_id)
    tag = counter(floor, first)
    assert tag.lease > before
    assert tag.baseline is not None
    assert tag.baseline.raw == 103
    first.send([late, count(floor, first, 7, 110, tag.lease)])
    assert parts(floor) == 10
    words = floor.rows("select message from quarantine")[0].message
    assert words.startswith("The tag good 0 was handed over, and this event names no lease: update the agent")


def test_to_nobody_and_on_is_one_hand_over(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    give(floor, None)
    first.send([count(floor, first, 1, 104)])
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.baseline is not None
    assert tag.baseline.raw == 103
    assert quarantined(floor) == [("counted", "lease_lost")]


def test_values_and_states_are_the_holders_too(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([floor.changed(0, "running")])
    give(floor, second.agent_id)
    later = (datetime.now(UTC) - START).total_seconds() + 60
    first.send([floor.sample(later), floor.changed(later, "stopped")])
    assert quarantined(floor) == [("sample", "lease_lost"), ("state_changed", "lease_lost")]
    told_why = [
        row.message.partition(" since ")[0] for row in floor.rows("select message from quarantine order by seq")
    ]
    assert told_why == ["The tag heat 0 is held by agent Hall 2", "The machine is held by agent Hall 2"]
    lease = max(tag.lease for device in told(second).devices for tag in device.tags)
    floor.sender = second
    second.send([floor.sample(8, lease=lease), floor.changed(9, "fault") | {"lease": lease}])
    assert [state for state, *_ in floor.history()] == ["running", "fault"]
    assert floor.rows("select count(*) from samples")[0][0] == 1


def test_a_hand_over_waits_for_the_batch_that_is_being_taken(floor: Floor) -> None:
    """Where it would not, its parts would be counted and no part of the baseline."""
    first, second = floor.sender, second_agent(floor)
    first.send([count(floor, first, 3, 103)])
    handing = threading.Thread(target=give, args=(floor, second.agent_id))
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        hold = "update tag_leases set counted_raw = 108, counted_at = now() where id = :id"
        session.execute(text(hold), {"id": floor.counters[0]})
        handing.start()
        handing.join(0.3)
        assert handing.is_alive(), "the hand-over must wait"
    handing.join(60)
    tag = counter(floor, second)
    assert tag.baseline is not None
    assert tag.baseline.raw == 108


def test_a_device_moved_to_another_agents_station_is_handed_over(floor: Floor) -> None:
    second = second_agent(floor)
    body = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2", "agent_id": str(second.agent_id)}
    other = floor.admin.post("/stations", body).json()["id"]
    floor.sender.send([count(floor, floor.sender, 3, 103)])
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update devices set station_id = :to"), {"to": other})
    tag = counter(floor, second)
    assert tag.lease > 0
    assert tag.baseline is not None
    assert tag.baseline.raw == 103


def test_a_tag_that_reads_another_register_has_no_baseline_of_the_former(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    counter(floor, first)
    first.send([count(floor, first, 3, 103)])
    row = floor.admin.get(f"/tags/{floor.counters[0]}").json()
    kept = {name: row[name] for name in ("machine_id", "role", "name", "table", "type")}
    answer = floor.admin.send(
        "PUT", f"/tags/{floor.counters[0]}", headers={"If-Match": f'"{row["version"]}"'}, json={**kept, "address": 40}
    )
    assert answer.status_code == 200, answer.text
    tag = counter(floor, first)
    assert (tag.lease > 0, tag.baseline) == (True, None)
    first.send([count(floor, first, 2, 105)])
    assert parts(floor) == 5, "what was counted before it heard of the change counts"
    give(floor, second.agent_id)
    assert counter(floor, second).baseline is None


def test_another_pc_under_the_same_name_goes_on_and_the_former_does_not(floor: Floor) -> None:
    floor.sender.send([count(floor, floor.sender, 3, 103)])
    late = count(floor, floor.sender, 2, 105)
    code = floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    body = {"code": code, "hostname": "pc-2", "version": "1.0", "platform": "linux"}
    token = floor.sender.client.post("/api/v1/stations/enrol", json=body).json()["device_token"]
    floor.sender.token = token
    tag = counter(floor, floor.sender)
    assert tag.baseline is not None
    assert tag.baseline.raw == 103
    floor.sender.send([late, floor.sample(6, lease=0), count(floor, floor.sender, 5, 108, tag.lease)])
    assert parts(floor) == 8
    assert quarantined(floor) == [("counted", "counted_anew")], "its values and states go on"


def test_the_same_buffer_enrolled_anew_is_the_same_memory(floor: Floor) -> None:
    floor.sender.send([count(floor, floor.sender, 3, 103)])
    code = floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    body = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    known = {"epoch": str(floor.sender.epoch), "acknowledged_through": 1}
    answer = floor.sender.client.post("/api/v1/stations/enrol", json={**body, **known}).json()
    assert (answer["is_lost"], answer["begins_anew"]) == (False, False)
    floor.sender.token = answer["device_token"]
    assert counter(floor, floor.sender).lease == 0
    floor.sender.send([count(floor, floor.sender, 2, 105)])
    assert parts(floor) == 5


def test_a_configuration_from_a_future_that_is_undone_renews_every_lease(floor: Floor) -> None:
    floor.sender.send([count(floor, floor.sender, 3, 103)])
    late = count(floor, floor.sender, 2, 105, lease=0)
    version = told(floor.sender).version
    renewed = told(floor.sender, running=version + 1_000)
    assert renewed.version > version
    tag = next(tag for device in renewed.devices for tag in device.tags if tag.id == floor.counters[0])
    assert tag.baseline is not None
    assert tag.baseline.raw == 103
    floor.sender.send([late, count(floor, floor.sender, 4, 107, tag.lease)])
    assert parts(floor) == 7


def test_a_number_this_server_never_gave_counts_nothing(floor: Floor) -> None:
    floor.sender.send([count(floor, floor.sender, 3, 103, lease=2**50)])
    assert parts(floor) == 0
    assert quarantined(floor) == [("counted", "counted_anew")]


def test_no_configuration_is_given_before_lost_events_have_come_again(floor: Floor) -> None:
    floor.sender.send([count(floor, floor.sender, 3, 103)])
    headers = {"Unison-Epoch": str(floor.sender.epoch), "Unison-Acknowledged": "2"}
    refused = floor.sender.call("GET", "/configuration", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "events_missing")
    assert refused.headers["Retry-After"] == "1"
    floor.sender.send([count(floor, floor.sender, 1, 104)])
    assert floor.sender.call("GET", "/configuration", headers=headers).status_code == 200


@pytest.mark.parametrize("lease", [-1, 2**63, "1", 1.5, None])
def test_a_lease_that_is_none_is_set_aside(floor: Floor, lease: object) -> None:
    floor.sender.send([floor.counted(1) | {"lease": lease}, floor.sample(2) | {"lease": lease}])
    assert {code for _, code in quarantined(floor)} == {"invalid"}


def test_a_dead_letter_sent_again_moves_no_baseline_back(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([floor.counted(5, 3, raw_from=100, raw_to=103)])
    first.send([floor.counted(600, 4, raw_from=103, raw_to=107)])
    first.send([floor.counted(2, 2, raw_from=98, raw_to=100, first_seq=1)])
    give(floor, second.agent_id)
    baseline = counter(floor, second).baseline
    assert baseline is not None
    assert baseline.raw == 107


def test_a_clock_that_stepped_back_delays_no_baseline(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([floor.counted(600, 3, raw_from=100, raw_to=103)])
    first.send([floor.counted(5, 4, raw_from=103, raw_to=107)])
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.baseline is not None
    assert tag.baseline.raw == 107
    floor.sender = second
    second.send([floor.counted(3, 1, raw_from=107, raw_to=108, lease=tag.lease)])
    give(floor, floor.agent_id)
    baseline = counter(floor, first).baseline
    assert baseline is not None
    assert baseline.raw == 108, "a new lease is later, whatever the clocks say"


def test_a_counter_that_counted_nothing_yet_is_handed_over_where_it_began(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([floor.counted(5, 0, raw_from=100, raw_to=100)])
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.baseline is not None
    assert tag.baseline.raw == 100
    assert floor.rows("select count(*) from machine_counts")[0][0] == 0, "a beginning is no part"
    assert "machines.machine.counted" not in floor.topics()


def test_one_sent_again_in_a_batch_with_newer_ones_moves_no_baseline_back(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([floor.sample(1)])
    newer = floor.counted(600, 4, raw_from=103, raw_to=107)
    first.send([newer, floor.counted(2, 2, raw_from=98, raw_to=100, first_seq=1)])
    give(floor, second.agent_id)
    baseline = counter(floor, second).baseline
    assert baseline is not None
    assert baseline.raw == 107


def test_a_future_undone_is_found_though_the_configuration_changed_before_the_agent_asks(floor: Floor) -> None:
    first = floor.sender
    first.send([count(floor, first, 3, 103)])
    undone = told(first).version + 1
    row = floor.admin.get(f"/stations/{floor.station_id}").json()
    floor.admin.send(
        "PATCH",
        f"/stations/{floor.station_id}",
        headers={"If-Match": f'"{row["version"]}"'},
        json={"name": "Line 1, edited after the restore"},
    )
    first.send([count(floor, first, 4, 107, undone)])
    renewed = told(first, running=undone)
    assert renewed.version > undone
    tag = next(tag for device in renewed.devices for tag in device.tags if tag.id == floor.counters[0])
    assert tag.baseline is not None
    assert tag.baseline.raw == 103
    assert told(first, running=renewed.version).version == renewed.version, "what it was told is no undone future"
