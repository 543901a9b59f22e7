"""What cameras saw around a stop is looked through by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.identity.session import Session
from unison_desktop.machines.downtime.page import DowntimePage
from unison_desktop.machines.downtime.pictures_dialog import StopPicturesDialog
from unison_domain.stations.picture_contracts import PictureAnswer

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, RIGHTS
from tests.desktop.signing_in import sign_in_with

SECONDS = (-1.0, 4.0, -2.5)


def sha256(number: int) -> str:
    return f"{number:064x}"


def kept(number: int, seconds: float) -> PictureAnswer:
    at = FIRST.started_at + timedelta(seconds=seconds)
    return PictureAnswer(
        id=UUID(int=number),
        plant_id=FIRST.plant_id,
        station_id=UUID(int=60),
        peripheral_id=UUID(int=61),
        sha256=sha256(number),
        bytes=9,
        media_type="image/png",
        reason="stop",
        machine_id=FIRST.machine_id,
        taken_at=at,
        ends_at=at + timedelta(days=90),
        stored_at=at,
    )


def png(grey: int) -> bytes:
    image = QImage(320, 240, QImage.Format.Format_Grayscale8)
    image.fill(QColor(grey, grey, grey))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> Session:
    return sign_in_with(qtbot, session, server, [*RIGHTS, "stations.picture.read"])


@pytest.fixture
def opened(page: DowntimePage, server: FakeServer) -> Iterator[StopPicturesDialog]:
    server.answer("GET /station-pictures", [kept(number, seconds) for number, seconds in enumerate(SECONDS)])
    for number in range(len(SECONDS)):
        server.answer(f"GET /station-pictures/{sha256(number)}", raw=png(80 * number))
    page._choose([FIRST.id])
    page.stop_actions.see_pictures()
    (dialog,) = page.findChildren(StopPicturesDialog)
    yield dialog
    dialog.close()


def test_pictures_are_asked_for_by_machine_and_time_and_begin_at_the_stop(
    qtbot: QtBot, opened: StopPicturesDialog, server: FakeServer
) -> None:
    qtbot.waitUntil(opened.save_button.isEnabled)
    (asked,) = server.asked_for("GET /station-pictures")
    assert (asked.query["machine_id"], asked.query["reason"]) == ([str(FIRST.machine_id)], ["stop"])
    begins, ends = (datetime.fromisoformat(asked.query[name][0]) for name in ("from", "to"))
    assert begins < FIRST.started_at - timedelta(seconds=120)
    assert ends > FIRST.started_at + timedelta(seconds=120)
    assert opened.facts.text().startswith("2 of 3")
    assert "1.0 s before the stop began" in opened.facts.text()


def test_keys_go_through_them_in_order_of_time(qtbot: QtBot, opened: StopPicturesDialog) -> None:
    qtbot.waitUntil(opened.save_button.isEnabled)
    QTest.keyClick(opened, Qt.Key.Key_Right)
    assert "4.0 s after the stop began" in opened.facts.text()
    assert not opened.on_button.isEnabled()
    QTest.keyClick(opened, Qt.Key.Key_Home)
    assert "2.5 s before the stop began" in opened.facts.text()
    QTest.keyClick(opened, Qt.Key.Key_Left)
    assert opened.facts.text().startswith("1 of 3")


def test_a_picture_is_saved_as_it_was_kept(qtbot: QtBot, opened: StopPicturesDialog, tmp_path: Path) -> None:
    qtbot.waitUntil(opened.save_button.isEnabled)
    opened.save_to(tmp_path / "stop.png")
    assert (tmp_path / "stop.png").read_bytes() == png(0)
    opened.save_to(tmp_path / "no" / "stop.png")
    assert "could not be written" in opened.notice.text()


def test_one_that_is_still_at_its_station_is_told(qtbot: QtBot, opened: StopPicturesDialog, server: FakeServer) -> None:
    qtbot.waitUntil(opened.save_button.isEnabled)
    server.refuse(f"GET /station-pictures/{sha256(1)}", 404, "not_here", "Picture 0 is still at its station")
    QTest.keyClick(opened, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: "still at its station" in opened.notice.text())
    assert not opened.save_button.isEnabled()


def test_a_stop_without_pictures_says_how_there_will_be_some(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    server.answer("GET /station-pictures", [])
    page._choose([FIRST.id])
    page.stop_actions.see_pictures()
    (dialog,) = page.findChildren(StopPicturesDialog)
    qtbot.waitUntil(lambda: "“Around a stop” is set" in dialog.notice.text())
    dialog.close()
