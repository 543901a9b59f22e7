"""Pictures a camera takes for a test, and what its agent answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QImageWriter
from pytestqt.qtbot import QtBot
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_domain.stations.commands import CommandAnswer
from unison_domain.stations.picture_contracts import PictureAnswer

from tests.desktop import samples
from tests.desktop.fake_server import Asked, FakeServer
from tests.desktop.stations.peripherals.samples import CAMERA

AGENT = samples.agent(1).id
COMMANDS = f"POST /agents/{AGENT}/commands"
BORE, THERE = UUID(int=0xB07E), UUID(int=0x7E5E)
SHA, TEMPLATE = "a" * 64, "b" * 64
TAKEN = {"sha256": SHA, "width": 640, "height": 480, "bytes": 9, "at": samples.NOW.isoformat()}
CALIBRATION = {
    "board": {"columns": 10, "rows": 7, "square": 10.0},
    "width": 640,
    "height": 480,
    "camera_matrix": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "distortion": [0] * 5,
    "plane": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "residual": 0.04,
    "plane_uncertainty": 0.0002,
    "hull": [[60, 50], [580, 60], [560, 440], [80, 420]],
    "pictures": [SHA],
    "calibrated_at": samples.NOW.isoformat(),
}


def png(width: int = 640, height: int = 480) -> bytes:
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(QColor(200, 200, 200))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def done(kind: str, answer: dict[str, Any] | None, message: str | None = None) -> CommandAnswer:
    return CommandAnswer(
        id=UUID(int=5),
        agent_id=AGENT,
        kind=kind,
        state="done" if answer is not None else "failed",
        parameters={},
        message=message,
        answer=answer,
        created_at=samples.NOW,
    )


def take(qtbot: QtBot, dialog: VisionDialog, server: FakeServer) -> None:
    server.answer(COMMANDS, done("take_picture", TAKEN), status=201)
    dialog.take_button.click()
    qtbot.waitUntil(lambda: dialog.view.sceneRect().width() == 640)


def add_caliper(dialog: VisionDialog) -> None:
    dialog.tools.kind.set_value("caliper")
    dialog.tools.add_button.click()
    measure(dialog, BORE)


def measure(dialog: VisionDialog, characteristic_id: UUID) -> None:
    """Choose it for the chosen tool, as a person does."""
    dialog.tools.characteristic.set_value(characteristic_id)
    dialog.tools.characteristic.box.activated.emit(dialog.tools.characteristic.box.currentIndex())


def before(asked: Asked) -> list[dict[str, Any]]:
    """One picture for each reason; that of the reading is newer."""
    (reason,) = asked.query["reason"]
    return stored(reason, 5 if reason == "asked" else 1)


def stored(reason: str, minutes: int) -> list[dict[str, Any]]:
    """A picture that was taken so many minutes ago."""
    at = samples.NOW - timedelta(minutes=minutes)
    picture = PictureAnswer(
        id=UUID(int=minutes),
        plant_id=UUID(int=50),
        station_id=UUID(int=60),
        peripheral_id=CAMERA,
        sha256=SHA if reason == "reading" else TEMPLATE,
        bytes=9,
        media_type="image/png",
        reason=reason,
        machine_id=None,
        taken_at=at,
        ends_at=at + timedelta(days=90),
        stored_at=at,
    )
    return [picture.model_dump(mode="json")]
