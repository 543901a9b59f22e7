"""A corrected scale computes again what was recorded, from what was read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_domain.machines.sources import raw_source_of

from tests.server.factories import Made
from tests.server.serving import sign_in
from tests.server.stations.floor import START, Floor, stamp


def scaled(floor: Floor, gauge: int = 0, **settings: Any) -> None:
    row = floor.admin.get(f"/tags/{floor.gauges[gauge]}").json()
    body = {"name": f"heat {gauge}", "table": "holding_register", "type": "uint16", "address": 10 + gauge, **settings}
    put = floor.admin.send(
        "PUT",
        f"/tags/{floor.gauges[gauge]}",
        json={"machine_id": str(floor.machines[gauge]), **body},
        headers={"If-Match": f'"{row["version"]}"'},
    )
    assert put.status_code == 200, put.text


def moved(floor: Floor, **place: Any) -> None:
    """The device is found elsewhere."""
    row = floor.admin.get(f"/devices/{floor.device_id}").json()
    body = {"name": row["name"], "host": row["host"], **place}
    headers = {"If-Match": f'"{row["version"]}"'}
    put = floor.admin.send("PUT", f"/devices/{floor.device_id}", json=body, headers=headers)
    assert put.status_code == 200, put.text


def source(floor: Floor, gauge: int = 0) -> int:
    """What the gauge is read from by an agent that has the configuration of this moment."""
    told = floor.told()
    return next(raw_source_of(one, tag) for one in told.devices for tag in one.tags if tag.id == floor.gauges[gauge])


def read(floor: Floor, seconds: float, value: Any, **fields: Any) -> dict[str, Any]:
    """A sample of an agent that has the configuration of this moment."""
    return floor.sample(seconds, value, source=source(floor), **fields)


def recompute(floor: Floor, start: float = 0, end: float = 100, **asked: Any) -> httpx.Response:
    return floor.admin.post(f"/tags/{floor.gauges[0]}/recompute", {"from": stamp(start), "to": stamp(end), **asked})


def came_of_it(done: httpx.Response) -> tuple[int, int, int, int]:
    """Looked at, changed, read from something else, and not known what from."""
    assert done.status_code == 200, done.text
    told = done.json()
    return told["samples"], told["changed"], told["others"], told["unsure"]


def recorded(floor: Floor) -> list[tuple[Any, ...]]:
    rows = floor.rows(
        "select number, text, quality, raw from samples where tag_id = :id order by at", id=floor.gauges[0]
    )
    return [tuple(row) for row in rows]


def test_values_are_those_the_agent_would_have_sent(floor: Floor) -> None:
    floor.sender.send(
        [
            read(floor, 1, 215),
            read(floor, 2, 21.5, raw=215),
            read(floor, 3, None, quality="bad", raw=900),
            read(floor, 4, None, quality="stale"),
            read(floor, 5, 220, quality="uncertain"),
            read(floor, 200, 215),
        ]
    )
    scaled(floor, scale=0.1, offset=-2.0, maximum=50.0)
    done = recompute(floor)
    assert (done.status_code, done.json()["samples"], done.json()["changed"]) == (200, 5, 3)
    assert recorded(floor) == [
        (215 * 0.1 + -2.0, None, "good", "215"),
        (215 * 0.1 + -2.0, None, "good", "215"),
        (None, None, "bad", "900"),
        (None, None, "stale", None),
        (220 * 0.1 + -2.0, None, "uncertain", "220"),
        (215.0, None, "good", None),
    ]
    assert recompute(floor).json()["changed"] == 0
    scaled(floor)
    recompute(floor)
    assert [row[0] for row in recorded(floor)] == [215.0, 215.0, 900.0, None, 220.0, 215.0]
    assert [row[3] for row in recorded(floor)] == [None] * 6


def test_whole_numbers_beyond_floats_stay_exact(floor: Floor) -> None:
    big = 2**60 + 1
    floor.sender.send([read(floor, 1, big)])
    assert recompute(floor).json()["changed"] == 0
    assert recorded(floor)[0][1] == str(big)


def test_where_what_was_read_is_no_number_nothing_is_changed(floor: Floor) -> None:
    floor.sender.send([read(floor, 1, 215), read(floor, 2, "hot")])
    scaled(floor, scale=0.1)
    refused = recompute(floor)
    assert (refused.status_code, refused.json()["code"]) == (422, "raw_missing")
    assert recorded(floor)[0][0] == 215.0
    assert recompute(floor, end=2).json()["changed"] == 1


def test_what_another_register_gave_has_no_part_in_it(floor: Floor) -> None:
    """However late it comes: an agent that is cut off reads by the configuration it has, until it hears of another."""
    former = source(floor)
    floor.sender.send([floor.sample(1, 215, source=former)])
    scaled(floor, address=11, scale=0.1)
    later = (datetime.now(UTC) - START).total_seconds()
    floor.sender.send([floor.sample(later, 215, source=former), floor.sample(later + 1, 21.7, raw=217, source=former)])
    floor.sender.send([read(floor, later + 2, 216)])
    assert came_of_it(recompute(floor, end=later + 60)) == (1, 1, 3, 0)
    assert [row[0] for row in recorded(floor)] == [215.0, 215.0, 21.7, 216 * 0.1]
    scaled(floor)
    assert came_of_it(recompute(floor, end=later + 60)) == (3, 1, 1, 0)
    assert [row[0] for row in recorded(floor)] == [215.0, 215.0, 217.0, 216 * 0.1]


@pytest.mark.parametrize("place", [{"unit_id": 7}, {"host": "127.0.0.2"}, {"port": 1502}])
def test_a_device_that_was_found_elsewhere_has_other_registers(floor: Floor, place: dict[str, Any]) -> None:
    floor.sender.send([read(floor, 1, 215), floor.sample(2, 215)])
    moved(floor, **place)
    scaled(floor, scale=0.1)
    assert came_of_it(recompute(floor, unsure=True)) == (0, 0, 2, 0)
    floor.sender.send([read(floor, 3, 215)])
    assert came_of_it(recompute(floor)) == (1, 1, 2, 0)
    assert [row[0] for row in recorded(floor)] == [215.0, 215.0, 21.5]


@pytest.mark.parametrize("change", [{"type": "int16"}, {"type": "uint32"}, {"table": "input_register"}])
def test_registers_understood_otherwise_were_not_read_so(floor: Floor, change: dict[str, Any]) -> None:
    floor.sender.send([read(floor, 1, 215)])
    scaled(floor, scale=0.1, **change)
    assert came_of_it(recompute(floor)) == (0, 0, 1, 0)


def test_what_does_not_say_where_it_was_read_is_left_alone_unless_asked_for(floor: Floor) -> None:
    """An older agent does not say. Before the last change that is known here it read something else for certain."""
    scaled(floor, address=11)
    later = (datetime.now(UTC) - START).total_seconds()
    floor.sender.send([floor.sample(1, 215), floor.sample(later + 1, 215), floor.sample(later + 2, 216)])
    scaled(floor, address=11, scale=0.1)
    assert came_of_it(recompute(floor, end=later + 60)) == (0, 0, 1, 2)
    assert [row[0] for row in recorded(floor)] == [215.0, 215.0, 216.0]
    assert came_of_it(recompute(floor, end=later + 60, unsure=True)) == (2, 2, 1, 0)
    assert [row[0] for row in recorded(floor)] == [215.0, 21.5, 216 * 0.1]


def test_it_asks_for_a_right_of_its_own_and_is_in_the_audit(floor: Floor, made: Made, client: httpx.Client) -> None:
    made.add_user("mia", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    body = {"from": stamp(0), "to": stamp(9)}
    refused = sign_in(client, made, "mia").post(f"/tags/{floor.gauges[0]}/recompute", body)
    assert refused.json()["parameters"]["permission"] == "machines.sample.recompute"
    floor.sender.send([read(floor, 1, 215)])
    recompute(floor)
    rows = floor.rows("select actor_kind, new_values from audit_logs where action = 'recomputed'")
    assert [(row.actor_kind, row.new_values["samples"]) for row in rows] == [("user", 1)]


def test_it_is_told_in_the_plant_of_the_machine(floor: Floor) -> None:
    floor.sender.send([read(floor, 1, 215)])
    scaled(floor, scale=0.1)
    assert recompute(floor).json()["changed"] == 1
    told = "select plant_id from {} where topic = 'machines.machine.recomputed'"
    assert floor.rows(f"{told.format('outbox')} union {told.format('events')}") == [(floor.plant_id,)]


def test_what_a_counter_booked_stays_and_that_is_said(floor: Floor) -> None:
    floor.sender.send([floor.counted(1, 5)])
    span = {"from": stamp(0), "to": stamp(9)}
    refused = floor.admin.post(f"/tags/{floor.counters[0]}/recompute", span)
    assert (refused.status_code, refused.json()["code"]) == (422, "counts_stay")
    assert "correct its counts instead" in refused.json()["detail"]
    booked = floor.rows("select sum(delta) as parts from machine_counts")
    assert (booked, floor.rows("select sum(good) from machine_count_quarters")) == ([(5,)], [(5,)])


def test_a_tag_whose_values_are_not_kept_is_refused(floor: Floor) -> None:
    scaled(floor, role="cycle")
    refused = recompute(floor)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_recorded")
    assert "has the role cycle" in refused.json()["detail"]


def test_no_time_is_refused(floor: Floor) -> None:
    assert recompute(floor, 5, 5).json()["code"] == "span_invalid"


def test_a_corrected_definition_judges_how_fast_values_changed(floor: Floor) -> None:
    """One register step a second is believed by the right scale; ten of them never were."""
    scaled(floor, scale=10.0, max_rate=5.0)
    values = [(1, 20, "good"), (2, 21, "uncertain"), (3, 22, "uncertain"), (4, 80, "uncertain"), (5, 23, "uncertain")]
    floor.sender.send([read(floor, at, raw * 10.0, raw=raw, quality=quality) for at, raw, quality in values])
    scaled(floor, max_rate=5.0)
    asked = {"from": stamp(0), "to": stamp(100)}
    seen = floor.admin.post(f"/tags/{floor.gauges[0]}/recompute/preview", asked).json()
    assert (seen["looked_at"], seen["changed"], seen["implausible"], seen["plausible"]) == (5, 5, 0, 3)
    assert [row[0] for row in recorded(floor)] == [200.0, 210.0, 220.0, 800.0, 230.0], "it only looked"
    assert recompute(floor).json() == seen
    assert [row[2] for row in recorded(floor)] == ["good", "good", "good", "uncertain", "good"]
    assert recompute(floor).json()["changed"] == 0
    scaled(floor, max_rate=0.1)
    assert (recompute(floor).json()["implausible"], recompute(floor).json()["changed"]) == (3, 0)
    assert [row[2] for row in recorded(floor)] == ["good", *["uncertain"] * 4]


def test_the_first_value_is_judged_against_the_one_before(floor: Floor) -> None:
    scaled(floor, scale=10.0, max_rate=100.0)
    floor.sender.send([read(floor, 1, 200.0, raw=20), read(floor, 2, 210.0, raw=21)])
    scaled(floor, scale=1.0, max_rate=0.5)
    assert recompute(floor, start=1.5).json()["implausible"] == 1
