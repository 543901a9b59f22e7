"""Requests about plants."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.kernel.client import IN_USE, ApiClient, ListCall


def plants(client: ApiClient, *, owner: QObject) -> ListCall:
    """Plants in use; `done` brings a list of `PlantAnswer`."""
    return client.get_all("/plants", item=PlantAnswer, query=IN_USE, owner=owner)
