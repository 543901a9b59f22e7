"""Requests about pictures of stations."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_events import PictureReason

from unison_desktop.kernel.client import ApiClient, Call, ListCall

NEWEST = 50


def picture(client: ApiClient, sha256: str, *, owner: QObject) -> Call:
    """A picture; `done` brings a `QImage`. Fails with 404 while it is still on its way from the station."""
    return client.get_file(f"/station-pictures/{sha256}", read=_image, owner=owner)


def taken_by(client: ApiClient, camera_id: UUID, reason: PictureReason, *, owner: QObject) -> ListCall:
    """The newest pictures a camera kept for a reason; `done` brings a list of `PictureAnswer`."""
    query = {"peripheral_id": camera_id, "reason": reason.value, "limit": NEWEST}
    return client.get_all("/station-pictures", item=PictureAnswer, query=query, most=NEWEST, owner=owner)


def _image(content: bytes) -> QImage:
    image = QImage.fromData(content)
    if image.isNull():
        raise ValueError(f"{len(content)} bytes that are no picture")
    return image
