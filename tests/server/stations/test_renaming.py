"""An agent gets another name and a note: with the right, at the version that was seen, and it learns its name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor


def agent(floor: Floor) -> dict[str, Any]:
    shown: dict[str, Any] = floor.admin.get(f"/agents/{floor.agent_id}").json()
    return shown


def change(who: SignedIn, floor: Floor, **body: Any) -> httpx.Response:
    version = agent(floor)["version"]
    return who.send("PATCH", f"/agents/{floor.agent_id}", json=body, headers={"If-Match": f'"{version}"'})


def configured(floor: Floor) -> tuple[str, int]:
    given = floor.sender.call("GET", "/configuration").json()
    return given["name"], given["version"]


def test_the_agent_learns_its_new_name_with_a_newer_configuration(floor: Floor) -> None:
    name, version = configured(floor)
    assert name == "Hall 1"
    answer = change(floor.admin, floor, name="Hall 1, press shop")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.headers["ETag"]) == ("Hall 1, press shop", f'"{answer.json()["version"]}"')
    renamed, newer = configured(floor)
    assert renamed == "Hall 1, press shop"
    assert newer == answer.json()["configuration_version"] > version
    assert floor.topics().count("stations.agent.updated") == 1


def test_a_note_is_for_people_and_changes_no_configuration(floor: Floor) -> None:
    before = configured(floor)
    assert change(floor.admin, floor, note="Behind press 4; ask Jo").json()["note"] == "Behind press 4; ask Jo"
    assert configured(floor) == before
    assert change(floor.admin, floor, note=None).json()["note"] is None


def test_who_renamed_it_is_in_its_history(floor: Floor) -> None:
    assert change(floor.admin, floor, name="Hall 2", note="moved").status_code == 200
    newest = floor.admin.get(f"/agents/{floor.agent_id}/configuration-changes").json()["items"][0]
    assert (newest["thing"], newest["name"], newest["actor_id"] is not None) == ("agent", "Hall 2", True)
    assert newest["version"] == agent(floor)["configuration_version"]
    told = {field["field"]: (field["old"], field["new"]) for field in newest["fields"]}
    assert told == {"name": ("Hall 1", "Hall 2"), "note": (None, "moved")}


@pytest.mark.parametrize("body", [{"name": ""}, {"name": None}, {"name": "a\x00"}, {"state": "revoked"}])
def test_what_is_no_name_is_refused(floor: Floor, body: dict[str, Any]) -> None:
    assert change(floor.admin, floor, **body).status_code == 422
    assert agent(floor)["name"] == "Hall 1"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(floor: Floor) -> None:
    path, seen = f"/agents/{floor.agent_id}", {"If-Match": f'"{agent(floor)["version"]}"'}
    assert floor.admin.send("PATCH", path, json={"name": "Mine"}, headers=seen).status_code == 200
    late = floor.admin.send("PATCH", path, json={"name": "Yours"}, headers=seen)
    assert (late.status_code, late.json()["current"]["name"]) == (409, "Mine")
    assert floor.admin.send("PATCH", path, json={"name": "Yours"}).status_code == 428


def test_renaming_needs_the_right_and_every_plant_the_agent_serves(made: Made, floor: Floor) -> None:
    made.add_user("sue", roles=[RoleCode.SUPERVISOR], writes=[floor.plant_id])
    made.add_user("max", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    made.add_user("rita", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id])
    people = {name: sign_in(floor.admin.client, made, name) for name in ("sue", "max", "rita")}
    answers = [change(people[name], floor, name="Other") for name in ("sue", "rita", "max")]
    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert answers[1].json()["code"] == "agent_of_other_plant"
