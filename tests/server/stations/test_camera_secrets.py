"""The password of a camera is told to its agent alone."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from unison_domain.stations.camera_address import without_password
from unison_domain.stations.camera_settings import CameraSettings
from unison_server.kernel.database import Database

from tests.server.stations.attached import CAMERA, added, change, errors, plainly
from tests.server.stations.floor import Floor


def test_the_password_of_a_camera_is_told_its_agent_alone(floor: Floor) -> None:
    whole = {**CAMERA, "source": "rtsp://me:secret@10.0.0.5/live"}
    row = added(floor, whole)
    changed = change(floor, row, {**row["settings"], "name": "Cell camera"})
    elsewhere = change(floor, changed.json(), {**row["settings"], "source": "rtsp://me:***@10.0.0.6/live"})
    history = floor.admin.get(f"/agents/{floor.agent_id}/configuration-changes").text
    log = floor.admin.get("/audit-log", params={"entity_id": row["id"]}).text
    shown = [floor.admin.get("/peripherals").text, str(row), changed.text, elsewhere.text, history, log]
    assert ["secret" in one for one in shown] == [False] * 6
    assert "rtsp://me:***@10.0.0.5/live" in log
    assert row["settings"]["source"] == "rtsp://me:***@10.0.0.5/live"
    assert "write its password" in errors(elsewhere)["settings.source"]
    (camera,) = floor.told().peripherals
    assert isinstance(camera, CameraSettings)
    assert (camera.name, camera.source) == ("Cell camera", "rtsp://me:secret@10.0.0.5/live")


def test_that_the_password_of_a_camera_changed_is_told_without_it(floor: Floor) -> None:
    row = added(floor, {**CAMERA, "source": "rtsp://me:secret@10.0.0.5/live"})
    change(floor, row, {**row["settings"], "source": "rtsp://me:another@10.0.0.5/live"})
    newest = floor.admin.get(f"/agents/{floor.agent_id}/configuration-changes").json()["items"][0]
    address = "rtsp://me:***@10.0.0.5/live"
    assert plainly(newest) == [{"field": "source", "old": address, "new": address}]


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://me:secret@10.0.0.5/live",
        "rtsp://me:se:cr@et@cam:554/live?x=1",
        'http://me:se"cr\\et@cam/v.mjpg',
        "http://cam/v.mjpg?user=me&PWD=se;cr&token=et&fps=5",
        "http://cam:8080/path:with@sign",
        "rtsp://me@cam/live",
        "usb-046d_C920-video-index0",
    ],
)
def test_database_and_domain_agree_about_what_of_an_address_is_secret(floor: Floor, source: str) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        masked = session.scalar(text("select masked_addresses(cast(:given as jsonb))"), {"given": json.dumps([source])})
    assert masked == [without_password(source)]
