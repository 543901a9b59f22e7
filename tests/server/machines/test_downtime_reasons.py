"""The tree of reasons, and what agents are told of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy.exc import IntegrityError
from unison_domain.machines.reasons import DEFAULT_REASONS
from unison_server.kernel.keys import new_id

from tests.server.machines.test_downtime import done, reasons
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def create(floor: Floor, number: int, name: str = "Belt", **more: Any) -> Any:
    return floor.admin.post("/downtime-reasons", {"number": number, "name": name, **more})


def test_the_first_set_comes_once(floor: Floor) -> None:
    create(floor, 110, "Own word")
    first = floor.admin.post("/downtime-reasons/defaults", {}).json()["items"]
    assert len(first) == len(DEFAULT_REASONS) - 1
    assert floor.admin.post("/downtime-reasons/defaults", {}).json()["items"] == []
    items = floor.admin.get("/downtime-reasons", params={"limit": 500}).json()["items"]
    by_number = {item["number"]: item for item in items}
    assert [item["number"] for item in items] == sorted(by_number)
    assert (by_number[110]["name"], by_number[120]["parent_id"]) == ("Own word", by_number[100]["id"])
    assert (by_number[120]["category"], by_number[120]["is_failure"]) == ("failure", True)


def test_the_first_set_comes_in_german_where_it_is_asked_for_so(floor: Floor) -> None:
    made = floor.admin.post("/downtime-reasons/defaults?language=de", {}).json()["items"]
    names = {item["number"]: item["name"] for item in made}
    assert (names[100], names[200], names[310]) == ("Störung", "Rüsten", "Material fehlt")
    assert floor.admin.post("/downtime-reasons/defaults?language=xx", {}).status_code == 422


def test_a_reason_stands_under_one_of_its_class_with_a_lower_number(floor: Floor) -> None:
    top = create(floor, 150).json()
    child = create(floor, 151, parent_id=top["id"])
    assert child.status_code == 201, child.text
    assert create(floor, 149, parent_id=top["id"]).json()["code"] == "wrong_place"
    assert create(floor, 250, parent_id=top["id"]).json()["code"] == "wrong_place"
    assert create(floor, 150).status_code == 409
    assert create(floor, 99).status_code == 422
    assert create(floor, 160, parent_id=str(new_id())).status_code == 404
    cycle = floor.admin.send(
        "PATCH",
        f"/downtime-reasons/{top['id']}",
        json={"parent_id": child.json()["id"]},
        headers={"If-Match": '"1"'},
    )
    assert cycle.json()["code"] == "wrong_place"


def test_the_database_itself_lets_no_chain_of_parents_return(floor: Floor) -> None:
    top = create(floor, 150).json()
    child = create(floor, 151, parent_id=top["id"]).json()
    with pytest.raises(IntegrityError, match="ck_downtime_reasons_parent"):
        floor.rows(
            "update downtime_reasons set parent_id = :child, parent_number = 151 where id = :top returning id",
            child=child["id"],
            top=top["id"],
        )


def test_agents_are_told_and_their_configuration_counts_on(floor: Floor) -> None:
    def told() -> Any:
        return floor.told().model_dump(mode="json")

    before = told()
    reason = create(floor, 150, machine_types=["mill"]).json()
    after = told()
    assert after["version"] > before["version"]
    assert after["reasons"] == [
        {"id": reason["id"], "parent_id": None, "number": 150, "name": "Belt", "machine_types": ["mill"]}
    ]
    floor.admin.send("DELETE", f"/downtime-reasons/{reason['id']}", headers={"If-Match": '"1"'})
    assert (told()["reasons"], told()["version"] > after["version"]) == ([], True)


def test_office_and_station_judge_types_by_one_rule(floor: Floor) -> None:
    path = f"/machines/{floor.machines[0]}"
    machine = floor.admin.get(path).json()
    typed = floor.admin.send(
        "PATCH", path, json={"machine_type": "press"}, headers={"If-Match": f'"{machine["version"]}"'}
    )
    assert typed.status_code == 200, typed.text

    def reason(number: int, **more: Any) -> str:
        answer = floor.admin.post("/downtime-reasons", {"number": number, "name": f"R{number}", **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    fits, lathe = reason(110, machine_types=["Press"]), reason(200, machine_types=["Lathe"])
    below = reason(210, parent_id=lathe)
    floor.sender.send([floor.changed(0, "stopped"), floor.changed(500, "running")])
    (event,) = floor.admin.get("/downtime-events").json()["items"]

    def assign(reason_id: str) -> httpx.Response:
        return floor.admin.send(
            "POST",
            f"/downtime-events/{event['id']}/assign",
            json={"downtime_reason_id": reason_id},
            headers={"If-Match": f'"{event["version"]}"'},
        )

    refused = assign(below)
    assert (refused.status_code, refused.json()["code"]) == (422, "other_machine_type")
    assert "of the type Lathe; M1 is press" in refused.json()["detail"]
    assert assign(fits).status_code == 200


def test_under_a_heading_that_is_put_away_nothing_is_offered(floor: Floor) -> None:
    top = create(floor, 150, "Mechanical").json()
    middle = create(floor, 151, "Drive", parent_id=top["id"]).json()
    below = create(floor, 152, parent_id=middle["id"]).json()
    floor.sender.send([floor.changed(0, "stopped"), floor.changed(500, "running")])
    (event,) = floor.admin.get("/downtime-events").json()["items"]

    def switch(is_active: bool) -> None:
        tag = {"If-Match": floor.admin.get(f"/downtime-reasons/{top['id']}").headers["ETag"]}
        verb = ("POST", "/reactivate") if is_active else ("DELETE", "")
        answer = floor.admin.send(verb[0], f"/downtime-reasons/{top['id']}{verb[1]}", headers=tag)
        assert answer.status_code == 200, answer.text

    def assign() -> httpx.Response:
        path, tag = f"/downtime-events/{event['id']}/assign", {"If-Match": f'"{event["version"]}"'}
        return floor.admin.send("POST", path, json={"downtime_reason_id": below["id"]}, headers=tag)

    switch(False)
    assert floor.told().reasons == ()
    refused = assign()
    assert (refused.status_code, refused.json()["code"]) == (422, "inactive")
    assert "The reason 152 Belt is under 150 Mechanical, which is no longer used" in refused.json()["detail"]
    switch(True)
    assert [one.number for one in floor.told().reasons] == [150, 151, 152]
    assert assign().status_code == 200


def test_a_rule_for_a_type_is_one_however_it_is_written(floor: Floor) -> None:
    reason = floor.admin.post("/downtime-reasons", {"number": 110, "name": "Oil"}).json()["id"]
    rule = {"alarm": "oil", "downtime_reason_id": reason}
    assert floor.admin.post("/alarm-reasons", {**rule, "machine_type": "Press"}).status_code == 201
    assert floor.admin.post("/alarm-reasons", {**rule, "machine_type": "press"}).status_code == 409
    assert floor.admin.post("/alarm-reasons", rule).status_code == 201


def test_one_that_is_out_of_use_is_brought_back_before_it_is_changed_and_after_what_is_above(floor: Floor) -> None:
    top = create(floor, 150).json()
    below = create(floor, 151, "Torn", parent_id=top["id"]).json()

    def act(id_: str, method: str = "PATCH", suffix: str = "", **fields: Any) -> Any:
        tag = {"If-Match": floor.admin.get(f"/downtime-reasons/{id_}").headers["ETag"]}
        more = {"json": fields} if fields else {}
        return floor.admin.send(method, f"/downtime-reasons/{id_}{suffix}", headers=tag, **more)

    for one in (below, top):
        assert act(one["id"], "DELETE").status_code == 200
    refused = act(below["id"], name="Ripped")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use")
    early = act(below["id"], "POST", "/reactivate")
    assert (early.status_code, early.json()["code"]) == (409, "out_of_use_above")
    assert create(floor, 152, "New", parent_id=top["id"]).json()["code"] == "out_of_use_above"
    for one in (top, below):
        assert act(one["id"], "POST", "/reactivate").status_code == 200
    assert act(below["id"], name="Ripped").status_code == 200


def test_what_stands_two_steps_below_is_judged_by_all_above_it(floor: Floor) -> None:
    top = create(floor, 200, "Setup").json()
    middle = create(floor, 210, "Changeover", parent_id=top["id"]).json()
    below = create(floor, 211, "Mould", parent_id=middle["id"]).json()
    rule = floor.admin.post("/alarm-reasons", {"alarm": "mould", "downtime_reason_id": below["id"]}).json()

    def act(path: str, method: str = "DELETE", suffix: str = "") -> httpx.Response:
        tag = {"If-Match": floor.admin.get(path).headers["ETag"]}
        return floor.admin.send(method, f"{path}{suffix}", headers=tag)

    paths = [f"/downtime-reasons/{one['id']}" for one in (below, middle, top)]
    refused = act(paths[2])
    assert (refused.status_code, refused.json()["code"]) == (422, "in_use")
    assert refused.json()["detail"].endswith("switch those off first: mould")
    assert act(f"/alarm-reasons/{rule['id']}").status_code == 200
    for path in (paths[0], paths[2]):
        assert act(path).status_code == 200
    early = act(paths[0], "POST", "/reactivate")
    assert (early.status_code, early.json()["code"]) == (409, "out_of_use_above")
    assert "The downtime reason 200 Setup is out of use" in early.json()["detail"]
    assert create(floor, 212, "Other", parent_id=middle["id"]).json()["code"] == "out_of_use_above"
    added = {one["number"] for one in floor.admin.post("/downtime-reasons/defaults", {}).json()["items"]}
    assert {220, 230}.isdisjoint(added)
    assert {100, 110} <= added


def test_a_stop_is_entered_with_the_code_of_its_reason(floor: Floor, reasons: dict[int, str]) -> None:
    said = {"machine_id": str(floor.machines[1]), "started_at": stamp(0), "ended_at": stamp(600)}
    none_such = floor.admin.post("/downtime-events", {**said, "downtime_reason_code": "999"})
    assert (none_such.status_code, none_such.json()["code"]) == (404, "downtime_reason_not_found")
    both = {"downtime_reason_code": "110", "downtime_reason_id": reasons[110]}
    assert floor.admin.post("/downtime-events", {**said, **both}).status_code == 422
    entered = done(floor.admin.post("/downtime-events", {**said, "downtime_reason_code": "110"}))
    assert entered["downtime_reason_id"] == reasons[110]


def test_a_category_that_does_not_exist_is_refused_as_a_filter(floor: Floor) -> None:
    assert floor.admin.get("/downtime-events", params={"downtime_category": "failuer"}).status_code == 422
    assert floor.admin.get("/downtime-events", params={"downtime_category": "failure"}).status_code == 200
