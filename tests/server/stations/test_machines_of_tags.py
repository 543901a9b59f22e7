"""Which machine a tag may be given: one of its station's plant, and rarely one that has such a signal already."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.stations.contracts import TagReplace

from tests.server.stations.floor import Floor

HEADER = "device,host,tag,machine,role,table,address,type"


@pytest.fixture
def elsewhere(floor: Floor) -> str:
    """A machine of another plant, by its id; its code is FILL-1."""
    plant = str(floor.made.add_plant("SOUTH"))
    answer = floor.admin.post("/machines", {"plant_id": plant, "machine_code": "FILL-1", "name": "Filler 1"})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def previewed(floor: Floor, *rows: str) -> dict[str, Any]:
    file = "\n".join([HEADER, *rows])
    answer = floor.admin.post(f"/stations/{floor.station_id}/tags-import/preview", {"csv": file})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def code_of(floor: Floor, machine: int) -> str:
    code: str = floor.admin.get(f"/machines/{floor.machines[machine]}").json()["machine_code"]
    return code


def test_a_machine_of_another_plant_is_refused_by_name(floor: Floor, elsewhere: str) -> None:
    body = {"device_id": str(floor.device_id), "name": "run", "table": "coil", "address": 7, "type": "bool"}
    refused = floor.admin.post("/tags", {**body, "machine_id": elsewhere})
    assert (refused.status_code, refused.json()["code"]) == (422, "other_plant")
    assert "FILL-1 (Filler 1)" in refused.json()["detail"]
    assert "SOUTH" in refused.json()["detail"]
    tag = floor.admin.post("/tags", body).json()
    settings = {name: tag[name] for name in TagReplace.model_fields if name in tag} | {"machine_id": elsewhere}
    put = floor.admin.send("PUT", f"/tags/{tag['id']}", json=settings, headers={"If-Match": '"1"'})
    assert (put.status_code, put.json()["code"]) == (422, "other_plant")


def test_a_template_and_a_file_give_no_machine_of_another_plant(floor: Floor, elsewhere: str) -> None:
    body = {
        "template": "moxa-iologik-e1210",
        "station_id": str(floor.station_id),
        "device": {"name": "IO", "host": "h"},
    }
    refused = floor.admin.post("/devices/from-template", {**body, "machine_id": elsewhere})
    assert (refused.status_code, refused.json()["code"]) == (422, "other_plant")
    told = previewed(floor, "PLC,127.0.0.1,temp2,FILL-1,run,holding_register,40,uint16")
    assert [error["row"] for error in told["errors"]] == [2]
    assert "FILL-1 (Filler 1) stands in plant SOUTH" in told["errors"][0]["message"]


def test_a_file_that_gives_a_machine_a_second_signal_of_one_meaning_asks_whether_it_is_meant(floor: Floor) -> None:
    one = code_of(floor, 0)
    told = previewed(floor, f"PLC,127.0.0.1,more,{one},count_good,holding_register,40,uint16")
    assert (told["errors"], [change["action"] for change in told["changes"]]) == ([], ["create"])
    assert [(warning["row"], warning["column"]) for warning in told["warnings"]] == [(2, "machine")]
    assert told["warnings"][0]["message"] == f"{one} has the signal count_good already: good 0 of PLC"


def test_of_two_rows_the_second_is_asked_about_and_what_may_be_many_is_not(floor: Floor) -> None:
    one = code_of(floor, 0)
    place = "holding_register,{},uint16"
    told = previewed(
        floor,
        *(f"PLC,127.0.0.1,run {n},{one},run,{place.format(40 + n)}" for n in range(2)),
        *(f"PLC,127.0.0.1,alarm {n},{one},alarm,{place.format(50 + n)}" for n in range(2)),
        *(f"PLC,127.0.0.1,heat {n} too,{one},sample,{place.format(60 + n)}" for n in range(2)),
    )
    assert (told["errors"], [warning["row"] for warning in told["warnings"]]) == ([], [3])
