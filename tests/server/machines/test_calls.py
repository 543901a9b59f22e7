"""Calls for help, from the station's word to the desktop's answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.serving import sign_in
from tests.server.stations.floor import START, Floor, at, enrol, stamp
from tests.server.stations.test_leases import give, second_agent


def said(floor: Floor, seconds: float, state: str, call: str, machine: int = 0, **more: Any) -> dict[str, Any]:
    fields = {"call_id": call, "machine_id": str(floor.machines[machine]), "called": "maintenance", "state": state}
    return floor.sender.event("call_changed", seconds, **{**fields, **more})


def listed(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    answer = floor.admin.get("/machine-calls", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def set_aside(floor: Floor) -> list[str]:
    return [row.code for row in floor.rows("select code from quarantine order by seq")]


def told(floor: Floor) -> list[str]:
    return [topic for topic in floor.topics() if topic.startswith("machines.call.")]


def test_a_call_goes_through_its_life(floor: Floor) -> None:
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call, person="Anna", note="smoke")])
    (shown,) = listed(floor)
    assert (shown["state"], shown["called"], shown["person"], shown["note"]) == (
        "called",
        "maintenance",
        "Anna",
        "smoke",
    )
    assert (shown["machine_code"], shown["called_at"], shown["answered_at"]) == ("M1", stamp(0), None)
    floor.sender.send([said(floor, 60, "arrived", call)])
    assert floor.admin.get(f"/machine-calls/{call}").json()["arrived_at"] == stamp(60)
    floor.sender.send([said(floor, 90, "done", call)])
    assert listed(floor) == []
    (over,) = listed(floor, state="all", machine_id=str(floor.machines[0]))
    assert (over["state"], over["done_at"], over["done_by"]) == ("done", stamp(90), None)
    assert listed(floor, state="all", machine_id=str(floor.machines[1])) == []
    assert told(floor) == ["machines.call.called", "machines.call.arrived", "machines.call.done"]


def test_people_in_the_desktop_answer_arrive_and_end(floor: Floor) -> None:
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call)])
    for step, state in (("answer", "called"), ("arrive", "arrived"), ("done", "done")):
        answer = floor.admin.post(f"/machine-calls/{call}/{step}")
        assert (answer.status_code, answer.json()["state"]) == (200, state), answer.text
        assert floor.admin.post(f"/machine-calls/{call}/{step}").json() == answer.json()
    (over,) = listed(floor, state="all")
    assert len({over["answered_by"], over["arrived_by"], over["done_by"]}) == 1
    assert over["done_by"] is not None
    steps = ["machines.call.called", "machines.call.answered", "machines.call.arrived", "machines.call.done"]
    assert told(floor) == steps
    refused = floor.admin.post(f"/machine-calls/{call}/answer")
    assert (refused.status_code, refused.json()["code"]) == (409, "call_moved_on")
    assert "M1: the call is done already" in refused.json()["detail"]


def test_a_call_made_by_mistake_is_withdrawn_in_the_desktop_until_somebody_is_there(floor: Floor) -> None:
    mistake, needed = str(uuid4()), str(uuid4())
    floor.sender.send([said(floor, 0, "called", mistake), said(floor, 1, "called", needed)])
    answer = floor.admin.post(f"/machine-calls/{mistake}/withdraw")
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn"), answer.text
    assert answer.json()["withdrawn_by"] is not None
    assert [one["id"] for one in listed(floor)] == [needed]
    assert floor.admin.post(f"/machine-calls/{needed}/arrive").status_code == 200
    refused = floor.admin.post(f"/machine-calls/{needed}/withdraw")
    assert (refused.status_code, refused.json()["code"]) == (409, "call_moved_on")


def test_the_word_of_a_station_that_was_away_fills_in_what_was_not_known(floor: Floor) -> None:
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call)])
    floor.admin.post(f"/machine-calls/{call}/done")
    floor.sender.send([said(floor, 30, "arrived", call), said(floor, 45, "done", call)])
    (over,) = listed(floor, state="all")
    assert (over["state"], over["arrived_at"], over["arrived_by"]) == ("done", stamp(30), None)
    assert over["done_by"] is not None
    assert set_aside(floor) == []


def test_an_agent_hears_what_the_desktop_said_to_its_own_calls(floor: Floor) -> None:
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call)])
    floor.admin.post(f"/machine-calls/{call}/arrive")
    heard = floor.sender.call("GET", "/machine-calls", params={"ids": [call, str(uuid4())]})
    assert [(one["id"], one["state"]) for one in heard.json()["items"]] == [(call, "arrived")]
    open_ones = floor.sender.call("GET", "/machine-calls").json()["items"]
    assert [one["id"] for one in open_ones] == [call]
    floor.admin.post(f"/machine-calls/{call}/done")
    assert floor.sender.call("GET", "/machine-calls").json()["items"] == []
    heard = floor.sender.call("GET", "/machine-calls", params={"ids": call})
    assert [one["state"] for one in heard.json()["items"]] == ["done"], "that it is over is heard by who asks for it"
    assert floor.admin.get("/stations/me/machine-calls", params={"ids": call}).status_code == 403
    other = enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    for query in ({"ids": call}, {}):
        assert other.call("GET", "/machine-calls", params=query).json()["items"] == []


def test_the_next_pc_takes_over_the_calls_of_the_one_before(floor: Floor) -> None:
    before, call, ended, late = floor.sender, str(uuid4()), str(uuid4()), str(uuid4())
    now = (datetime.now(UTC) - START).total_seconds()
    before.send([said(floor, 0, "called", call, person="Anna"), said(floor, 0, "called", ended)])
    before.send([said(floor, 10, "done", ended)])
    in_time = [said(floor, 40, "arrived", call), said(floor, 50, "called", late)]
    too_late = [said(floor, now + 60, "done", late)]
    floor.sender = second_agent(floor)
    give(floor, floor.sender.agent_id)
    assert [one["id"] for one in floor.sender.call("GET", "/machine-calls").json()["items"]] == [call]
    before.send(in_time)
    assert set_aside(floor) == [], "it was said while the station was its own"
    assert {one["id"]: one["state"] for one in listed(floor)} == {call: "arrived", late: "called"}
    before.send(too_late)
    assert set_aside(floor) == ["not_assigned"], "this was not"
    floor.sender.send([said(floor, now, "done", call)])
    heard = floor.sender.call("GET", "/machine-calls", params={"ids": [call, ended]}).json()["items"]
    assert {one["id"]: one["state"] for one in heard} == {late: "called", call: "done", ended: "done"}


def test_a_step_taken_back_at_the_station(floor: Floor) -> None:
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call), said(floor, 5, "arrived", call)])
    floor.sender.send([said(floor, 9, "called", call, takes_back=True)])
    (shown,) = listed(floor)
    assert (shown["state"], shown["arrived_at"]) == ("called", None)
    assert told(floor)[-1] == "machines.call.reopened"
    floor.sender.send([said(floor, 12, "withdrawn", call)])
    assert listed(floor) == []


def test_what_contradicts_is_set_aside_and_harms_nothing_else(floor: Floor) -> None:
    call, other = str(uuid4()), str(uuid4())
    elsewhere = floor.admin.post(
        "/machines", {"plant_id": str(floor.plant_id), "machine_code": "X", "name": "Of nobody"}
    ).json()["id"]
    floor.sender.send(
        [
            said(floor, 0, "called", call),
            said(floor, 1, "arrived", call),
            said(floor, 2, "withdrawn", call),
            said(floor, 3, "done", call, machine=1),
            said(floor, 4, "called", str(uuid4()), machine_id=elsewhere),
            said(floor, 5, "called", str(uuid4()), machine_id=str(uuid4())),
            said(floor, 6, "called", other, machine=1, called="wizard"),
        ]
    )
    assert set_aside(floor) == ["call_moved_on", "other_machine", "not_assigned", "unknown_machine"]
    assert {(item["id"], item["state"], item["called"]) for item in listed(floor)} == {
        (call, "arrived", "maintenance"),
        (other, "called", "unknown"),
    }


def test_the_same_batch_again_changes_nothing(floor: Floor) -> None:
    call = str(uuid4())
    batch = floor.sender.batch([said(floor, 0, "called", call), said(floor, 5, "arrived", call)], BEGINNING)
    for _ in range(2):
        assert floor.sender.post(batch).status_code == 200
    assert len(listed(floor)) == 1
    assert told(floor) == ["machines.call.called", "machines.call.arrived"]


def test_a_clock_that_is_ahead_calls_now(floor: Floor) -> None:
    call = str(uuid4())
    ahead = said(floor, 0, "called", call)
    floor.sender.send([{**ahead, "at": "2150-01-01T00:00:00Z"}])
    assert listed(floor)[0]["called_at"] < "2150"


def test_people_see_calls_of_their_plants_and_answer_where_they_may_write(floor: Floor, client: httpx.Client) -> None:
    call, made = str(uuid4()), floor.made
    floor.sender.send([said(floor, 0, "called", call)])
    made.add_user("sven", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[made.add_plant("SOUTH")])
    made.add_user("vera", roles=[RoleCode.VIEWER], writes=[floor.plant_id])
    made.add_user("nora", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    sven, vera, nora = (sign_in(client, made, name) for name in ("sven", "vera", "nora"))
    assert sven.get("/machine-calls").json()["items"] == []
    for method, path in (("GET", ""), ("POST", "/answer")):
        assert sven.send(method, f"/machine-calls/{call}{path}").status_code == 404
    assert [item["id"] for item in vera.get("/machine-calls").json()["items"]] == [call]
    assert vera.post(f"/machine-calls/{call}/answer").status_code == 403
    assert nora.post(f"/machine-calls/{call}/answer").status_code == 200
    assert floor.admin.get("/machine-calls", params={"state": "old"}).status_code == 422


def test_the_database_itself_keeps_moments_in_order(floor: Floor) -> None:
    row = {"o": floor.made.scope.organization_id, "id": new_id(), "m": floor.machines[0], "at": at(0)}
    insert = (
        "insert into machine_calls (organization_id, id, machine_id, agent_id, called, called_at, {column}) "
        "values (:o, :id, :m, :id, 'setter', :at, {value})"
    )
    early = at(0) - timedelta(seconds=1)
    for column, value in (("arrived_at", ":early"), ("done_at", ":early"), ("done_by", ":id")):
        with pytest.raises(IntegrityError), floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as own:
            own.execute(text(insert.format(column=column, value=value)), {**row, "early": early})


def test_the_zone_of_the_plant_reaches_the_station(floor: Floor) -> None:
    def told_now() -> dict[str, Any]:
        configuration: dict[str, Any] = floor.sender.call("GET", "/configuration").json()
        return configuration

    before = told_now()
    plant = floor.admin.get(f"/plants/{floor.plant_id}").json()
    assert before["stations"][0]["time_zone"] == plant["time_zone"]
    changed = floor.admin.send(
        "PATCH",
        f"/plants/{floor.plant_id}",
        json={"time_zone": "America/New_York"},
        headers={"If-Match": f'"{plant["version"]}"'},
    )
    assert changed.status_code == 200, changed.text
    after = told_now()
    assert after["stations"][0]["time_zone"] == "America/New_York"
    assert after["version"] > before["version"]


def away(floor: Floor, verb: str = "DELETE", tail: str = "") -> None:
    path = f"/machines/{floor.machines[0]}"
    turned = floor.admin.send(verb, f"{path}{tail}", headers={"If-Match": floor.admin.get(path).headers["etag"]})
    assert turned.status_code == 200, turned.text


def test_calls_of_a_machine_that_is_put_away_end_and_stay_ended(floor: Floor) -> None:
    waits, worked_on, elsewhere = str(uuid4()), str(uuid4()), str(uuid4())
    floor.sender.send(
        [
            said(floor, 0, "called", waits),
            said(floor, 0, "called", worked_on),
            said(floor, 60, "arrived", worked_on),
            said(floor, 0, "called", elsewhere, machine=1),
        ]
    )
    away(floor)
    assert [one["id"] for one in listed(floor)] == [elsewhere]
    known = {one["id"]: one for one in listed(floor, state="all")}
    withdrawn, done = known[waits], known[worked_on]
    assert (withdrawn["state"], done["state"]) == ("withdrawn", "done")
    assert withdrawn["withdrawn_by"] == done["done_by"] is not None
    happened = "select topic, causation from outbox union all select topic, causation from events"
    causes = floor.rows(f"select topic from ({happened}) as one where causation = :it", it=floor.machines[0])
    assert sorted(row.topic for row in causes) == ["machines.call.done", "machines.call.withdrawn"]
    away(floor, "POST", "/reactivate")
    assert [one["id"] for one in listed(floor)] == [elsewhere]


def test_a_call_that_comes_from_a_machine_after_it_was_put_away_can_be_ended(floor: Floor) -> None:
    away(floor)
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call)])
    assert [one["id"] for one in listed(floor)] == [call]
    assert floor.admin.post(f"/machine-calls/{call}/withdraw").json()["state"] == "withdrawn"
