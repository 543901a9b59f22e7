"""Pictures, calibrations and trials are asked of the agent's own cameras alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.serving import sign_in
from tests.server.stations.attached import CAMERA, SCANNER, added, put_away
from tests.server.stations.floor import Floor

BOARD = {"columns": 10, "rows": 7, "square": 10.0}
STRIP = {"from_x": 10, "from_y": 10, "to_x": 90, "to_y": 10}


def tool() -> dict[str, Any]:
    return {"tool": "caliper", "id": str(uuid4()), "name": "slot", "characteristic_id": str(uuid4()), "strip": STRIP}


def ask(floor: Floor, kind: str, camera: dict[str, Any], **parameters: Any) -> httpx.Response:
    body = {"kind": kind, "parameters": {"peripheral_id": camera["id"], **parameters}}
    return floor.admin.post(f"/agents/{floor.agent_id}/commands", body)


def test_an_agent_fetches_what_its_camera_is_to_do(floor: Floor) -> None:
    camera = added(floor, CAMERA)
    asked = [
        ask(floor, "take_picture", camera),
        ask(floor, "find_board", camera, board=BOARD, picture="a" * 64),
        ask(floor, "calibrate_plane", camera, board=BOARD, pictures=["a" * 64, "b" * 64, "c" * 64]),
        ask(floor, "try_tool", camera, tool=tool(), picture="a" * 64),
        ask(floor, "measure", camera),
    ]
    assert [answer.status_code for answer in asked] == [201] * 5
    assert all(answer.json()["expires_at"] for answer in asked)
    fetched = floor.sender.call("GET", "/commands").json()["items"]
    assert [one["kind"] for one in fetched] == ["take_picture", "find_board", "calibrate_plane", "try_tool", "measure"]
    for answer in asked:
        (audited,) = floor.rows("select actor_kind from audit_logs where entity_id = :id", id=answer.json()["id"])
        assert audited.actor_kind == "user"


def test_only_a_configured_camera_of_this_agent_is_asked(floor: Floor) -> None:
    camera, scanner = added(floor, CAMERA), added(floor, SCANNER)
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    body = {"kind": "take_picture", "parameters": {"peripheral_id": camera["id"]}}
    assert floor.admin.post(f"/agents/{other}/commands", body).json()["code"] == "not_of_agent"
    assert ask(floor, "take_picture", scanner).json()["code"] == "not_a_camera"
    assert ask(floor, "take_picture", {"id": str(uuid4())}).status_code == 404
    put_away(floor, camera)
    assert ask(floor, "take_picture", camera).json()["code"] == "not_configured"


@pytest.mark.parametrize(
    ("kind", "parameters", "words"),
    [
        ("take_picture", {"picture": "a" * 64}, "which part of the picture"),
        ("take_picture", {"picture": "../etc/passwd"}, "parameters.picture"),
        ("calibrate_plane", {"board": BOARD, "pictures": []}, "parameters.pictures"),
        ("calibrate_plane", {"board": BOARD, "pictures": ["a" * 64] * 2}, "named twice"),
        ("try_tool", {"tool": {"tool": "laser"}}, "parameters.tool"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_pc_hears_of_it(
    floor: Floor, kind: str, parameters: dict[str, Any], words: str
) -> None:
    refused = ask(floor, kind, added(floor, CAMERA), **parameters)
    assert refused.status_code == 422
    assert words in refused.text


def test_looking_through_a_camera_is_a_right_of_its_own(floor: Floor, made: Made, client: httpx.Client) -> None:
    camera = added(floor, CAMERA)
    made.add_user("sam", roles=[RoleCode.SUPERVISOR], writes=[floor.plant_id])
    made.add_user("mia", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    body = {"kind": "take_picture", "parameters": {"peripheral_id": camera["id"]}}
    refused = sign_in(client, made, "sam").post(f"/agents/{floor.agent_id}/commands", body)
    assert (refused.status_code, refused.json()["parameters"]["permission"]) == (403, "stations.agent.take_picture")
    assert sign_in(client, made, "mia").post(f"/agents/{floor.agent_id}/commands", body).status_code == 201
