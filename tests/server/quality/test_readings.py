"""What stations measured: taken once, with its digits, whatever order and how often it comes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id

from tests.server.factories import make_organization
from tests.server.quality.gauging import characteristic, gauge, measured, reading, set_aside, told, undone
from tests.server.serving import sign_in
from tests.server.stations.attached import CAMERA, added
from tests.server.stations.floor import Floor, build, enrol, stamp

SHA256 = "ab" * 32
FEW = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_a_reading_of_a_gauge_is_a_measurement(floor: Floor) -> None:
    bore, caliper = characteristic(floor, lsl="0.100", usl="0.120"), gauge(floor)
    said = {"raw": "01A+00000.120", "picture": SHA256, "person": "Ida", "uncertainty": "0.0020"}
    floor.sender.send([reading(floor, 5, bore, "0.120", source="gauge", peripheral_id=caliper, **said)])
    (shown,) = measured(floor)
    recorded = datetime.fromisoformat(shown.pop("recorded_at"))
    assert abs((datetime.now(UTC) - recorded).total_seconds()) < 60
    assert UUID(shown.pop("id"))
    assert shown == {
        **said,
        "characteristic_id": str(bore),
        "characteristic_name": "Bore",
        "plant_id": str(floor.plant_id),
        "measured_value": "0.120",
        "measurement_unit": "mm",
        "lsl": "0.100",
        "usl": "0.120",
        "within_tolerance": True,
        "resolution": None,
        "limits_changed": False,
        "source": "gauge",
        "peripheral_id": caliper,
        "peripheral_name": "Caliper 1",
        "station_id": str(floor.station_id),
        "station_name": "Line 1",
        "person_id": None,
        "person_is_verified": None,
        "measured_at": stamp(5),
        "undone_at": None,
        "undone_by": None,
        "undone_by_id": None,
        "undone_by_is_verified": None,
        "confirmed_by_name": None,
        "undo_confirmed_by_name": None,
    }
    assert told(floor) == ["quality.measurement.taken"]


@FEW
@given(value=st.decimals(min_value=-(10**17), max_value=10**17, allow_nan=False, allow_infinity=False, places=None))
def test_every_digit_is_kept(floor: Floor, value: Decimal) -> None:
    value = value if value.as_tuple().exponent >= -12 else round(value, 12)  # type: ignore[operator]  # finite
    written = f"{value:f}"
    bore = characteristic(floor, f"Bore {uuid4()}")
    sent = reading(floor, 0, bore, written, uncertainty=f"{abs(value):f}")
    floor.sender.send([sent])
    shown = floor.admin.get(f"/inspection-measurements/{sent['id']}").json()
    kept = written.removeprefix("-") if value == 0 else written  # PostgreSQL has no negative zero
    assert (shown["measured_value"], shown["uncertainty"]) == (kept, f"{abs(value):f}")


@FEW
@given(data=st.data())
def test_however_events_come_each_counts_once(floor: Floor, data: st.DataObject) -> None:
    """Any order, any repetition, in any batches: what is there at the end is what was said."""
    bore = characteristic(floor, f"Bore {uuid4()}")
    ids = [str(uuid4()) for _ in range(4)]
    taken_back = set(data.draw(st.sets(st.sampled_from(ids))))
    words = [("taken", id_) for id_ in ids] + [("undone", id_) for id_ in taken_back]
    said = data.draw(st.permutations(words + data.draw(st.lists(st.sampled_from(words), max_size=5))))
    cut = data.draw(st.integers(0, len(said)))
    before = Counter(told(floor))
    for part in (said[:cut], said[cut:]):
        events = [
            reading(floor, ids.index(id_), bore, "1.50", id=id_) if kind == "taken" else undone(floor, 60, id_)
            for kind, id_ in part
        ]
        if events:
            floor.sender.send(events)
    shown = measured(floor, characteristic_id=str(bore))
    assert {item["id"]: item["undone_at"] is not None for item in shown} == {id_: id_ in taken_back for id_ in ids}
    assert set_aside(floor) == []
    happened = Counter(told(floor)) - before
    assert happened["quality.measurement.taken"] == len(ids)
    assert happened["quality.measurement.undone"] <= len(taken_back)


def test_the_same_batch_again_changes_nothing(floor: Floor) -> None:
    bore = characteristic(floor)
    one = reading(floor, 0, bore, "1.0")
    batch = floor.sender.batch([one, undone(floor, 1, one["id"], person="Ida")], BEGINNING)
    for _ in range(2):
        assert floor.sender.post(batch).status_code == 200
    (shown,) = measured(floor)
    assert (shown["undone_at"], shown["undone_by"]) == (stamp(1), "Ida")
    assert told(floor) == ["quality.measurement.taken", "quality.measurement.undone"]


def test_what_cannot_be_right_is_refused_in_words(floor: Floor) -> None:
    bore, unknown = characteristic(floor), uuid4()
    elsewhere = floor.made.add_plant("SOUTH")
    theirs = characteristic(floor, "Of the south", plant_id=str(elsewhere))
    one = reading(floor, 0, bore, "1.0")
    stranger = str(uuid4())
    acknowledged = floor.sender.send(
        [
            one,
            reading(floor, 1, unknown, "1.0"),
            reading(floor, 2, bore, "1.0", unit="in"),
            reading(floor, 3, bore, "1.0", unit=""),
            reading(floor, 4, bore, "2.0", id=one["id"]),
            reading(floor, 5, theirs, "1.0"),
            reading(floor, 6, bore, "1.0", station_id=stranger),
            reading(floor, 7, bore, "1.0", source="gauge", peripheral_id=stranger),
            reading(floor, 8, bore, "NaN"),
            floor.sender.event("reading_taken", 9, **{**_plain(one), "id": str(uuid4()), "value": 1.5}),
        ]
    )
    assert sorted(set_aside(floor)[:-2]) == sorted(
        [
            ("unknown_characteristic", f"There is no characteristic {unknown}"),
            ("unit_differs", "Bore is measured in mm, the measured value 1.0 is in in"),
            ("unit_differs", "Bore is measured in mm, the measured value 1.0 is in no unit"),
            ("other_reading", f"The measurement {one['id']} is there already and says something else"),
            ("other_plant", "Of the south is measured in another plant than that of the station"),
            ("not_assigned", f"The station {stranger} is not assigned to this agent"),
            ("unknown_peripheral", f"There is no gauge or camera {stranger}"),
        ]
    )
    assert [code for code, _ in set_aside(floor)[-2:]] == ["invalid", "invalid"]
    assert "a JSON number loses digits" in set_aside(floor)[-1][1]
    assert [one["code"] for one in acknowledged["rejected"]] == ["unknown_characteristic", "unknown_peripheral"]
    assert [item["measured_value"] for item in measured(floor)] == ["1.0"]


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("seq", "kind", "v", "at")}


def test_a_reading_set_aside_is_accepted_once_it_can_be(floor: Floor) -> None:
    bore = characteristic(floor)
    floor.sender.send([one := reading(floor, 0, bore, "1.00", unit="mil"), undone(floor, 1, one["id"])])
    (aside,) = floor.admin.get(f"/agents/{floor.agent_id}/quarantine").json()["items"]
    accept = f"/agents/{floor.agent_id}/quarantine/{aside['id']}/accept"
    refused = floor.admin.post(accept, {"reason": "it was mil"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_differs")
    changed = floor.admin.send(
        "PATCH",
        f"/inspection-characteristics/{bore}",
        json={"measurement_unit": "mil"},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    assert floor.admin.post(accept, {"reason": "it was mil"}).status_code == 200
    (shown,) = measured(floor)
    assert (shown["id"], shown["undone_at"]) == (one["id"], stamp(1))  # taken back before it was there


def test_another_agent_takes_nothing_back(floor: Floor) -> None:
    one = reading(floor, 0, characteristic(floor), "1.0")
    floor.sender.send([one])
    other = enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    other.send([other.event("reading_undone", 1, reading_id=one["id"])])
    assert [code for code, _ in set_aside(floor)] == ["not_assigned"]
    assert measured(floor)[0]["undone_at"] is None


def test_the_word_of_another_agent_is_not_waited_for(floor: Floor) -> None:
    """Nor does it keep that of the reading's own agent, or of the office, from holding."""
    other = enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    bore = characteristic(floor)
    early, late, office = ids = [str(uuid4()) for _ in range(3)]
    other.send([other.event("reading_undone", 0, reading_id=id_) for id_ in ids])
    floor.sender.send([undone(floor, 1, early, person="Ida")])
    floor.sender.send([reading(floor, 2 + n, bore, f"{n}.0", id=id_, person="Ida") for n, id_ in enumerate(ids)])
    assert [item["undone_at"] for item in measured(floor)] == [None, None, stamp(1)]
    floor.sender.send([undone(floor, 9, id_, person="Ida") for id_ in (late, early)])
    assert floor.admin.post(f"/inspection-measurements/{office}/undo").status_code == 200
    shown = measured(floor)
    assert [item["undone_by"] for item in shown] == ["Anna", "Ida", "Ida"]
    assert [item["undone_at"] for item in shown[1:]] == [stamp(9), stamp(1)]
    assert told(floor).count("quality.measurement.undone") == 2  # the early one was told with its reading


def test_a_stray_word_of_another_agent_needs_no_less_confirming(floor: Floor) -> None:
    other = enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    one = reading(floor, 0, characteristic(floor), "1.0", person="Ida")
    other.send([other.event("reading_undone", 1, reading_id=one["id"])])
    floor.sender.send([one])
    floor.sender.send([undone(floor, 2, one["id"], person="Bo")])
    assert [code for code, _ in set_aside(floor)] == ["override_unsigned"]
    assert measured(floor)[0]["undone_at"] is None


def test_another_organization_measures_nothing_of_ours(
    floor: Floor, databases: Databases, system_databases: Databases
) -> None:
    bore = characteristic(floor)
    floor.sender.send([ours := reading(floor, 0, bore, "1.0")])
    made = make_organization(databases, system_databases)
    made.add_user("anna")
    theirs = build(sign_in(floor.admin.client, made), made)
    theirs.sender.send([reading(theirs, 1, bore, "2.0"), undone(theirs, 2, ours["id"])])
    assert [code for code, _ in set_aside(theirs)] == ["unknown_characteristic"]
    assert (measured(theirs), theirs.admin.get(f"/inspection-characteristics/{bore}").status_code) == ([], 404)
    (kept,) = measured(floor)
    assert (kept["measured_value"], kept["undone_at"]) == ("1.0", None)


def test_a_clock_that_is_ahead_measures_now(floor: Floor) -> None:
    ahead = reading(floor, 0, characteristic(floor), "1.0")
    floor.sender.send([{**ahead, "at": "2150-01-01T00:00:00Z"}])
    assert measured(floor)[0]["measured_at"] < "2150"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("measured_value", "'NaN'"),
        ("measured_value", "'Infinity'"),
        ("uncertainty", "-0.1"),
        ("picture", "'no hash'"),
        ("source", "'guessed'"),
        ("measurement_unit", "'in'"),
        ("plant_id", "gen_random_uuid()"),
    ],
)
def test_the_database_itself_refuses_what_can_be_no_measurement(floor: Floor, column: str, value: str) -> None:
    row = {
        "organization_id": ":o",
        "id": ":id",
        "characteristic_id": ":c",
        "plant_id": ":p",
        "measured_value": "1",
        "measurement_unit": "'mm'",
        "source": "'typed'",
        "measured_at": "now()",
    }
    said = {"o": floor.made.scope.organization_id, "id": new_id(), "c": characteristic(floor), "p": floor.plant_id}
    row[column] = value
    statement = f"insert into inspection_measurements ({', '.join(row)}) values ({', '.join(row.values())})"
    with pytest.raises(DBAPIError), floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as own:
        own.execute(text(statement), said)


@pytest.mark.parametrize("statement", ["update {} set id = id", "delete from {}"])
@pytest.mark.parametrize("table", ["inspection_measurements", "inspection_measurement_undos"])
def test_what_was_measured_is_never_changed(floor: Floor, table: str, statement: str) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as own,
    ):
        own.execute(text(statement.format(table)))


def test_a_reading_bears_who_was_signed_on(floor: Floor) -> None:
    bore, ada = characteristic(floor), str(uuid4())
    floor.sender.send([reading(floor, 0, bore, "1.0", person="Ada", person_id=ada, person_is_verified=True)])
    (row,) = measured(floor)
    assert (row["person"], row["person_id"], row["person_is_verified"]) == ("Ada", ada, True)
    floor.sender.send([undone(floor, 1, row["id"], person="Ada", person_id=ada)])
    (row,) = measured(floor)
    assert (row["undone_by"], row["undone_by_id"], row["undone_by_is_verified"]) == ("Ada", ada, False)


@pytest.mark.usefixtures("people_copied")
def test_what_a_camera_measured_on_a_command_is_of_who_gave_it(floor: Floor) -> None:
    camera, bore = added(floor, CAMERA), characteristic(floor)
    other = added(floor, {**CAMERA, "name": "Other", "source": "usb-other"})

    def asked(kind: str) -> str:
        body = {"kind": kind, "parameters": {"peripheral_id": camera["id"]}}
        command: str = floor.admin.post(f"/agents/{floor.agent_id}/commands", body).json()["id"]
        return command

    def measured_on(seconds: float, command_id: str, by: dict[str, Any] = camera) -> dict[str, Any]:
        own = {"source": "camera", "peripheral_id": by["id"], "command_id": command_id}
        return reading(floor, seconds, bore, "1.0", **own)

    measure, picture = asked("measure"), asked("take_picture")
    events = [measured_on(4, measure), measured_on(3, measure, other), measured_on(2, picture)]
    floor.sender.send([*events, measured_on(1, str(uuid4()))])
    assert [one["person"] for one in measured(floor)] == ["Anna", None, None, None]
    assert set_aside(floor) == []
