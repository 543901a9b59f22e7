"""What a code names, looked up."""

from __future__ import annotations

import pytest

from tests.server.codes.scanning import GS1, look_up
from tests.server.stations.floor import Floor


def test_a_code_is_looked_up(floor: Floor) -> None:
    found = look_up(floor, "UN1:MA:M2").json()
    assert found["reference"] == {
        "type": "machine",
        "id": str(floor.machines[1]),
        "code": "M2",
        "name": "Mill 2",
        "plant_id": str(floor.plant_id),
    }
    assert found["reading"]["words"] == "machine M2"
    assert look_up(floor, "UN1:PL:P1").json()["reference"]["id"] == str(floor.plant_id)
    odd = floor.admin.post("/machines", {"plant_id": str(floor.plant_id), "machine_code": "Säge/1 a", "name": "Saw"})
    named = look_up(floor, "]Q1UN1:MA:S%C3%A4%67%65/1 %61")
    assert (odd.status_code, named.json()["reference"]["id"]) == (201, odd.json()["id"])


def test_own_codes_name_characteristics_reasons_and_places(floor: Floor) -> None:
    plant = {"plant_id": str(floor.plant_id)}
    width = floor.admin.post(
        "/inspection-characteristics", {**plant, "characteristic_name": "Width", "measurement_unit": "mm"}
    )
    jam = floor.admin.post("/downtime-reasons", {"number": 198, "name": "JAM"})
    store = floor.admin.post("/warehouses", {**plant, "code": "RAW", "name": "Raw material"})
    place = floor.admin.post("/storage-locations", {"warehouse_id": store.json()["id"], "code": "A-01"})
    assert [made.status_code for made in (width, jam, store, place)] == [201] * 4
    for code, type_, made, name in (
        ("UN1:CH:W%69%64%74%68", "characteristic", width, "Width"),
        ("UN1:RE:198", "reason", jam, "JAM"),
        ("UN1:RE:JAM", "reason", jam, "JAM"),
        ("UN1:LO:A-01", "location", place, "Raw material"),
    ):
        found = look_up(floor, code).json()["reference"]
        assert (found["type"], found["id"], found["name"]) == (type_, made.json()["id"], name)
        assert found["plant_id"] == (None if type_ == "reason" else str(floor.plant_id))


def test_a_key_of_several_things_names_none_of_them(floor: Floor) -> None:
    for code, plant_id in (("RAW1", floor.plant_id), ("RAW9", floor.made.add_plant("P9"))):
        store = floor.admin.post("/warehouses", {"plant_id": str(plant_id), "code": code, "name": "Raw material"})
        place = floor.admin.post("/storage-locations", {"warehouse_id": store.json()["id"], "code": "A-01"})
        assert place.status_code == 201, store.text
    answer = look_up(floor, "UN1:LO:A-01")
    assert answer.status_code == 404
    assert "2 things here are called location A-01: the code does not say which" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"]C1{GS1}", "Understood as GTIN 09506000134352, NET WEIGHT (kg) 0.125, BATCH/LOT ABC123, USE BY"),
        ("https://id.gs1.org/01/09506000134352/10/ABC?17=251231", "Understood as GTIN 09506000134352, BATCH/LOT ABC"),
        ("]C10109506000134353", "can't be read: "),
        ("UN1:MA:M9", "Understood as machine M9. There is no machine M9 that you may see"),
        ("UN1:MT:STEEL", "Understood as material STEEL. Unison does not look these up yet"),
        ("UN1:PE:4711", "Understood as person 4711. Unison does not look these up yet"),
        ("UN1:CH:WIDTH", "Understood as characteristic WIDTH. There is no characteristic WIDTH that you may see"),
        ("UN1:RE:111 ", "Understood as reason 111 . There is no reason 111  that you may see"),
        ("UN1:LO:A-01", "Understood as location A-01. There is no location A-01 that you may see"),
        ("UN1:XX:M9", "can't be read: 'UN1:XX:M9' begins with UN1: but 'XX' is no kind"),
        ("UN1:MA:%00", "can't be read: "),
        ("hello", "Nobody knows what 'hello' is"),
        ("\x00", "Nobody knows what '\\x00' is"),
        ("../..", "Nobody knows what"),
        ("%", "Nobody knows what '%' is"),
        ("two\nlines", "Nobody knows what 'two\\nlines' is"),
    ],
)
def test_what_names_nothing_is_told_with_what_was_understood(floor: Floor, code: str, words: str) -> None:
    answer = look_up(floor, code)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (404, "code_unknown"), answer.text
    assert words in problem["detail"]
    assert problem["parameters"]["reading"]["text"] == code.removeprefix("]C1")
