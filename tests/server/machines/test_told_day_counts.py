"""Agents are told what others counted today of their machines, so that a new PC's page shows the whole day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from unison_domain.machines.day_counts import MOST_EPOCHS

from tests.server.stations.floor import START, Floor, Sender, stamp
from tests.server.stations.test_leases import give, second_agent, told

DAY = 86_400.0


def heard(sender: Sender, *epochs: UUID) -> dict[str, tuple[str, str, str]]:
    """Good, scrap and total of each machine that others counted than these lives of a buffer."""
    answer = sender.call("GET", "/day-counts", params={"epochs": [str(one) for one in epochs or (sender.epoch,)]})
    assert answer.status_code == 200, answer.text
    return {one["machine_id"]: (one["good"], one["scrap"], one["total"]) for one in answer.json()["items"]}


def in_zone(floor: Floor, hour: int) -> str:
    """The plant gets a zone in which it is about this hour now, so that its day began that many hours ago."""
    offset = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    zone = f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
    row = floor.admin.get(f"/plants/{floor.plant_id}").json()
    answer = floor.admin.send(
        "PATCH", f"/plants/{floor.plant_id}", headers={"If-Match": f'"{row["version"]}"'}, json={"time_zone": zone}
    )
    assert answer.status_code == 200, answer.text
    return zone


def now() -> float:
    return (datetime.now(UTC) - START).total_seconds()


def begun(zone: str) -> float:
    """The plant's last midnight."""
    midnight = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - START).total_seconds()


def test_a_replaced_pc_hears_what_the_one_before_counted_today(floor: Floor) -> None:
    midnight = begun(in_zone(floor, 12))
    machine, other = map(str, floor.machines)
    floor.sender.send(
        [
            floor.counted(midnight - 1, 100),
            floor.counted(midnight + 1, 7),
            floor.counted(midnight + 2, 2, count="scrap"),
        ]
    )
    assert heard(floor.sender) == {machine: ("0", "0", "0"), other: ("0", "0", "0")}
    before, floor.sender.epoch = floor.sender.epoch, uuid4()
    assert heard(floor.sender) == {machine: ("7", "2", "0"), other: ("0", "0", "0")}
    assert heard(floor.sender, before, floor.sender.epoch)[machine] == ("0", "0", "0"), "its own, of a former life"


def test_who_a_machine_is_handed_over_to_hears_what_was_counted_until_then(floor: Floor) -> None:
    midnight = begun(in_zone(floor, 12))
    machine, _ = map(str, floor.machines)
    floor.sender.send([floor.counted(midnight + 1, 40)])
    successor = second_agent(floor)
    assert heard(successor) == {}
    give(floor, successor.agent_id)
    told(floor.sender, epoch=floor.sender.epoch, running=2, acknowledged=1)
    assert heard(successor)[machine] == ("40", "0", "0")
    assert heard(floor.sender) == {}


def test_what_was_put_right_of_them_is_in_it_and_of_its_own_newest_comes_with_heartbeats(floor: Floor) -> None:
    in_zone(floor, 12)
    machine = str(floor.machines[0])
    second = now()
    floor.sender.send([floor.counted(second - 60, 4, steps="4"), floor.counted(second - 30, 1, steps="1")])
    body: dict[str, Any] = {"from": stamp(second - DAY), "to": stamp(second + 60), "scale": "2.5", "reason": "x"}
    answer = floor.admin.post(f"/tags/{floor.counters[0]}/count-corrections", body)
    assert answer.status_code == 201, answer.text
    beat = {"at": stamp(0), "agent_version": "1.1", "configuration": 1, "queue_depth": 0}
    own = {**beat, "epoch": str(floor.sender.epoch)}
    assert heard(floor.sender)[machine] == ("0", "0", "0")
    assert [one["good"] for one in floor.sender.call("POST", "/heartbeat", json=own).json()["corrected"]] == ["7.5"]
    successor = uuid4()
    assert heard(floor.sender, successor)[machine] == ("12.5", "0", "0")
    assert heard(floor.sender, floor.sender.epoch, successor)[machine] == ("7.5", "0", "0")


def test_what_is_no_question_is_refused(floor: Floor) -> None:
    for epochs in ([], ["x"], [str(uuid4())] * (MOST_EPOCHS + 1)):
        assert floor.sender.call("GET", "/day-counts", params={"epochs": epochs}).status_code == 422
    assert floor.admin.get("/stations/me/day-counts", params={"epochs": str(uuid4())}).status_code == 403
