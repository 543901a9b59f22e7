"""Characteristics, as people set them up and agents are told of them."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.quality.gauging import characteristic, reading
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor


def change(floor: Floor, id_: object, version: int = 1, **fields: Any) -> Any:
    headers = {"If-Match": f'"{version}"'}
    return floor.admin.send("PATCH", f"/inspection-characteristics/{id_}", json=fields, headers=headers)


def told(floor: Floor) -> dict[str, Any]:
    """The configuration of the floor's agent."""
    return floor.told().model_dump(mode="json")


def test_a_characteristic_keeps_the_digits_it_was_entered_with(floor: Floor) -> None:
    bore = characteristic(floor, target="12.00", lsl="11.950", usl="12.0500", resolution="0.001")
    shown = floor.admin.get(f"/inspection-characteristics/{bore}").json()
    assert [shown[name] for name in ("target", "lsl", "usl", "resolution")] == ["12.00", "11.950", "12.0500", "0.001"]
    again = change(floor, bore, usl=None, target="12.000").json()
    assert (again["usl"], again["lsl"], again["target"], again["version"]) == (None, "11.950", "12.000", 2)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lsl": "2", "usl": "1"}, "usl"),
        ({"lsl": "1", "usl": "1.0"}, "usl"),
        ({"resolution": "0"}, "resolution"),
        ({"lsl": 1.5}, "lsl"),
        ({"usl": "NaN"}, "usl"),
        ({"usl": "1e400"}, "usl"),
        ({"characteristic_name": "  "}, "characteristic_name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_can_be_no_characteristic_is_refused_beside_its_field(
    floor: Floor, fields: dict[str, Any], field: str
) -> None:
    body = {"plant_id": str(floor.plant_id), "characteristic_name": "Bore", "measurement_unit": "mm", **fields}
    answer = floor.admin.post("/inspection-characteristics", body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_limits_must_agree_after_a_change_too(floor: Floor) -> None:
    bore = characteristic(floor, lsl="1.0", usl="2.0")
    answer = change(floor, bore, lsl="2.5")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The lower limit 2.5 must be below the upper limit 2.0"
    assert answer.json()["errors"][0]["field"] == "usl"


def test_a_name_is_unique_in_its_plant(floor: Floor) -> None:
    bore = characteristic(floor)
    body = {"plant_id": str(floor.plant_id), "characteristic_name": "Bore", "measurement_unit": "in"}
    taken = floor.admin.post("/inspection-characteristics", body)
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "characteristic_name")
    assert change(floor, bore, characteristic_name="Bore").status_code == 200
    assert characteristic(floor, plant_id=str(floor.made.add_plant("SOUTH"))) != bore


def test_the_unit_of_measured_values_stays(floor: Floor) -> None:
    bore = characteristic(floor)
    assert change(floor, bore, measurement_unit="in").status_code == 200
    floor.sender.send([reading(floor, 0, bore, "1.0", unit="in")])
    refused = change(floor, bore, 2, measurement_unit="mm")
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_in_use")
    assert "stays in: values were measured in it" in refused.json()["detail"]
    assert change(floor, bore, 2, lsl="0.5").status_code == 200


def test_agents_are_told_what_their_stations_measure(floor: Floor) -> None:
    before = told(floor)
    bore = characteristic(floor, lsl="0.100", resolution="0.001")
    characteristic(floor, "Elsewhere", plant_id=str(floor.made.add_plant("SOUTH")))
    first = told(floor)
    assert (before["characteristics"], first["version"] > before["version"]) == ([], True)
    assert first["characteristics"] == [
        {
            "id": str(bore),
            "plant_id": str(floor.plant_id),
            "name": "Bore",
            "unit": "mm",
            "target": None,
            "lsl": "0.100",
            "usl": None,
            "resolution": "0.001",
        }
    ]
    change(floor, bore, is_active=False)
    last = told(floor)
    assert (last["characteristics"], last["version"] > first["version"]) == ([], True)


def test_a_characteristic_of_another_plant_is_none_of_an_agents_business(floor: Floor) -> None:
    before = told(floor)["version"]
    characteristic(floor, "Elsewhere", plant_id=str(floor.made.add_plant("SOUTH")))
    assert told(floor)["version"] == before


def test_roles_and_plants_hold_people_apart(floor: Floor) -> None:
    bore, made, client = characteristic(floor), floor.made, floor.admin.client
    south = made.add_plant("SOUTH")
    made.add_user("quinn", roles=[RoleCode.QUALITY_INSPECTOR], writes=[floor.plant_id])
    made.add_user("rita", roles=[RoleCode.QUALITY_INSPECTOR], reads=[floor.plant_id], writes=[south])
    made.add_user("otto", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    made.add_user("sven", roles=[RoleCode.QUALITY_INSPECTOR], writes=[south])
    quinn, rita, otto, sven = (sign_in(client, made, name) for name in ("quinn", "rita", "otto", "sven"))
    body = {"plant_id": str(floor.plant_id), "characteristic_name": "Depth", "measurement_unit": "mm"}
    asked = {"quinn": quinn, "rita": rita, "otto": otto, "sven": sven}
    assert {name: who.post("/inspection-characteristics", body).status_code for name, who in asked.items()} == {
        "quinn": 201,
        "rita": 403,
        "otto": 403,
        "sven": 404,
    }
    typed = {"characteristic_id": str(bore), "measured_value": "1.0", "measurement_unit": "mm"}
    assert {name: who.post("/inspection-measurements", typed).status_code for name, who in asked.items()} == {
        "quinn": 201,
        "rita": 403,
        "otto": 201,
        "sven": 404,
    }
    seen = {name: len(who.get("/inspection-measurements").json()["items"]) for name, who in asked.items()}
    assert seen == {"quinn": 2, "rita": 2, "otto": 2, "sven": 0}
    one = otto.get("/inspection-measurements").json()["items"][0]["id"]
    undo = f"/inspection-measurements/{one}/undo"
    assert {name: who.post(undo).status_code for name, who in asked.items()} == {
        "quinn": 200,
        "rita": 403,
        "otto": 200,
        "sven": 404,
    }
    assert sven.get(f"/inspection-characteristics/{bore}/individuals").status_code == 404


def test_one_that_is_out_of_use_is_brought_back_before_it_is_changed(floor: Floor) -> None:
    bore = characteristic(floor)
    assert change(floor, bore, is_active=False).status_code == 200
    refused = change(floor, bore, 2, characteristic_name="Other")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use")
    assert "is out of use: bring it back first" in refused.json()["detail"]
    back = floor.admin.send("POST", f"/inspection-characteristics/{bore}/reactivate", headers={"If-Match": '"2"'})
    assert (back.status_code, back.json()["is_active"]) == (200, True)
    assert change(floor, bore, 3, is_active=False).status_code == 200
    at_once = change(floor, bore, 4, is_active=True, characteristic_name="Other")
    assert (at_once.status_code, at_once.json()["characteristic_name"]) == (200, "Other")
