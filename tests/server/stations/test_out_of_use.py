"""What is taken out of use rests with all below it, takes nothing new, and comes back by who may end it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.configuration import AgentConfiguration

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor


def act(by: SignedIn, method: str, path: str, suffix: str = "", **body: Any) -> httpx.Response:
    """A change of what is at `path`, at the version it has."""
    tag = {"If-Match": by.get(path).headers["ETag"]}
    return by.send(method, f"{path}{suffix}", headers=tag, **({"json": body} if body else {}))


def end(floor: Floor, path: str) -> None:
    answer = act(floor.admin, "DELETE", path)
    assert answer.status_code == 200, answer.text


def told(floor: Floor) -> AgentConfiguration:
    return floor.told()


def tags_told(floor: Floor) -> int:
    return sum(len(device.tags) for device in told(floor).devices)


@pytest.fixture
def center(floor: Floor) -> str:
    made = floor.admin.post("/work-centers", {"plant_id": str(floor.plant_id), "code": "L1", "name": "Line 1"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_all_below_rests_and_comes_back_as_it_was(floor: Floor) -> None:
    before = told(floor)
    for path in (f"/stations/{floor.station_id}", f"/devices/{floor.device_id}", f"/tags/{floor.gauges[0]}"):
        end(floor, path)
        assert tags_told(floor) < sum(len(device.tags) for device in before.devices), path
        assert floor.admin.get(path).json()["is_active"] is False
        back = act(floor.admin, "POST", path, "/reactivate")
        assert (back.status_code, back.json()["is_active"]) == (200, True), back.text
        assert told(floor).devices == before.devices
    end(floor, f"/machines/{floor.machines[0]}")
    assert tags_told(floor) == 2
    assert act(floor.admin, "POST", f"/machines/{floor.machines[0]}", "/reactivate").status_code == 200
    assert tags_told(floor) == 4


def test_nothing_new_is_made_there(floor: Floor, center: str) -> None:
    place = {"plant_id": str(floor.plant_id)}
    tag = {"device_id": str(floor.device_id), "name": "new", "table": "coil", "address": 9, "type": "bool"}
    wanted: list[tuple[str, list[tuple[str, dict[str, Any]]]]] = [
        (f"/machines/{floor.machines[0]}", [("/tags", {**tag, "machine_id": str(floor.machines[0])})]),
        (f"/devices/{floor.device_id}", [("/tags", tag)]),
        (
            f"/stations/{floor.station_id}",
            [
                ("/devices", {"station_id": str(floor.station_id), "name": "D", "host": "plc"}),
                ("/machines", {**place, "machine_code": "M7", "name": "M", "station_id": str(floor.station_id)}),
            ],
        ),
        (
            f"/work-centers/{center}",
            [("/machines", {**place, "machine_code": "M8", "name": "M", "work_center_id": center})],
        ),
        (
            f"/plants/{floor.plant_id}",
            [
                ("/machines", {**place, "machine_code": "M9", "name": "M"}),
                ("/stations", {**place, "code": "S9", "name": "S"}),
                ("/work-centers", {**place, "code": "L9", "name": "L"}),
                ("/inspection-characteristics", {**place, "characteristic_name": "Width"}),
            ],
        ),
    ]
    for path, makings in wanted:
        end(floor, path)
        for making, body in makings:
            refused = floor.admin.post(making, body)
            assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use_above"), (
                path,
                making,
                refused.text,
            )
            assert "is out of use: bring that back first" in refused.json()["detail"]


def test_what_is_below_comes_back_after_what_is_above(floor: Floor) -> None:
    tag, device, station = f"/tags/{floor.gauges[0]}", f"/devices/{floor.device_id}", f"/stations/{floor.station_id}"
    for path in (tag, device, station):
        end(floor, path)
    for path in (tag, device):
        refused = act(floor.admin, "POST", path, "/reactivate")
        assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use_above")
    for path in (station, device, tag):
        assert act(floor.admin, "POST", path, "/reactivate").status_code == 200


def test_what_is_out_of_use_is_brought_back_before_it_is_changed(floor: Floor) -> None:
    path = f"/stations/{floor.station_id}"
    end(floor, path)
    refused = act(floor.admin, "PATCH", path, name="Other")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use")
    assert "S1 is out of use: bring it back first" in refused.json()["detail"]


def test_who_may_only_change_ends_nothing(floor: Floor, made: Made, client: httpx.Client) -> None:
    """Everything of the shop floor alike: whose access to the plant is for changes leaves things in use."""
    characteristic = {"plant_id": str(floor.plant_id), "characteristic_name": "Width"}
    width = floor.admin.post("/inspection-characteristics", characteristic).json()["id"]
    gauge = {"station_id": str(floor.station_id), "settings": {"kind": "scanner", "name": "Scan", "keyboard": "usb-K"}}
    scanner = floor.admin.post("/peripherals", gauge).json()["id"]
    rule = floor.admin.post("/downtime-reasons/defaults", {}).json()["items"][0]
    alarm = {"alarm": "E1", "downtime_reason_id": rule["id"], "machine_id": str(floor.machines[0])}
    mapped = floor.admin.post("/alarm-reasons", alarm).json()["id"]
    roles = [RoleCode.AUTOMATION_ENGINEER, RoleCode.QUALITY_MANAGER, RoleCode.PROCESS_ENGINEER]
    clara = made.add_user("clara", roles=roles)
    given = {"plant_id": str(floor.plant_id), "can_read": True, "can_write": True, "can_delete": False}
    assert act(floor.admin, "POST", f"/users/{clara}", "/assign-plant", **given).status_code == 200
    by = sign_in(client, made, "clara")
    paths = [
        f"/machines/{floor.machines[0]}",
        f"/stations/{floor.station_id}",
        f"/devices/{floor.device_id}",
        f"/tags/{floor.gauges[0]}",
        f"/peripherals/{scanner}",
        f"/inspection-characteristics/{width}",
        f"/alarm-reasons/{mapped}",
    ]
    for path in paths:
        refused = act(by, "DELETE", path)
        assert (refused.status_code, refused.json()["code"]) == (403, "place_keeps"), (path, refused.text)
    for path in paths[-2:]:
        refused = act(by, "PATCH", path, is_active=False)
        assert (refused.status_code, refused.json()["code"]) == (403, "place_keeps"), (path, refused.text)


@pytest.mark.parametrize("table", ["devices", "machines", "tags", "stations"])
def test_the_database_itself_forbids_it(floor: Floor, table: str) -> None:
    above = {"devices": "stations", "machines": "plants", "tags": "devices", "stations": "plants"}[table]
    floor.rows(f"update {table} set is_active = false returning id")
    floor.rows(f"update {above} set is_active = false returning id")
    with pytest.raises(IntegrityError, match="is out of use"):
        floor.rows(f"update {table} set is_active = true returning id")
