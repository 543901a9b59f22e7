"""What an agent recorded while a tag was its own is taken however late it comes; what it recorded after that is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from unison_domain.stations.leases import Lease
from unison_server.kernel.database import Database
from unison_server.kernel.undone import Undone
from unison_server.stations.former_holders import FormerHold, hold_ended
from unison_server.stations.leases import Holder

from tests.server.stations.floor import START, Floor, Sender, enrol
from tests.server.stations.test_leases import count, counter, give, parts, quarantined, second_agent, told


def values(floor: Floor) -> int:
    return int(floor.rows("select count(*) from samples")[0][0])


def states(floor: Floor) -> list[str]:
    return [state for state, *_ in floor.history()]


def soon() -> float:
    """In a minute, in seconds after `START`."""
    return (datetime.now(UTC) - START).total_seconds() + 60


def handed_over(floor: Floor) -> tuple[Sender, Sender]:
    """The station's first agent, which does not know yet, and the one that has it now."""
    first, second = floor.sender, second_agent(floor)
    give(floor, second.agent_id)
    return first, second


def test_values_and_states_of_its_time_are_taken_without_a_person(floor: Floor) -> None:
    first, _ = handed_over(floor)
    sample, running = floor.sample(6), floor.changed(7, "running")
    first.send([sample, running, floor.sample(8), floor.changed(20, "stopped", running)])
    assert (values(floor), states(floor), quarantined(floor)) == (2, ["running", "stopped"], [])


ME, NEXT, TAG = UUID(int=1), UUID(int=2), UUID(int=3)
UNDONE = [Undone(datetime.fromtimestamp(50, UTC), datetime.fromtimestamp(60, UTC))]
"""From the lease 50,000 to 60,000."""


@pytest.mark.parametrize(
    ("lease", "former", "held_since", "number", "ended"),
    [
        (0, [], 0, 0, None),
        (0, [(ME, 0, 0)], 100, 100, 100),
        (0, [(ME, 0, 9), (NEXT, 100, 120)], 200, 200, 100),
        (5, [(ME, 0, 9), (NEXT, 100, 120)], 200, 200, 100),
        (150, [(ME, 0, 9), (NEXT, 100, 120), (ME, 140, 160)], 200, 220, 200),
        (110, [(ME, 0, 9), (NEXT, 100, 120)], 200, 200, 100),
        (300, [(ME, 0, 9)], 200, 220, 200),
        (55_000, [], 0, 0, None),
        (55_000, [], 40_000, 40_000, None),
        (55_000, [], 40_000, 61_000, 61_000),
        (55_000, [(NEXT, 40_000, 61_000)], 70_000, 70_000, 61_000),
    ],
    ids=[
        "never handed over",
        "handed over once",
        "first to one, then to another",
        "under its later number",
        "had it twice",
        "under another's number",
        "under a number nobody gave",
        "undone, never handed over",
        "undone, the holder has none of its own yet",
        "undone, the holder goes on",
        "undone, and handed over since",
    ],
)
def test_when_a_hold_ended(
    lease: int, former: list[tuple[UUID, int, int]], held_since: int, number: int, ended: int | None
) -> None:
    holder = Holder("heat", None, NEXT, "Hall 2", Lease(number, held_since, 0, 0), range(0), 0)
    holds = [FormerHold(TAG, agent_id, since, last) for agent_id, since, last in former]
    assert hold_ended(ME, TAG, lease, holder, holds, UNDONE) == ended


def test_what_it_recorded_after_the_hand_over_waits(floor: Floor) -> None:
    first, _ = handed_over(floor)
    first.send([floor.sample(6), floor.changed(7, "running"), floor.sample(soon()), floor.changed(soon(), "stopped")])
    assert (values(floor), states(floor)) == (1, ["running"])
    assert quarantined(floor) == [("sample", "lease_lost"), ("state_changed", "lease_lost")]


def test_its_counts_are_in_what_the_new_holder_counts(floor: Floor) -> None:
    first = floor.sender
    first.send([count(floor, first, 3, 103)])
    _, second = handed_over(floor)
    first.send([floor.sample(6), count(floor, first, 4, 107)])
    second.send([count(floor, second, 6, 109, counter(floor, second).lease)])
    assert (parts(floor), values(floor)) == (9, 1)
    assert quarantined(floor) == [("counted", "lease_lost")]


def test_stamps_of_a_clock_that_never_heard_the_time_prove_nothing(floor: Floor) -> None:
    first, _ = handed_over(floor)
    first.send([floor.sample(6, clock_unsynced=True), floor.changed(7, "running") | {"clock_unsynced": True}])
    assert (values(floor), states(floor)) == (0, [])


@pytest.mark.parametrize(("offset", "taken"), [(0.5, 1), (-0.5, 1), (3_600.0, 0), (-3_600.0, 0), (1e300, 0)])
def test_what_is_left_of_a_clocks_error_is_kept_away_from_the_hand_over(
    floor: Floor, offset: float, taken: int
) -> None:
    minute_before = (datetime.now(UTC) - START).total_seconds() - 60
    first, _ = handed_over(floor)
    batch = first.batch([floor.sample(minute_before)])
    batch["clock"]["offset_seconds"] = offset
    assert first.post(batch).status_code == 200
    assert values(floor) == taken


def test_a_state_older_than_what_the_new_holder_told_lands_before_it(floor: Floor) -> None:
    first, second = handed_over(floor)
    late = [floor.changed(7, "running"), floor.sample(8), floor.changed(9, "stopped")]
    floor.sender = second
    second.send([floor.changed(100, "fault") | {"lease": counter(floor, second).lease}])
    batch = first.batch(late)
    for _again in range(2):
        assert first.post(batch).status_code == 200
    assert (values(floor), quarantined(floor)) == (1, [])
    assert floor.history() == [("running", 7, 9), ("stopped", 9, 100), ("fault", 100, None)]


def test_given_back_it_is_still_believed_about_its_first_time(floor: Floor) -> None:
    first, _ = handed_over(floor)
    late = [floor.sample(6), floor.changed(7, "running"), floor.sample(soon()), floor.changed(soon(), "fault")]
    give(floor, floor.agent_id)
    lease = max(tag.lease for device in told(first).devices for tag in device.tags)
    floor.sender = first
    first.send([*late, floor.sample(30, lease=lease), floor.changed(40, "stopped") | {"lease": lease}])
    assert (values(floor), states(floor)) == (2, ["running", "stopped"])
    assert len(quarantined(floor)) == 2


def test_a_lease_it_never_had_admits_nothing(floor: Floor) -> None:
    first, second = handed_over(floor)
    lease = counter(floor, second).lease
    first.send([floor.sample(6, lease=lease), floor.changed(7, "running") | {"lease": lease}])
    assert (values(floor), states(floor)) == (0, [])


def test_who_never_held_it_is_not_believed(floor: Floor) -> None:
    _, second = handed_over(floor)
    third = enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 3"}).json()["code"])
    floor.sender = third
    third.send([floor.sample(6), floor.changed(7, "running")])
    assert (values(floor), states(floor)) == (0, [])
    assert second.agent_id != third.agent_id


def test_a_station_without_an_agent_loses_nothing_of_the_former_one(floor: Floor) -> None:
    first = floor.sender
    give(floor, None)
    first.send([floor.sample(6), floor.changed(7, "running")])
    assert (values(floor), states(floor)) == (1, ["running"])


@pytest.mark.parametrize("table", ["devices", "tags"])
def test_a_device_or_a_tag_that_moves_ends_a_hold_too(floor: Floor, table: str) -> None:
    first, second = floor.sender, second_agent(floor)
    body = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2", "agent_id": str(second.agent_id)}
    other = floor.admin.post("/stations", body).json()["id"]
    place = {"name": "PLC 2", "station_id": other, "host": "127.0.0.1"}
    device = floor.admin.post("/devices", place).json()["id"]
    moved: dict[str, Any] = {
        "devices": ("update devices set station_id = :to where id = :id", other, floor.device_id),
        "tags": ("update tags set device_id = :to where id = :id", device, floor.gauges[0]),
    }
    statement, to, id_ = moved[table]
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text(statement), {"to": to, "id": id_})
    floor.sender = first
    first.send([floor.sample(6), floor.sample(soon())])
    assert values(floor) == 1
    assert quarantined(floor) == [("sample", "lease_lost")]


def test_a_new_name_of_a_station_ends_no_hold(floor: Floor) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update stations set name = 'Line 9'"))
    assert floor.rows("select count(*) from former_tag_holders")[0][0] == 0


def test_a_persons_word_said_after_the_hand_over_comes_through_with_nothing(floor: Floor) -> None:
    """It is of no lease, and the machine is not the agent's any more."""
    first, _ = handed_over(floor)
    word = {"id": "01890000-0000-7000-8000-000000000001", "machine_id": str(floor.machines[0]), "state": "setup"}
    first.send([floor.sample(6), first.event("state_set", soon(), started_at="2026-03-02T06:00:30Z", **word)])
    assert quarantined(floor) == [("state_set", "not_assigned")]
