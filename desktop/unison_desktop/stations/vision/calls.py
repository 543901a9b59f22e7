"""Requests about pictures of stations."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from unison_desktop.kernel.client import ApiClient, Call


def picture(client: ApiClient, sha256: str, *, owner: QObject) -> Call:
    """A picture; `done` brings a `QImage`. Fails with 404 while it is still on its way from the station."""
    return client.get_file(f"/station-pictures/{sha256}", read=_image, owner=owner)


def _image(content: bytes) -> QImage:
    image = QImage.fromData(content)
    if image.isNull():
        raise ValueError(f"{len(content)} bytes that are no picture")
    return image
