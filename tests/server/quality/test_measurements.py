"""Typing in, taking back, listing and charting what was measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unison_domain.identity.overrides import OverrideKind
from unison_domain.quality.individuals import individuals_chart

from tests.cases.load import cases
from tests.server.quality.gauging import characteristic, gauge, measured, reading, told, undone
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor, stamp

pytestmark = pytest.mark.usefixtures("people_copied")


def type_in(floor: Floor, of: UUID, value: Any, key: str = "", **fields: Any) -> Any:
    body = {"characteristic_id": str(of), "measured_value": value, "measurement_unit": "mm", **fields}
    return floor.admin.post("/inspection-measurements", body, headers={"Idempotency-Key": key or str(uuid4())})


def chart(floor: Floor, of: UUID, **query: Any) -> dict[str, Any]:
    answer = floor.admin.get(f"/inspection-characteristics/{of}/individuals", params=query)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def values(items: list[dict[str, Any]]) -> list[str]:
    return [item["measured_value"] for item in items]


def test_a_typed_value_is_a_measurement(floor: Floor) -> None:
    bore = characteristic(floor, lsl="1.0", usl="2.0", resolution="0.01")
    answer = type_in(floor, bore, "2.10", uncertainty="0.02")
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["measured_value"], shown["source"], shown["person"]) == ("2.10", "typed", "Anna")
    assert (shown["within_tolerance"], shown["uncertainty"], shown["station_id"]) == (False, "0.02", None)
    assert measured(floor) == [shown]
    assert told(floor) == ["quality.measurement.taken"]


def test_typed_twice_with_one_key_it_is_one(floor: Floor) -> None:
    bore, key = characteristic(floor), str(uuid4())
    first, again = (type_in(floor, bore, "1.0", key) for _ in range(2))
    assert first.json() == again.json()
    assert len(measured(floor)) == 1


def test_a_typed_value_is_of_the_time_it_was_measured(floor: Floor) -> None:
    bore, now = characteristic(floor), datetime.now(UTC)
    moments = [now - timedelta(hours=3), now - timedelta(minutes=1), now + timedelta(seconds=30)]
    for value, at in zip(("3.0", "1.0", "0.0"), moments, strict=True):
        assert type_in(floor, bore, value, measured_at=at.isoformat()).status_code == 201
    type_in(floor, bore, "2.0", measured_at=(now - timedelta(hours=2)).isoformat())
    assert values(measured(floor)) == ["0.0", "1.0", "2.0", "3.0"]
    ahead = type_in(floor, bore, "9.0", measured_at=(now + timedelta(hours=1)).isoformat())
    assert (ahead.status_code, ahead.json()["code"]) == (422, "ahead_of_time"), ahead.text
    assert type_in(floor, bore, "9.0", measured_at="2026-11-20T08:00:00").status_code == 422  # of no zone


@pytest.mark.parametrize(
    ("value", "fields", "field"),
    [
        ("1.005", {}, "measured_value"),
        ("999999999999999999", {"measurement_unit": "in"}, "measurement_unit"),
        ("12,5", {}, "measured_value"),
        (12.5, {}, "measured_value"),
        ("NaN", {}, "measured_value"),
        ("1.0", {"uncertainty": "-1"}, "uncertainty"),
    ],
)
def test_what_can_be_no_value_is_refused_beside_the_field(
    floor: Floor, value: Any, fields: dict[str, Any], field: str
) -> None:
    answer = type_in(floor, characteristic(floor, resolution="0.01"), value, **fields)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), answer.text


def test_the_longest_value_is_held_against_the_finest_resolution(floor: Floor) -> None:
    fine = characteristic(floor, resolution="0.000000000003")
    assert type_in(floor, fine, "9999999999999999999").json()["code"] == "invalid"  # beyond what is storable
    assert type_in(floor, fine, "999999999999999999.000000000001").json()["code"] == "finer_than_resolution"
    assert type_in(floor, fine, "999999999999999999.000000000000").status_code == 201


def test_what_is_no_longer_measured_takes_no_typed_value(floor: Floor) -> None:
    bore = characteristic(floor)
    floor.admin.send("DELETE", f"/inspection-characteristics/{bore}", headers={"If-Match": '"1"'})
    assert type_in(floor, bore, "1.0").json()["code"] == "inactive"
    floor.sender.send([reading(floor, 0, bore, "1.0")])  # read before the station knew
    assert len(measured(floor)) == 1


def test_taken_back_it_leaves_the_chart_and_stays_readable(floor: Floor) -> None:
    bore = characteristic(floor)
    first, second = (type_in(floor, bore, value).json()["id"] for value in ("1.0", "2.0"))
    answers = [floor.admin.post(f"/inspection-measurements/{second}/undo").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["undone_by"] == "Anna"
    shown = chart(floor, bore)
    assert [item["id"] for item in shown["items"]] == [first]
    assert [item["id"] for item in shown["undone"]] == [second]
    assert told(floor).count("quality.measurement.undone") == 1
    assert floor.admin.post(f"/inspection-measurements/{uuid4()}/undo").status_code == 404


def test_lists_are_narrowed_and_paged(floor: Floor) -> None:
    demand_nothing(floor, OverrideKind.FAR_VALUE)
    bore, depth = characteristic(floor, lsl="0.100", usl="0.200"), characteristic(floor, "Depth")
    events = [reading(floor, n, bore, f"0.{n}00") for n in range(5)] + [reading(floor, 9, depth, "7")]
    floor.sender.send([*events, undone(floor, 10, events[1]["id"])])
    assert values(measured(floor)) == ["7", "0.400", "0.300", "0.200", "0.100", "0.000"]
    assert values(measured(floor, within_tolerance=True)) == ["0.200", "0.100"]  # the limits are good themselves
    assert values(measured(floor, within_tolerance=False)) == ["0.400", "0.300", "0.000"]
    assert values(measured(floor, undone=True)) == ["0.100"]
    assert values(measured(floor, characteristic_id=str(depth))) == ["7"]
    assert values(measured(floor, ids=[events[0]["id"], events[5]["id"], str(uuid4())])) == ["7", "0.000"]
    assert values(measured(floor, **{"from": stamp(1), "to": stamp(3)})) == ["0.200", "0.100"]
    assert len(measured(floor, source="typed", station_id=str(floor.station_id), plant_id=str(floor.plant_id))) == 6
    assert measured(floor, plant_id=str(uuid4())) == []
    first = floor.admin.get("/inspection-measurements", params={"limit": 4}).json()
    second = floor.admin.get("/inspection-measurements", params={"limit": 4, "cursor": first["next_cursor"]}).json()
    assert values(first["items"] + second["items"]) == values(measured(floor))
    assert second["next_cursor"] is None
    for wrong in ({"source": "robot"}, {"ids": "x"}, {"colour": "red"}, {"sort": "raw"}):
        assert floor.admin.get("/inspection-measurements", params=wrong).status_code == 422


@pytest.mark.parametrize(("inputs", "expected"), [one for one in cases("spc_charts") if one.id == "imr_nist_flow"])
def test_the_flow_rates_of_nist(floor: Floor, inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    flow = characteristic(floor, "Flow", lsl=str(min(inputs["values"])))
    floor.sender.send([reading(floor, n, flow, str(value)) for n, value in enumerate(inputs["values"])])
    shown = chart(floor, flow)
    assert [float(value) for value in values(shown["items"])] == inputs["values"]
    assert shown["ranges"] == pytest.approx(expected["mr"], abs=1e-3)
    limits = {"mean": "mean", "mean_range": "mrbar", "sigma": "sigma_mrbar/1.128"}
    limits |= {"upper": "ucl_1.128", "lower": "lcl_1.128", "range_upper": "mr_ucl_3.267"}
    assert shown["limits"] == pytest.approx({ours: expected[theirs] for ours, theirs in limits.items()}, abs=1e-3)
    assert (shown["outside"], shown["ranges_outside"]) == ([], [])
    assert all(item["within_tolerance"] for item in shown["items"])


def test_the_newest_values_or_those_of_a_time(floor: Floor) -> None:
    bore = characteristic(floor)
    floor.sender.send([reading(floor, n, bore, f"{n}.0") for n in range(10)])
    newest = chart(floor, bore, last=3)
    assert (values(newest["items"]), newest["is_cut"]) == (["7.0", "8.0", "9.0"], True)
    some = chart(floor, bore, **{"from": stamp(2), "to": stamp(5)})
    assert (values(some["items"]), some["is_cut"]) == (["2.0", "3.0", "4.0"], False)
    for wrong in ({"last": 0}, {"last": 5001}, {"from": "yesterday"}, {"cursor": "x"}):
        assert floor.admin.get(f"/inspection-characteristics/{bore}/individuals", params=wrong).status_code == 422


def test_few_values_make_no_limits_or_preliminary_ones(floor: Floor) -> None:
    bore = characteristic(floor)
    said = []
    for count in (0, 1, 2, 19, 20):
        have = len(measured(floor, limit=50))
        if count > have:
            floor.sender.send([reading(floor, n, bore, f"{n % 3}.0") for n in range(have, count)])
        shown = chart(floor, bore)
        said.append((count, shown["limits"] is not None, len(shown["ranges"]), shown["is_preliminary"]))
    assert said == [
        (0, False, 0, True),
        (1, False, 0, True),
        (2, True, 1, True),
        (19, True, 18, True),
        (20, True, 19, False),
    ]


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=2, max_size=30))
def test_the_chart_is_that_of_the_values_in_order_of_time(floor: Floor, read: list[Any]) -> None:
    bore = characteristic(floor, f"Bore {uuid4()}")
    timed = [(n, f"{value:f}") for n, value in enumerate(read)]
    for part in (timed[1::2], timed[::2]):  # the later half comes first
        floor.sender.send([reading(floor, n, bore, value) for n, value in part])
    expected = individuals_chart(read)
    shown = chart(floor, bore)
    assert expected is not None
    assert shown["limits"]["upper"] == expected.upper
    assert shown["limits"]["range_upper"] == expected.range_upper
    assert (shown["ranges"], shown["outside"]) == (list(expected.ranges), list(expected.outside))


def test_the_chart_of_one_station_or_gauge(floor: Floor) -> None:
    bore, caliper, other = characteristic(floor), *(gauge(floor, name) for name in ("Caliper 1", "Caliper 2"))
    by = {"source": "gauge"}
    floor.sender.send(
        [
            reading(floor, 0, bore, "1.0", peripheral_id=caliper, **by),
            reading(floor, 1, bore, "9.0", peripheral_id=other, **by),
            reading(floor, 2, bore, "1.1", peripheral_id=caliper, **by),
        ]
    )
    type_in(floor, bore, "5.0")
    assert values(chart(floor, bore, peripheral_id=caliper)["items"]) == ["1.0", "1.1"]
    assert chart(floor, bore, peripheral_id=caliper)["limits"]["mean_range"] == pytest.approx(0.1)
    assert values(chart(floor, bore, station_id=str(floor.station_id))["items"]) == ["1.0", "9.0", "1.1"]
    assert chart(floor, bore, station_id=str(uuid4()))["items"] == []
