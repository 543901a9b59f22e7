"""What a scanner, gauge or camera has to itself: its name at its station, its port at its PC."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.gauge_settings import GaugeSettings
from unison_domain.stations.peripheral_contracts import place_of
from unison_domain.stations.peripherals import PeripheralSettings
from unison_domain.stations.scanner_settings import ScannerSettings

from tests.server.serving import SignedIn
from tests.server.stations.attached import CAMERA, GAUGE, PORT, SCANNER, add, added, errors, put_away, station_of
from tests.server.stations.floor import Floor


def test_a_name_is_given_once_per_station_until_it_is_put_away(floor: Floor) -> None:
    row = added(floor, SCANNER)
    keyboard = {"kind": "scanner", "name": "Hand scanner", "keyboard": "usb-Zebra-event-kbd"}
    answer = add(floor, keyboard)
    assert (answer.status_code, answer.json()["code"]) == (409, "taken")
    assert "settings.name" in errors(answer)
    elsewhere = station_of(floor, "S2")
    assert add(floor, keyboard, elsewhere["id"]).status_code == 201
    put_away(floor, row)
    assert add(floor, SCANNER).status_code == 201
    kept = floor.admin.get(f"/peripherals/{row['id']}").json()
    assert (kept["is_active"], kept["settings"]["serial"]["port"]) == (False, PORT)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({**SCANNER, "name": "Second"}, "settings.serial.port"),
        ({**SCANNER, "name": "Second", "serial": {"port": f"/dev/serial/by-id/{PORT}"}}, "settings.serial.port"),
        ({**GAUGE, "serial": {"port": PORT}}, "settings.serial.port"),
    ],
)
def test_two_of_one_pc_never_share_a_port(floor: Floor, wanted: dict[str, Any], field: str) -> None:
    added(floor, SCANNER)
    answer = add(floor, wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "place_taken")
    assert "Hand scanner" in errors(answer)[field]
    other = station_of(floor, "S2", agent_id=str(floor.agent_id))
    assert add(floor, wanted, other["id"]).status_code == 422, "it is the PC that has the port"
    elsewhere = station_of(floor, "S3")
    assert add(floor, wanted, elsewhere["id"]).status_code == 201


@pytest.mark.parametrize(
    "wanted",
    [{"kind": "scanner", "name": "K", "keyboard": "usb-Zebra-event-kbd"}, CAMERA],
    ids=lambda wanted: wanted["kind"],
)
def test_keyboards_and_cameras_have_one_reader_too(floor: Floor, wanted: dict[str, Any]) -> None:
    added(floor, wanted)
    assert add(floor, {**wanted, "name": "Second"}).json()["code"] == "place_taken"


def test_pictures_in_a_folder_and_streams_have_as_many_readers_as_wanted(floor: Floor) -> None:
    for number, source in enumerate(["/srv/pictures", "/srv/pictures", "rtsp://cam/1", "rtsp://cam/1"]):
        added(floor, {**CAMERA, "name": f"Camera {number}", "source": source})


def test_a_modbus_line_and_a_peripheral_never_share_a_port(floor: Floor) -> None:
    line = {"station_id": str(floor.station_id), "driver": "modbus_rtu", "serial_port": PORT}
    meters = [floor.admin.post("/devices", {**line, "name": f"Meter {n}", "unit_id": n}) for n in (1, 2)]
    assert [meter.status_code for meter in meters] == [201, 201], "devices share their line"
    answer = add(floor, SCANNER)
    assert (answer.status_code, answer.json()["code"]) == (422, "place_taken")
    assert "Meter 1" in errors(answer)["settings.serial.port"]
    added(floor, GAUGE)
    refused = floor.admin.post("/devices", {**line, "name": "Meter 3", "unit_id": 3, "serial_port": "/dev/ttyS0"})
    assert (refused.status_code, refused.json()["code"]) == (422, "place_taken")
    assert "Caliper" in errors(refused)["serial_port"]


def test_of_two_made_at_once_on_one_port_one_is_refused(floor: Floor) -> None:
    other = station_of(floor, "S2", agent_id=str(floor.agent_id))["id"]
    for round_ in range(5):
        settings = {**SCANNER, "serial": {"port": f"COM{round_}"}}
        with ThreadPoolExecutor(2) as pool:
            tries = [
                pool.submit(add, floor, {**settings, "name": f"{round_} at {station}"}, station)
                for station in (floor.station_id, other)
            ]
        assert sorted(one.result().status_code for one in tries) == [201, 422]


def test_a_station_that_would_bring_a_second_reader_to_its_agent_is_refused(floor: Floor) -> None:
    added(floor, SCANNER)
    other = station_of(floor, "S2")
    second = added(floor, {**SCANNER, "name": "Second"}, other["id"])
    patch = {"json": {"agent_id": str(floor.agent_id)}, "headers": {"If-Match": f'"{other["version"]}"'}}
    moved = floor.admin.send("PATCH", f"/stations/{other['id']}", **patch)
    assert (moved.status_code, moved.json()["code"]) == (422, "place_taken")
    assert "Second and Hand scanner" in errors(moved)["agent_id"]
    put_away(floor, second)
    assert floor.admin.send("PATCH", f"/stations/{other['id']}", **patch).status_code == 200


def test_another_organization_has_ports_of_its_own(floor: Floor, admin: SignedIn) -> None:
    added(floor, SCANNER)
    assert add(floor, {**SCANNER, "name": "x"}, uuid4()).status_code == 404
    assert admin.get("/peripherals", params={"kind": "camera"}).json()["items"] == []
    assert (
        len(admin.get("/peripherals", params={"station_id": str(floor.station_id), "q": "hand"}).json()["items"]) == 1
    )


@pytest.mark.parametrize(
    "wanted",
    [
        ScannerSettings.model_validate(SCANNER),
        ScannerSettings.model_validate({**SCANNER, "serial": {"port": "/dev/serial/by-id/usb-a"}}),
        ScannerSettings(name="K", keyboard="/dev/input/by-id/usb-Zebra-event-kbd"),
        GaugeSettings.model_validate(GAUGE),
        *(
            CameraSettings.model_validate({**CAMERA, "source": source})
            for source in (
                "0",
                "/dev/video0",
                "/dev/v4l/by-id/usb-cam",
                "usb-cam",
                "a/b.png",
                "http://cam/mjpeg",
                "/srv",
            )
        ),
    ],
)
def test_database_and_domain_agree_about_what_it_has_to_itself(floor: Floor, wanted: PeripheralSettings) -> None:
    row = added(floor, wanted.model_dump(mode="json"))
    assert [one.place for one in floor.rows("select place from peripherals where id = :id", id=row["id"])] == [
        place_of(wanted)
    ]
