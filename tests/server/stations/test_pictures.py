"""Pictures from the station's word to the file that people see, and their end."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.camera_commands import Cut, TakePicture
from unison_domain.stations.picture_events import PictureLoss
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings
from unison_server.stations import picture_tables
from unison_server.stations.picture_api import PictureRoute
from unison_server.stations.pictures import forget_old_pictures
from unison_station.cameras.lost_pictures import LostPictures
from unison_station.uplink.commands import CommandFailed

from tests.server.quality.gauging import characteristic
from tests.server.serving import sign_in
from tests.server.stations.floor import START, Floor
from tests.server.stations.test_real_agent import running, until
from tests.station_agent.cameras.printing import on_table, printed

JPEG = b"\xff\xd8\xff\xe0 a picture \x00\xff\xd9"
SHA = hashlib.sha256(JPEG).hexdigest()


def kept(floor: Floor, seconds: float = 0, sha256: str = SHA, **more: Any) -> dict[str, Any]:
    own = {
        "id": str(uuid4()),
        "station_id": str(floor.station_id),
        "peripheral_id": str(uuid4()),
        "sha256": sha256,
        "bytes": len(JPEG),
        "reason": "scan",
        "retention_days": 90,
    }
    return floor.sender.event("picture_kept", seconds, **{**own, **more})


def upload(floor: Floor, content: bytes = JPEG, sha256: str = SHA) -> httpx.Response:
    return floor.sender.call("PUT", f"/pictures/{sha256}", content=content, headers={"Content-Type": "image/jpeg"})


def listed(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    answer = floor.admin.get("/station-pictures", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def download(floor: Floor, sha256: str = SHA) -> httpx.Response:
    return floor.admin.get(f"/station-pictures/{sha256}")


def test_a_picture_is_announced_sent_once_or_twice_and_seen(floor: Floor) -> None:
    floor.sender.send([kept(floor)])
    assert [one["stored_at"] for one in listed(floor)] == [None]
    assert download(floor).json()["code"] == "not_here"
    assert [upload(floor).status_code, upload(floor).status_code] == [204, 204]
    (picture,) = listed(floor, station_id=floor.station_id, reason="scan")
    assert (picture["sha256"], picture["stored_at"] is None) == (SHA, False)
    answer = download(floor)
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")


def test_a_picture_that_does_not_come_is_not_said_to_be_on_its_way_for_ever(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.sender.send([kept(floor)])
    assert [one["is_overdue"] for one in listed(floor)] == [False]
    monkeypatch.setattr(picture_tables, "EXPECTED_HOURS", -1)
    assert [one["is_overdue"] for one in listed(floor)] == [True]
    said = download(floor).json()
    assert said["code"] == "not_here"
    assert said["detail"].startswith(f"Picture {SHA[:12]}… did not come though its station told of it on ")
    upload(floor)
    assert [one["is_overdue"] for one in listed(floor)] == [False]
    assert download(floor).content == JPEG


def test_a_picture_whose_days_are_over_is_said_to_be_deleted(floor: Floor) -> None:
    said = download(floor).json()
    assert said["detail"].startswith(f"Picture {SHA[:12]}… is not here: pictures are deleted when")


def test_a_picture_bears_who_was_signed_on(floor: Floor) -> None:
    ada = str(uuid4())
    floor.sender.send([kept(floor, person="Ada", person_id=ada)])
    (picture,) = listed(floor)
    assert (picture["person"], picture["person_id"], picture["person_is_verified"]) == ("Ada", ada, False)


def test_the_event_comes_first(floor: Floor) -> None:
    answer = upload(floor)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_announced")


@pytest.mark.parametrize(("content", "code"), [(JPEG[:-1], "hash"), (JPEG + b"x", "hash"), (b"", "hash")])
def test_another_file_than_was_announced_is_refused(floor: Floor, content: bytes, code: str) -> None:
    floor.sender.send([kept(floor)])
    answer = upload(floor, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_what_is_no_picture_is_refused(floor: Floor) -> None:
    page = b"<html>"
    sha256 = hashlib.sha256(page).hexdigest()
    floor.sender.send([kept(floor, sha256=sha256)])
    assert upload(floor, page, sha256).json()["code"] == "media_type"


def test_a_picture_as_a_camera_of_five_million_pixels_takes_it_is_stored(floor: Floor) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1944, 2592), np.uint8)
    png = cv2.imencode(".png", noise, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    sha256 = hashlib.sha256(png).hexdigest()
    floor.sender.send([kept(floor, sha256=sha256, bytes=len(png), media_type="image/png", reason="reading")])
    assert len(png) > 4 * 1024 * 1024
    assert upload(floor, png, sha256).status_code == 204
    assert download(floor, sha256).content == png


def test_a_file_larger_than_any_picture_is_refused(floor: Floor) -> None:
    assert upload(floor, bytes(PictureRoute.most_bytes + 1)).status_code == 413


def test_the_same_picture_again_needs_not_be_sent_again(floor: Floor) -> None:
    floor.sender.send([kept(floor)])
    upload(floor)
    floor.sender.send([kept(floor, 5)])
    assert [one["stored_at"] is None for one in listed(floor)] == [False, False]


def test_pictures_of_a_stop_name_their_machine(floor: Floor) -> None:
    machine = str(floor.machines[0])
    floor.sender.send([kept(floor), kept(floor, 1, reason="stop", machine_id=machine)])
    assert [one["reason"] for one in listed(floor, machine_id=machine)] == ["stop"]
    assert len(listed(floor, plant_id=floor.plant_id)) == 2
    assert listed(floor, plant_id=uuid4()) == []


def test_a_machine_that_did_not_stand_is_set_aside_and_a_stranger_station_too(floor: Floor) -> None:
    floor.sender.send([kept(floor, station_id=str(uuid4())), kept(floor, machine_id=str(floor.machines[0]))])
    assert listed(floor) == []
    assert len(floor.rows("select 1 from quarantine")) == 2


def test_only_who_may_sees_pictures_and_only_of_their_plants(floor: Floor) -> None:
    floor.sender.send([kept(floor)])
    upload(floor)
    elsewhere = floor.made.add_plant("P9")
    floor.made.add_user("otto", roles=[RoleCode.OPERATOR], reads=[floor.plant_id])
    floor.made.add_user("susi", roles=[RoleCode.SUPERVISOR], writes=[elsewhere])
    otto, susi = (sign_in(floor.admin.client, floor.made, name) for name in ("otto", "susi"))
    assert otto.get("/station-pictures").status_code == 403
    assert susi.get("/station-pictures").json()["items"] == []
    assert susi.get(f"/station-pictures/{SHA}").status_code == 404


def test_a_camera_of_a_real_agent_sends_what_it_saw_and_keeps_nothing(
    floor: Floor, address: str, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    cv2.imwrite(str(seen / "a.png"), on_table((printed(tmp_path, "PART-1", "-b", "QRCODE"), 200, 150), size=(480, 640)))
    settings = {"kind": "camera", "name": "eye", "source": str(seen), "formats": ["qr"], "keep_scans": True}
    made = floor.admin.post("/peripherals", {"station_id": str(floor.station_id), "settings": settings})
    assert made.status_code == 201, made.text
    with running(floor, address, tmp_path / "agent"):
        (picture,) = until(lambda: [one for one in listed(floor) if one["stored_at"]])
        content = download(floor, picture["sha256"]).content
        until(lambda: not list((tmp_path / "agent" / "pictures").iterdir()))
    assert hashlib.sha256(content).hexdigest() == picture["sha256"]
    (scan,) = floor.rows("select qr_code_data, picture from qr_code_scans")
    assert (scan.qr_code_data, scan.picture) == ("PART-1", picture["sha256"])


def test_a_picture_ends_with_its_time_and_its_file_with_the_last_that_speaks_of_it(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([kept(floor, retention_days=10), kept(floor, retention_days=20)])
    upload(floor)
    forget_old_pictures(settings, system_databases, START + timedelta(days=11))
    assert len(listed(floor)) == 1
    assert download(floor).content == JPEG
    forget_old_pictures(settings, system_databases, START + timedelta(days=21))
    assert listed(floor) == []
    assert download(floor).status_code == 404
    floor.sender.send([kept(floor)])
    assert download(floor).json()["code"] == "not_here"


def lost(floor: Floor, seconds: float = 9, sha256: str = SHA, reason: str = "room") -> dict[str, Any]:
    return floor.sender.event("pictures_lost", seconds, sha256=[sha256], reason=reason)


def test_a_lost_picture_says_so_and_why_until_its_file_comes_after_all(floor: Floor) -> None:
    floor.sender.send([lost(floor, 0)])
    floor.sender.send([kept(floor)])
    assert listed(floor)[0]["lost_at"] is None, "nobody told of it then"
    floor.sender.send([lost(floor), lost(floor, 10, reason="waited"), lost(floor, 11, "0" * 64, "room")])
    (picture,) = listed(floor)
    assert (picture["lost_reason"], picture["is_overdue"]) == ("room", False)
    assert datetime.fromisoformat(picture["lost_at"]) == START + timedelta(seconds=9), "the first word holds"
    said = download(floor).json()
    day = (START + timedelta(seconds=9)).astimezone(ZoneInfo("Europe/Berlin")).date()
    assert said["code"] == "not_here"
    words = f"was lost at its station and told so on {day}: its PC had no room for it any more before the server had it"
    assert said["detail"] == f"Picture {SHA[:12]}… {words}"
    assert upload(floor).status_code == 204
    assert [one["lost_at"] for one in listed(floor)] == [None]
    floor.sender.send([lost(floor, 12)])
    assert download(floor).content == JPEG, "what is here is not lost"


def test_what_a_real_agent_lost_it_tells_when_it_runs_again(floor: Floor, address: str, tmp_path: Path) -> None:
    floor.sender.send([kept(floor)])
    (tmp_path / "agent").mkdir()
    LostPictures(tmp_path / "agent").add(SHA, PictureLoss.WAITED)
    with running(floor, address, tmp_path / "agent"):
        until(lambda: listed(floor)[0]["lost_reason"] == "waited")
    assert LostPictures(tmp_path / "agent").first() is None


def test_a_newer_agent_s_reason_is_taken_as_unknown_and_a_word_without_any_picture_is_set_aside(floor: Floor) -> None:
    floor.sender.send([kept(floor), lost(floor, reason="stolen")])
    assert listed(floor)[0]["lost_reason"] == "unknown"
    floor.sender.send([floor.sender.event("pictures_lost", 10, sha256=[], reason="room")])
    assert len(floor.rows("select 1 from quarantine")) == 1


def test_what_another_pc_says_is_lost_is_not(floor: Floor) -> None:
    floor.sender.send([kept(floor)])
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update station_pictures set agent_id = :other"), {"other": uuid4()})
    floor.sender.send([lost(floor)])
    assert [one["lost_at"] for one in listed(floor)] == [None]


@pytest.mark.parametrize(("days", "words"), [(1, "1 day"), (10, "10 days")])
def test_the_picture_of_a_scan_is_said_to_be_deleted_with_the_day(
    floor: Floor, settings: Settings, system_databases: Databases, days: int, words: str
) -> None:
    floor.sender.send([kept(floor, retention_days=days), kept(floor, 1, reason="stop", retention_days=days)])
    upload(floor)
    over = START + timedelta(days=days, hours=12)
    for _again in range(2):
        forget_old_pictures(settings, system_databases, over)
    day = over.astimezone(ZoneInfo("Europe/Berlin")).date()
    detail = f"was deleted after {words}, on {day}: so long its camera keeps pictures"
    assert download(floor).json()["detail"] == f"Picture {SHA[:12]}… {detail}"
    assert listed(floor) == []
    assert [row.reason for row in floor.rows("select reason from station_pictures")] == ["scan"]
    floor.sender.send([kept(floor, 5)])
    assert [one["stored_at"] for one in listed(floor)] == [None], "the file went: it is to be sent again"
    assert upload(floor).status_code == 204
    assert download(floor).content == JPEG


def test_what_was_lost_stays_so_when_its_time_is_over_and_is_forgotten_in_the_end(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([kept(floor, retention_days=10), lost(floor)])
    forget_old_pictures(settings, system_databases, START + timedelta(days=11))
    assert "was lost at its station" in download(floor).json()["detail"]
    forget_old_pictures(settings, system_databases, START + timedelta(days=12 + settings.incidents_kept_days))
    assert "pictures are deleted when the days" in download(floor).json()["detail"]
    assert floor.rows("select 1 from station_pictures") == []


def comparing(floor: Floor) -> dict[str, Any]:
    """A camera of the station that compares with the picture, which the station took and sent."""
    floor.sender.send([kept(floor, retention_days=10)])
    assert upload(floor).status_code == 204
    presence = {
        "tool": "presence",
        "id": str(uuid4()),
        "name": "Label",
        "characteristic_id": str(characteristic(floor, measurement_unit="")),
        "template": SHA,
        **dict.fromkeys(("x", "y", "width", "height"), 20),
    }
    settings = {"kind": "camera", "name": "eye", "source": "usb-none", "formats": [], "tools": [presence]}
    made = floor.admin.post("/peripherals", {"station_id": str(floor.station_id), "settings": settings})
    assert made.status_code == 201, made.text
    row: dict[str, Any] = made.json()
    return row


def test_a_template_stays_until_no_camera_compares_with_it(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    camera = comparing(floor)
    forget_old_pictures(settings, system_databases, START + timedelta(days=999))
    assert download(floor).content == JPEG
    changed = {**camera["settings"], "tools": []}
    headers = {"If-Match": f'"{camera["version"]}"'}
    answer = floor.admin.send("PUT", f"/peripherals/{camera['id']}", json={"settings": changed}, headers=headers)
    assert answer.status_code == 200, answer.text
    forget_old_pictures(settings, system_databases, START + timedelta(days=999))
    assert download(floor).status_code == 404


def test_a_new_pc_fetches_the_templates_of_its_cameras(floor: Floor, address: str, tmp_path: Path) -> None:
    comparing(floor)
    with running(floor, address, tmp_path / "agent"):
        until(lambda: [one.read_bytes() for one in (tmp_path / "agent" / "work_pictures").glob("*.picture")] == [JPEG])


def test_a_new_pc_works_with_the_pictures_of_the_one_before(floor: Floor, address: str, tmp_path: Path) -> None:
    settings = {"kind": "camera", "name": "eye", "source": "usb-none", "formats": []}
    made = floor.admin.post("/peripherals", {"station_id": str(floor.station_id), "settings": settings})
    assert made.status_code == 201, made.text
    camera = made.json()["id"]
    content = cv2.imencode(".jpg", np.full((48, 64), 200, np.uint8))[1].tobytes()
    sha256 = hashlib.sha256(content).hexdigest()
    floor.sender.send([kept(floor, sha256=sha256, bytes=len(content), peripheral_id=camera, reason="asked")])
    assert upload(floor, content, sha256).status_code == 204
    cut = Cut(x=8, y=8, width=32, height=32)
    with running(floor, address, tmp_path / "agent") as agent:
        desk, wanted = agent._camera_desk(), TakePicture(peripheral_id=UUID(camera), picture=sha256, cut=cut)
        assert desk.take_picture(wanted, 30.0).width == 32
        assert agent._work_pictures().load(sha256) == content, "kept here for the next time"
        stranger = wanted.model_copy(update={"picture": SHA})
        with pytest.raises(CommandFailed, match="is neither on this PC nor at the server"):
            desk.take_picture(stranger, 30.0)


def test_an_agent_gets_no_other_picture_than_its_own_and_its_templates(floor: Floor) -> None:
    floor.sender.send([kept(floor)])  # by a camera that is none of its own
    upload(floor)
    answer = floor.sender.call("GET", f"/pictures/{SHA}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_template")
